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

    What a mechanic does at a retailer that has not had it is next to unknown, and known the better, the more often it
    came before the anchor.
    """
    begun = defaultdict[tuple[str, str, str | None], set[int]](set)
    for e in promotions:
        if e.start < anchor:
            begun[e.label, e.kind, e.place[0]].add(e.start)

    def values(e: Entry) -> FloatArray:
        times = sum(start < e.start for start in begun[e.label, e.kind, e.place[0]])
        variance = PROMOTION_SPREAD**2 + PROMOTION_UNKNOWN_SPREAD**2 / (1.0 + PROMOTION_KNOWN_BY * times)
        return np.array([e.code, variance])

    marks = ((e, e.start, e.end + PROMOTION_DAYS_AFTER, values(e)) for e in layout.near(promotions))
    code, variance = layout.summed(marks, 2)
    return Promoted(code.astype(np.int64), np.sqrt(variance))
