"""The usual spread of a store's deviations by type of day, and the width of its band."""

from __future__ import annotations

import numpy as np

from mrs.arrays import MEAN_ABS_TO_SIGMA, FloatArray, IntArray
from mrs.detection.baseline.params import (
    BAND_PRIOR_DAYS,
    BAND_RANGE,
    SPREAD_CLIP_Z,
    SPREAD_STORE_PRIOR_DAYS,
    SPREAD_TYPE_PRIOR_DAYS,
    USUAL_BAND,
    USUAL_SIGMA,
)


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
    usual = USUAL_SIGMA / MEAN_ABS_TO_SIGMA
    overall = _drawn(size, has, SPREAD_STORE_PRIOR_DAYS, np.full(len(size), usual))
    for _ in range(2):
        overall = _drawn(
            np.minimum(size, SPREAD_CLIP_Z * overall[:, None]), has, SPREAD_STORE_PRIOR_DAYS, np.full(len(size), usual)
        )
    clipped = np.minimum(size, SPREAD_CLIP_Z * overall[:, None])
    by_type = [_drawn(clipped, has * (day_type == k), SPREAD_TYPE_PRIOR_DAYS, overall) for k in range(types)]
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
    own = np.where(count > 0, np.clip(own, *BAND_RANGE), USUAL_BAND)
    return np.asarray((count * own + BAND_PRIOR_DAYS * USUAL_BAND) / (count + BAND_PRIOR_DAYS))
