"""Which stores share their promotions on a day, and how far such promotions usually are off in all their stores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mrs.arrays import FloatArray, IntArray
from mrs.detection.baseline.params import (
    PROMOTION_DAYS_AFTER,
    PROMOTION_KNOWN_BY,
    PROMOTION_SPREAD,
    PROMOTION_UNKNOWN_SPREAD,
)
from mrs.detection.baseline.scopes import Entry, Layout


@dataclass(frozen=True)
class Promoted:
    """Promotions of S stores over T days.

    Parameters
    ----------
    code
        S×T, a number that stores share where the same promotions run or have just ended; 0 for none.
    spread
        S×T, how far (log) what was expected of them is usually off in all their stores; 0 for none.
    """

    code: IntArray
    spread: FloatArray

    @classmethod
    def nothing(cls, shape: tuple[int, int]) -> Promoted:
        """Return that nothing runs."""
        return cls(np.zeros(shape, dtype=np.int64), np.zeros(shape))


def promoted(layout: Layout, promotions: Sequence[Entry], anchor: int) -> Promoted:
    """Return the promotions of a layout's stores and days, as they were known when the fit before the anchor was made.

    What a mechanic of the chain does at a retailer is next to unknown where that has not had it, and known the better,
    the more often it came before the anchor. A mechanic that nobody had is news, and no excuse.
    """
    begun = defaultdict[tuple[str, str], dict[str | None, set[int]]](lambda: defaultdict(set))
    for e in promotions:
        if e.start < anchor:
            begun[e.label, e.kind][e.place[0]].add(e.start)

    def values(e: Entry) -> FloatArray:
        of_mechanic = begun[e.label, e.kind]
        times = sum(start < e.start for start in of_mechanic[e.place[0]])
        came = times > 0 or any(start < e.start for starts in of_mechanic.values() for start in starts)
        unknown = PROMOTION_UNKNOWN_SPREAD**2 / (1.0 + PROMOTION_KNOWN_BY * times) if came else 0.0
        return np.array([e.code, PROMOTION_SPREAD**2 + unknown])

    marks = ((e, e.start, e.end + PROMOTION_DAYS_AFTER, values(e)) for e in layout.near(promotions))
    code, variance = layout.summed(marks, 2)
    return Promoted(code.astype(np.int64), np.sqrt(variance))
