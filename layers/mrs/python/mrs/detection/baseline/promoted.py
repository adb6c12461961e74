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

    What a mechanic of the chain does in a store is next to unknown where that has not had it, and known the better, the
    more often it came before the anchor. A mechanic that nobody had is news, and no excuse.
    """
    out = Promoted.nothing(layout.shape)
    of_mechanic = defaultdict[tuple[str, str], list[Entry]](list)
    for e in promotions:
        of_mechanic[e.label, e.kind].append(e)
    for entries in of_mechanic.values():
        now = layout.near(entries)
        if not now:
            continue
        begun = [(e, e.start, e.start) for e in entries if e.start < anchor]
        times = np.cumsum(layout.marked((("", *mark) for mark in begun), [""])[""], axis=1)
        first = min((start for _, start, _ in begun), default=anchor)
        for e in now:
            stores, days = layout.cells(e, e.start, e.end + PROMOTION_DAYS_AFTER)
            before = min(e.start - layout.first_day, layout.days) - 1
            known = times[stores, before] if before >= 0 else np.zeros(len(stores))
            unknown = PROMOTION_UNKNOWN_SPREAD**2 / (1.0 + PROMOTION_KNOWN_BY * known) if first < e.start else 0.0
            out.code[stores[:, None], days] += e.code
            out.spread[stores[:, None], days] += (PROMOTION_SPREAD**2 + unknown * np.ones(len(stores)))[:, None]
    return Promoted(out.code, np.sqrt(out.spread))
