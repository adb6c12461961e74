"""A day of the whole chain that came before: on the day itself the chain shows whether it came again.

Before the second time nobody can tell whether a day that stood out comes again: in real chains most do not, so the
expectation says little of it (`baseline/pay_days.py`, `baseline/repeats.py`). Once the whole chain has moved to the
same side by about as much on a day of the same name, that is no event any more. It is judged as if it had been
expected, up to the earlier size. A day of the month is found a month before; what the chain did a year before, the
baseline log says.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mrs.arrays import BoolArray, FloatArray
from mrs.detection.anomaly.evidence import common_spread
from mrs.detection.baseline.day_names import NameOfMonth, names_of_month
from mrs.detection.baseline.holidays import dates_from
from mrs.detection.baseline.params import STANDS_OUT_SPREADS
from mrs.detection.baseline.repeats import quartiles, shared_by_all, stands_out
from mrs.detection.params import CAME_AGAIN_RATIO
from mrs.detection.predictions import PredictionPanel


def with_what_came_again(panel: PredictionPanel, first: int) -> PredictionPanel:
    """Return the panel with more or less expected of days of the whole chain that came again.

    Parameters
    ----------
    panel
        The baseline log; what is said of a day rests on days up to it alone.
    first
        The first day that is judged; those before tell how far apart stores usually are.
    """
    low, common, high = quartiles(panel.deviation[panel.settled])
    apart = (high - low)[:first]
    if np.isnan(apart).all():
        return panel
    stood_out = stands_out(shared_by_all(low, common, high, 0.5 * float(np.nanmedian(apart))))
    counts = np.abs(np.nan_to_num(stood_out)) >= STANDS_OUT_SPREADS * common_spread(np.nan_to_num(stood_out))
    of_year = np.where(counts & _alike(stood_out, panel.as_last_year), _lesser(stood_out, panel.as_last_year), 0.0)
    of_month = _a_month_later(stood_out, counts, panel.first_day)
    again = np.where(np.abs(of_year) > np.abs(of_month), of_year, of_month)
    expected, z = panel.expected * np.exp(again), panel.z - again / panel.sigma
    return replace(panel, expected=expected, z=z) if again.any() else panel


def _alike(size: FloatArray, before: FloatArray) -> BoolArray:
    """Return T: to the same side, and neither is more than so many times the other; False where one is not known."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = size / before
    return np.asarray((ratio >= 1 / CAME_AGAIN_RATIO) & (ratio <= CAME_AGAIN_RATIO))


def _lesser(size: FloatArray, before: FloatArray) -> FloatArray:
    return np.sign(size) * np.minimum(np.abs(size), np.abs(before))


def _a_month_later(stood_out: FloatArray, counts: BoolArray, first_day: int) -> FloatArray:
    """Return T: what came again (log), 0 on other days: no more than the last day of one of the day's names had.

    The first time that it comes again, its size must be alike; after that it may come with less.

    Parameters
    ----------
    stood_out, counts
        T, how far the chain stood out from the days before, NaN where that is not known, and whether that is far.
    first_day
        Days since 1970-01-01.
    """
    again = np.zeros(len(stood_out))
    names = names_of_month(dates_from(first_day, len(stood_out)))
    last: dict[NameOfMonth, int] = {}
    for day in np.flatnonzero(~np.isnan(stood_out)):
        for before in {last[key] for key in names[day] if key in last}:
            ratio = stood_out[day] / stood_out[before] if counts[day] and counts[before] else 0.0
            alike = ratio >= 1 / CAME_AGAIN_RATIO or again[before] != 0
            if 0 < ratio <= CAME_AGAIN_RATIO and alike:
                size = min(stood_out[day], stood_out[before], key=abs)
                again[day] = max(again[day], size, key=abs)
        last |= dict.fromkeys(names[day], int(day))
    return again
