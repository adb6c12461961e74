"""The cohorting stage's face as a Lambda."""

from __future__ import annotations

from functions.cohort.build_minority_report_cohorts import STAGE
from mrs.stage import make_handler

handler = make_handler(STAGE)
