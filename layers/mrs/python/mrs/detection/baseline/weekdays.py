"""The last same weekdays of each day: their values, and their median."""

from __future__ import annotations

import numpy as np

from mrs.arrays import FloatArray, IntArray


def same_weekdays(values: FloatArray, weeks: int) -> tuple[FloatArray, IntArray]:
    """Return W×S×T, the values of the same weekdays of the W weeks before each day, and S×T, how many are known.

    `values` is S×T, NaN where nothing is known.
    """
    stores, days = values.shape
    padded = np.concatenate([np.full((stores, 7 * weeks), np.nan), values], axis=1)
    past = np.stack([padded[:, 7 * k : 7 * k + days] for k in range(weeks)])
    return past, np.sum(~np.isnan(past), axis=0)


def middle_of(past: FloatArray, count: IntArray) -> FloatArray:
    """Return S×T, the median of `count` known values of W×S×T; NaN where none is."""
    ordered = np.sort(np.where(np.isnan(past), np.inf, past), axis=0)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[None], axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, len(ordered) - 1)[None], axis=0)[0]
    return np.where(count > 0, 0.5 * (low + high), np.nan)
