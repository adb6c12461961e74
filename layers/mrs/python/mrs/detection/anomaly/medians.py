"""Medians of columns and of groups, of what is known."""

from __future__ import annotations

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray


def column_median(values: FloatArray) -> FloatArray:
    """Return the median of each column, NaN left out; NaN where nothing is left."""
    if not len(values):
        return np.full(values.shape[1], np.nan)
    count = np.sum(~np.isnan(values), axis=0)
    ordered = np.sort(np.where(np.isnan(values), np.inf, values), axis=0)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[None], axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, len(values) - 1)[None], axis=0)[0]
    return np.where(count > 0, 0.5 * (low + np.where(np.isinf(high), low, high)), np.nan)


def group_medians(group: IntArray, values: FloatArray, counts: BoolArray, groups: int) -> FloatArray:
    """Return by group the median of those values that count, 0 where none does."""
    of, value = group[counts], values[counts]
    order = np.lexsort((value, of))
    of, value = of[order], value[order]
    begin, end = np.searchsorted(of, np.arange(groups)), np.searchsorted(of, np.arange(groups), side="right")
    known = end > begin
    low, high = np.minimum((begin + end - 1) // 2, len(of) - 1), np.minimum((begin + end) // 2, len(of) - 1)
    return np.where(known, 0.5 * (value[low] + value[high]), 0.0) if len(of) else np.zeros(groups)
