"""A day of the whole chain that came a month before: on the day itself the chain shows whether it came again.

Before the second time nobody can tell whether a day that stood out comes again: in real chains most do not, so the
expectation says little of it (`baseline/pay_days.py`). Once the whole chain has moved to the same side by about as much
on a day of the same name, that is no event any more. It is judged as if it had been expected, up to the earlier size.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mrs.arrays import BoolArray, FloatArray
from mrs.detection.anomaly.evidence import column_median, common_spread
from mrs.detection.baseline.holidays import dates_from
from mrs.detection.baseline.pay_days import names_of_month
from mrs.detection.baseline.repeats import quartiles, shared_by_all
from mrs.detection.params import CAME_AGAIN_RATIO, CAME_AGAIN_REST_DAYS, CAME_AGAIN_SPREADS
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
    shared = shared_by_all(low, common, high, 0.5 * float(np.nanmedian(apart)))
    rest = shared - np.nan_to_num(column_median(_days_before(shared)))
    stood_out = np.where(rest * shared > 0, np.sign(shared) * np.minimum(np.abs(rest), np.abs(shared)), 0.0 * shared)
    again = _again(stood_out, CAME_AGAIN_SPREADS * common_spread(np.nan_to_num(stood_out)), panel.first_day)
    expected, z = panel.expected * np.exp(again), panel.z - again / panel.sigma
    return replace(panel, expected=expected, z=z) if again.any() else panel


def _days_before(values: FloatArray) -> FloatArray:
    """Return D×T: the values of the `CAME_AGAIN_REST_DAYS` days before each; NaN where there are none."""
    padded = np.concatenate([np.full(CAME_AGAIN_REST_DAYS, np.nan), values])
    return np.stack([padded[k : k + len(values)] for k in range(CAME_AGAIN_REST_DAYS)])


def _again(stood_out: FloatArray, least: FloatArray, first_day: int) -> FloatArray:
    """Return T: what came again (log), 0 on other days: no more than the last day of one of the day's names had.

    The first time that it comes again, its size must be alike; after that it may come with less.

    Parameters
    ----------
    stood_out, least
        T, how far the chain stood out from the days before, NaN where that is not known, and from where that counts.
    first_day
        Days since 1970-01-01.
    """
    again = np.zeros(len(stood_out))
    names = names_of_month(dates_from(first_day, len(stood_out)))
    counts: BoolArray = np.abs(np.nan_to_num(stood_out)) >= least
    last: dict[tuple[int, int], int] = {}
    for day in np.flatnonzero(~np.isnan(stood_out)):
        keys = [(kind, int(name[day])) for kind, name in enumerate(names)]
        for before in {last[key] for key in keys if key in last}:
            ratio = stood_out[day] / stood_out[before] if counts[day] and counts[before] else 0.0
            alike = ratio >= 1 / CAME_AGAIN_RATIO or again[before] != 0
            if 0 < ratio <= CAME_AGAIN_RATIO and alike:
                size = min(stood_out[day], stood_out[before], key=abs)
                again[day] = max(again[day], size, key=abs)
        last |= dict.fromkeys(keys, int(day))
    return again
