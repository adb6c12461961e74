"""Several files that hold the same keys with other values: corrections are told from parts of one sum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import FloatArray

LEAST_ROWS = 30
"""From so many changed rows on, the two readings are told apart; fewer are corrections."""
CORRECTION = 0.405
"""A correction changes most values by less than this (log, a half): two parts of one sum differ by more."""


@dataclass(frozen=True)
class Overlap:
    """What a later file changes.

    Parameters
    ----------
    rows
        Keys that both files hold with other values.
    before, after
        Their sales in money or units, in the earlier file and in the later one.
    is_ambiguous
        The values differ so much that the files may be parts of one sum.
    """

    rows: int
    before: float
    after: float
    is_ambiguous: bool


def overlap(earlier: FloatArray, later: FloatArray) -> Overlap:
    """Return what the later values of the same keys change; both are without NaN, and of one length."""
    both = (earlier > 0) & (later > 0) & (earlier != later)
    ratio = np.abs(np.log(later[both] / earlier[both]))
    far = bool(both.sum() >= LEAST_ROWS and np.median(ratio) > CORRECTION)
    return Overlap(len(earlier), float(earlier.sum()), float(later.sum()), far)
