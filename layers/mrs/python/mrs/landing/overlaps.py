"""Several files that hold the same keys with other values: corrections are told from parts of one sum."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mrs.arrays import FloatArray, IntArray

LEAST_ROWS = 30
"""From so many changed rows on, the two readings are told apart; fewer are corrections."""
CORRECTION = 0.405
"""A correction changes most values by less than this (log, a half): two parts of one sum differ by more."""
LEAST_DAYS, LEAST_CHANGED, UNEVEN = 7, 0.9, 0.07
"""Or nearly all values differ, over a week and more, and by another factor each (robust deviation of the log)."""


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
        The values differ so much, or so unevenly, that the files may be parts of one sum.
    """

    rows: int
    before: float
    after: float
    is_ambiguous: bool


def overlap(earlier: FloatArray, later: FloatArray, day: IntArray, source: IntArray) -> Overlap:
    """Return what the later values of the same keys change; all are without NaN, and of one length.

    `source` is the file of each earlier value: each may differ from the later one by a factor of its own.
    """
    changed = earlier != later
    both = (earlier > 0) & (later > 0) & changed
    found = Overlap(int(changed.sum()), float(earlier[changed].sum()), float(later[changed].sum()), False)
    if both.sum() < LEAST_ROWS:
        return found
    ratio = np.log(later[both] / earlier[both])
    from_source = source[both]
    own = ratio.copy()
    for file in np.unique(from_source):
        own[from_source == file] -= np.median(ratio[from_source == file])
    spread = 1.4826 * float(np.median(np.abs(own)))
    whole = len(np.unique(day[changed])) >= LEAST_DAYS and changed.sum() >= LEAST_CHANGED * len(changed)
    return replace(found, is_ambiguous=bool(np.median(np.abs(ratio)) > CORRECTION or (whole and spread > UNEVEN)))
