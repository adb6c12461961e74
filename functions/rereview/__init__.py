"""The rereview stages: they judge chosen reports again, downstream of detection, and change no decision."""
