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
        T, how much each day counts.
    """
    stores = len(deviation)
    store, day = np.nonzero(~np.isnan(deviation))
    size, counts = np.abs(deviation[store, day]), weight[day]
    total, usual = _sums(store, counts, stores), USUAL_SIGMA / MEAN_ABS_TO_SIGMA
    overall = _drawn(_sums(store, size * counts, stores), total, SPREAD_STORE_PRIOR_DAYS, usual)
    for _ in range(2):
        clipped = np.minimum(size, SPREAD_CLIP_Z * overall[store])
        overall = _drawn(_sums(store, clipped * counts, stores), total, SPREAD_STORE_PRIOR_DAYS, usual)
    clipped = np.minimum(size, SPREAD_CLIP_Z * overall[store])
    cell = store * types + day_type[store, day]
    summed, known = (_sums(cell, of, stores * types).reshape(-1, types) for of in (clipped * counts, counts))
    return MEAN_ABS_TO_SIGMA * _drawn(summed, known, SPREAD_TYPE_PRIOR_DAYS, overall[:, None])


def _sums(at: IntArray, values: FloatArray, count: int) -> FloatArray:
    return np.asarray(np.bincount(at, values, count), dtype=np.float64)


def _drawn(total: FloatArray, weight: FloatArray, strength: float, centre: FloatArray | float) -> FloatArray:
    return np.asarray((total + strength * centre) / (weight + strength))


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
