"""What kind of day it is, as far as a judgement may care."""

from __future__ import annotations

import numpy as np

from mrs.arrays import FloatArray
from mrs.detection.baseline.holidays import closing_keys, dates_from
from mrs.detection.baseline.params import HOLIDAY_REACH_DAYS


def context_of(first_day: int, stores: int, days: int) -> dict[str, FloatArray]:
    """Return S×T by name: what kind of day it is."""
    weekday = (np.arange(days) + first_day + 3) % 7
    dates = dates_from(first_day - HOLIDAY_REACH_DAYS, days + 2 * HOLIDAY_REACH_DAYS)
    holiday = (closing_keys(dates) >= 0).astype(np.float64)
    near = np.convolve(holiday, np.ones(2 * HOLIDAY_REACH_DAYS + 1), mode="valid") > 0
    found = {"weekday": weekday.astype(np.float64), "near_holiday": near.astype(np.float64)}
    return {name: np.broadcast_to(value[None, :], (stores, days)) for name, value in found.items()}
