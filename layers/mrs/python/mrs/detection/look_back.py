"""How far back a judgement looks."""

from __future__ import annotations

from mrs.detection.refit_periods import LONGEST_REFIT

WARM_UP_DAYS = 63
MEMORY_DAYS = WARM_UP_DAYS + LONGEST_REFIT
