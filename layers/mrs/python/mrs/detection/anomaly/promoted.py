"""What stores that have the same promotion have in common: the promotion went better or worse than the last ones."""

from __future__ import annotations

import numpy as np

from mrs.arrays import BoolArray, FloatArray
from mrs.detection.anomaly.medians import column_median, group_medians
from mrs.detection.baseline.promoted import Promoted
from mrs.detection.params import MEDIAN_INFLATION, PROMOTION_MOST_SPREADS, PROMOTION_NOISE


def promotions_part(own: FloatArray, sigma: FloatArray, is_reference: BoolArray, promoted: Promoted) -> FloatArray:
    """Return S×W×T: what of the deviations is their promotions', 0 where none runs.

    A promotion never sells what the last ones of its kind did. How far it is off is seen on the day in all of its
    stores: their median, drawn to 0 by how far promotions usually are off (empirical Bayes), and no more of it than
    promotions can be.

    Parameters
    ----------
    own
        S×W×T, deviations without the common part (log); NaN where nothing is known.
    sigma
        S×T, their usual spread.
    is_reference
        S, the stores whose deviations count.
    promoted
        Which stores share their promotions, and how far these usually are off.
    """
    worlds = own.shape[1]
    out = np.zeros(own.shape)
    store, day = np.nonzero(promoted.code)
    if not len(store):
        return out
    group = np.unique(np.stack([day, promoted.code[store, day]]), axis=1, return_inverse=True)[1].ravel()
    values = own[store, :, day]  # N×W
    counts = is_reference[store][:, None] & ~np.isnan(values)
    groups = int(group.max()) + 1
    number = np.zeros((groups, worlds))
    np.add.at(number, group, counts)
    usual = np.zeros((groups, worlds))
    np.add.at(usual, group, counts * sigma[store, day][:, None] ** 2)
    noise = MEDIAN_INFLATION * usual / np.maximum(number, 1.0) ** 2 + PROMOTION_NOISE**2
    told_by = is_reference[store].astype(np.float64)  # other stores, which only their own shard reads, change nothing
    spread = np.bincount(group, told_by * promoted.spread[store, day]) / np.maximum(np.bincount(group, told_by), 1.0)
    weight = np.where(number > 0, spread[:, None] ** 2 / (spread[:, None] ** 2 + noise), 0.0)
    middle = np.stack([group_medians(group, values[:, w], counts[:, w], groups) for w in range(worlds)], axis=1)
    most = PROMOTION_MOST_SPREADS * spread[:, None]
    day_of = np.zeros(groups, dtype=np.int64)
    day_of[group] = day
    chain = np.nan_to_num(column_median(np.where(is_reference[:, None, None], own, np.nan).reshape(len(own), -1)))
    beyond = middle - chain.reshape(worlds, -1)[:, day_of].T
    part = np.clip(weight * beyond, -most, most)
    out[store, :, day] = _toward_nothing(values, part[group])
    return out


def _toward_nothing(own: FloatArray, part: FloatArray) -> FloatArray:
    """Return what of a part may be taken off: no store that sold what was expected is made to deviate the other way."""
    return np.where(part * own > 0, np.sign(part) * np.minimum(np.abs(part), np.abs(own)), 0.0)
