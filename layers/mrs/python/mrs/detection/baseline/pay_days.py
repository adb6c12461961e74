"""Days of the month that come again, such as pay days: how likely each name of a day does, and by how much.

A day has four names: its number from the front and from the end of its month, and its weekday's (the first Friday, the
last Friday). Each name either means something or does not, and that changes from month to month with a small chance: a
filter with two states (Hamilton 1989; the sizes of its branches merged as by Ackerson and Fu, 1970). Of a name that
means nothing, a day is chance, or stands out for a reason of its own. How often days that stood out came again under
one name is learned from the chain's own months.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from mrs.arrays import FloatArray, IntArray
from mrs.detection.baseline.params import (
    PAY_DAY_ENDS,
    PAY_DAY_FAILS,
    PAY_DAY_LEAST,
    PAY_DAY_PRIOR_DAYS,
    PAY_DAY_USUAL_PART,
    PAY_DAY_WOBBLE,
    STANDING_OUT,
    STANDING_OUT_SIZE,
)


@dataclass(frozen=True)
class _Meaning:
    """What is known of a name: the chance that it means something, its size (log), from so many days.

    `stood_out` is the chance that the first of these was a day that stood out.
    """

    chance: float
    size: float
    times: int
    stood_out: float


def pay_days(common: FloatArray, dates: Sequence[date], spread: float) -> FloatArray:
    """Return T: by how much (log) the chain is expected to move on a day by its names, by earlier days alone.

    Of several names the one that says most counts, and one whose chance is below `PAY_DAY_LEAST` says nothing.

    Parameters
    ----------
    common
        T, the chain's distance from what is expected of it otherwise; NaN where it is not known.
    dates
        The T days.
    spread
        Its usual size.
    """
    kinds = names_of_month(dates)
    names, said = np.stack(kinds, axis=1).tolist(), np.zeros(len(common))
    came, seen = [0.0] * len(kinds), [0.0] * len(kinds)
    known: dict[tuple[int, int], _Meaning] = {}
    nothing = _Meaning(0.0, 0.0, 0, 0.0)
    for day, off in enumerate(common.tolist()):
        keys = list(enumerate(names[day]))
        before = [known.get(key, nothing) for key in keys]
        said[day] = max((b.chance * b.size for b in before if b.chance >= PAY_DAY_LEAST), key=abs, default=0.0)
        if math.isnan(off):
            continue
        proven = max((b.chance * b.size for b in before if b.chance >= 0.5), key=abs, default=0.0)
        usual = sum(came) / len(came) + PAY_DAY_USUAL_PART * PAY_DAY_PRIOR_DAYS
        of_all = usual / (sum(seen) / len(seen) + PAY_DAY_PRIOR_DAYS)
        for key, was in zip(keys, before, strict=True):
            kind = key[0]
            part = (came[kind] + of_all * PAY_DAY_PRIOR_DAYS) / (seen[kind] + PAY_DAY_PRIOR_DAYS)
            rest = off if was.chance >= 0.5 else off - proven
            known[key], again = _after(was, rest, spread, part)
            if was.times == 1:
                seen[kind] += was.stood_out
                came[kind] += was.stood_out * again
    return said


def _after(was: _Meaning, off: float, spread: float, part: float) -> tuple[_Meaning, float]:
    """Return what is known of a name after one more day of it, and the chance that its size came again.

    Parameters
    ----------
    was
        What was known before.
    off, spread
        How far the chain was off on the day, and usually is.
    part
        The chance that a day that stands out is the first of several.
    """
    chance_alone, stands_out = (1 - STANDING_OUT) * _normal(off, spread), STANDING_OUT * _normal(off, STANDING_OUT_SIZE)
    otherwise = chance_alone + stands_out
    near = math.hypot(spread * math.sqrt(1 + 1 / max(was.times, 1)), PAY_DAY_WOBBLE * was.size)
    fits = was.chance * (1 - PAY_DAY_FAILS) * _normal(off - was.size, near)
    fails = was.chance * PAY_DAY_FAILS * otherwise
    total = fits + fails + (1 - was.chance) * otherwise
    goes_on, again = (fits + fails) / total, fits / total
    stood_out = stands_out / otherwise
    begins = (1 - goes_on) * stood_out * part
    if begins > goes_on:
        return _Meaning((1 - PAY_DAY_ENDS) * begins, off, 1, stood_out), again
    weight = again / max(goes_on, 1e-12) / (was.times + 1)
    size = was.size + weight * (off - was.size)
    return _Meaning((1 - PAY_DAY_ENDS) * goes_on, size, was.times + 1, was.stood_out), again


def _normal(value: float, spread: float) -> float:
    return math.exp(-0.5 * (value / spread) ** 2) / spread


def names_of_month(dates: Sequence[date]) -> tuple[IntArray, ...]:
    """Return for each way of naming a day of the month T numbers, equal for one name."""
    day = np.array([d.day for d in dates])
    left = np.array([monthrange(d.year, d.month)[1] - d.day for d in dates])
    weekday = np.array([d.weekday() for d in dates])
    return day, left, (day - 1) // 7 * 7 + weekday, left // 7 * 7 + weekday
