"""The clustering stage's face as a Lambda."""

from __future__ import annotations

from functions.cluster.cluster_minority_report import STAGE
from mrs.stage import make_handler

handler = make_handler(STAGE)
