"""Lambda entry points of the detection stage: first every shard predicts, then every shard scores."""

from __future__ import annotations

from mrs.stage import make_handler

from functions.detect.detect_anomalies import DETECT, PREDICT

predict = make_handler(PREDICT)
detect = make_handler(DETECT)
