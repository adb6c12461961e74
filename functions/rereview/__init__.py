"""The rereview stages: they look at chosen reports anew, downstream of detection, and change nothing by themselves."""
