"""The usual spread of a store's deviations by type of day, and the width of its band."""

from __future__ import annotations

import numpy as np

from mrs.arrays import MEAN_ABS_TO_SIGMA, FloatArray, IntArray

HALF_LIFE = 180.0
TYPE_STRENGTH = 10.0
STORE_STRENGTH = 20.0
SIGMA_OF_A_CHAIN = 0.11
BAND_STRENGTH = 120.0
USUAL_BAND = 1.55
NAMED_DAY_FACTOR = 1.4
CLIP = 3.0


def spread_by_type(deviation: FloatArray, day_type: IntArray, types: int, weight: FloatArray) -> FloatArray:
    """Return S×types: robust sigma of the log deviations, each type drawn to the store's and that to a usual one.

    Parameters
    ----------
    deviation
        S×T, NaN where there is none.
    day_type
        S×T, 0 to types-1.
    weight
        S×T, how much each day counts.
    """
    size = np.abs(np.nan_to_num(deviation))
    has = np.where(np.isnan(deviation), 0.0, weight)
    usual = SIGMA_OF_A_CHAIN / MEAN_ABS_TO_SIGMA
    overall = _drawn(size, has, STORE_STRENGTH, np.full(len(size), usual))
    for _ in range(2):
        overall = _drawn(np.minimum(size, CLIP * overall[:, None]), has, STORE_STRENGTH, np.full(len(size), usual))
    clipped = np.minimum(size, CLIP * overall[:, None])
    by_type = [_drawn(clipped, has * (day_type == k), TYPE_STRENGTH, overall) for k in range(types)]
    return MEAN_ABS_TO_SIGMA * np.stack(by_type, axis=1)


def _drawn(size: FloatArray, weight: FloatArray, strength: float, centre: FloatArray) -> FloatArray:
    return np.asarray((np.sum(size * weight, axis=1) + strength * centre) / (np.sum(weight, axis=1) + strength))


def band_factor(standardised: FloatArray) -> FloatArray:
    """Return S: the multiple of sigma that holds 90 % of a store's days, drawn to the usual one.

    Parameters
    ----------
    standardised
        S×T deviations in sigmas, NaN where there is none.
    """
    size = np.abs(standardised)
    count = np.sum(~np.isnan(size), axis=1)
    ordered = np.sort(np.where(np.isnan(size), np.inf, size), axis=1)
    at = np.clip(np.ceil(0.9 * count).astype(np.int64) - 1, 0, size.shape[1] - 1)
    own = np.take_along_axis(ordered, at[:, None], axis=1)[:, 0]
    own = np.where(count > 0, np.clip(own, 1.2, 2.2), USUAL_BAND)
    return np.asarray((count * own + BAND_STRENGTH * USUAL_BAND) / (count + BAND_STRENGTH))
