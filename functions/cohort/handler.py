"""Lambda entry point of the cohorting stage."""

from __future__ import annotations

from mrs.stage import make_handler

from functions.cohort.build_minority_report_cohorts import STAGE

handler = make_handler(STAGE)
