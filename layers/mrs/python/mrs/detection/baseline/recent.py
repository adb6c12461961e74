"""A store's last same weekdays beside a model of years: a second forecast, weighed by days that no fit had seen.

A regression on years of days is late to see that a store sells less than it did, and its hundred coefficients are loose
where a store is young. The median of eight weeks is neither, and an event of a week or two hardly moves it; a quicker
level forecasts better still, but takes up events and calls the days after them anomalous (ADR 21).
"""

from __future__ import annotations

import numpy as np

from mrs.arrays import FloatArray
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.params import (
    RECENT_CLIP_Z,
    RECENT_DAYS,
    RECENT_LEAST_WEIGHT,
    RECENT_PRIOR,
    RECENT_WEEKS,
    RECENT_WEEKS_LEAST,
)
from mrs.detection.baseline.weekdays import middle_of, same_weekdays


def recent_distance(inputs: BaselineInputs, found: Expectation) -> FloatArray:
    """Return S×T: how far (log) the median of the same weekdays before a day lies from what is expected of it.

    0 where fewer than `RECENT_WEEKS_LEAST` of them are known, and more than `RECENT_DAYS` before the anchor.
    """
    panel = inputs.panel
    out = np.zeros(panel.sales.shape)
    start = max(0, inputs.anchor - panel.first_day - RECENT_DAYS)
    usable = (panel.trading & ~panel.late & ~inputs.flagged)[:, start:]
    log_sales = np.where(usable, panel.log_sales[:, start:], np.nan)
    past, count = same_weekdays(log_sales, RECENT_WEEKS)
    limit = RECENT_CLIP_Z * found.sigma[:, start:]
    apart = np.clip(middle_of(past, count) - found.log_expected[:, start:], -limit, limit)
    out[:, start:] = np.where(count >= RECENT_WEEKS_LEAST, apart, 0.0)
    return np.nan_to_num(out)


def weight_of(distance: FloatArray, off: FloatArray) -> float:
    """Return which part of the distance explains deviations best: least squares, drawn to nothing.

    This combines the two forecasts (Bates and Granger, 1969). One that is worth less than `RECENT_LEAST_WEIGHT` errs
    much more than the other, for it lacks what that knows (promotions, say), and is left out.

    Parameters
    ----------
    distance, off
        N store-days, both in sigmas.
    """
    goal = np.clip(off, -RECENT_CLIP_Z, RECENT_CLIP_Z)
    weight = float(distance @ goal) / (float(distance @ distance) + RECENT_PRIOR)
    return weight if weight >= RECENT_LEAST_WEIGHT else 0.0
