"""The cohorting stage's face as a Lambda."""

from __future__ import annotations

from mrs.stage import make_handler

from functions.cohort.build_minority_report_cohorts import STAGE

handler = make_handler(STAGE)
