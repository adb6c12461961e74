"""How much more, or less, a score is worth in a store whose days scatter more than those of others."""

from __future__ import annotations

import numpy as np

from mrs.arrays import BoolArray, FloatArray
from mrs.detection.anomaly.learned import BySpread
from mrs.detection.calibration.params import SPREAD_SLOPE_MOST, SPREAD_SLOPE_PRIOR, SPREAD_STEPS


def by_spread(chance: FloatArray, sigma: FloatArray, hit: BoolArray, weight: FloatArray) -> BySpread:
    """Return what a store's spread adds to the log odds of its days, by logistic regression beside what they have.

    Parameters
    ----------
    chance
        The probability of each of N days by the map of all stores.
    sigma
        The spread of each day's store, in log sales.
    hit, weight
        Whether an event was planted on the day, and how many store-days the day stands for.

    Returns
    -------
    BySpread
        Its slope is drawn to 0 by a normal prior, and 0 lies where it changes the mean of all days the least.
    """
    odds, size, weight = np.log(chance / (1.0 - chance)), np.log(sigma), weight / weight.mean()
    slope, middle = 0.0, 0.0
    for _ in range(SPREAD_STEPS):
        now = 1.0 / (1.0 + np.exp(-odds - slope * (size - middle)))
        tells = weight * now * (1.0 - now)
        middle = float(np.average(size, weights=tells))
        off = size - middle
        now = 1.0 / (1.0 + np.exp(-odds - slope * off))
        gain = float(np.sum(weight * (hit - now) * off)) - slope / SPREAD_SLOPE_PRIOR**2
        curve = float(np.sum(weight * now * (1.0 - now) * off**2)) + 1.0 / SPREAD_SLOPE_PRIOR**2
        slope = float(np.clip(slope + gain / curve, -SPREAD_SLOPE_MOST, SPREAD_SLOPE_MOST))
    return BySpread(round(slope, 4), round(middle, 4))
