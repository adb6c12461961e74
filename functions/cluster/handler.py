"""Lambda entry point of the clustering stage."""

from __future__ import annotations

from mrs.stage import make_handler

from functions.cluster.cluster_minority_report import STAGE

handler = make_handler(STAGE)
