"""Days of the whole chain that come again: feasts that move, sales days, pay days; each by what it did before.

A model has one coefficient for all holidays and none for a day that no calendar names. What is left of such a day, in
the middle of the peers, is expected again: of a holiday that the calendar names from its second time on, of a day of
the year from its third, and from its second already by the part that the chain's outstanding days did come again with.
Chance is kept out by a soft threshold (Donoho and Johnstone, 1994). What these leave may be a day of the month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan

import numpy as np

from mrs.arrays import MAD_TO_SIGMA, FloatArray, IntArray
from mrs.detection.baseline.day_names import NameOfMonth, holidays, names_of_month, names_of_year
from mrs.detection.baseline.holidays import dates_from
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.params import (
    REPEAT_LEAST_PEERS,
    REPEAT_LEAST_SPREAD,
    REPEAT_LEAST_TIMES,
    REPEAT_MOST,
    REPEAT_PRIOR_DAYS,
    REPEAT_THRESHOLD,
    REPEAT_USUAL_PART,
    STANDS_OUT_FROM_DAYS,
    STANDS_OUT_SPREADS,
)
from mrs.detection.baseline.pay_days import pay_days
from mrs.detection.baseline.weekdays import middle_of


@dataclass(frozen=True)
class Repeats:
    """What earlier days say of T days of the whole chain.

    Parameters
    ----------
    expected
        T, by how much (log) the chain moves on a day beyond its expectation, as on earlier days of its kind.
    as_before
        T, by how much more (log) it would move than that if the day came again whole: as far as the chain stood out on
        the last day with one of its names, a month or a year before. NaN where it did not.
    """

    expected: FloatArray
    as_before: FloatArray

    @classmethod
    def nothing(cls, days: int) -> Repeats:
        """Return that nothing is known of so many days."""
        return cls(np.zeros(days), np.full(days, np.nan))


def repeated_days(peers: BaselineInputs, found: Expectation) -> Repeats:
    """Return what is known of days of the whole chain that come again, by earlier days of a kind alone.

    Of several kinds that a day is of (Thanksgiving by its name, the fourth Thursday of November, the 26th of a month)
    the one that says most counts.
    """
    panel, before = peers.panel, peers.anchor - peers.panel.first_day
    off = np.where(panel.trading & ~found.is_closed, panel.log_sales, np.nan)
    off -= found.log_expected
    off[:, before:] = np.nan
    low, common, high = quartiles(off)
    if np.isnan(common).all():
        return Repeats.nothing(len(common))
    spread = max(MAD_TO_SIGMA * float(np.nanmedian(np.abs(common))), REPEAT_LEAST_SPREAD)
    dates = dates_from(panel.first_day, len(common))
    yearly = names_of_year(panel.first_day, dates)
    said = [_by_earlier(common, kind, spread, 1) for kind in holidays(peers)]
    said += [_by_earlier(common, kind, spread, REPEAT_LEAST_TIMES) for kind in yearly]
    shared = shared_by_all(low, common, high, 0.5 * float(np.nanmedian(high - low)))
    stood_out = stands_out(shared)
    beyond = np.maximum(np.abs(np.nan_to_num(shared)) - REPEAT_THRESHOLD * spread, 0.0)
    said += _by_the_only(common, np.sign(np.nan_to_num(shared)) * beyond, yearly, spread)
    of_year = _strongest(said)
    unexplained = np.where(np.abs(of_year) > spread, np.nan, shared)
    expected = _strongest([of_year, pay_days(unexplained, dates, spread)])
    expected = expected if found.may_be_combined else np.zeros(len(common))
    was = _strongest([_last_of_month(stood_out, dates), *(_last_of_year(stood_out, kind) for kind in yearly)])
    return Repeats(expected, _beyond(was, expected, STANDS_OUT_SPREADS * spread))


def stands_out(shared: FloatArray) -> FloatArray:
    """Return T: how far (log) a day stands out from the days before it, no further than from what was expected.

    NaN where the day is not known. Of a long event only the first days stand out.
    """
    padded = np.concatenate([np.full(STANDS_OUT_FROM_DAYS, np.nan), shared])
    before = np.stack([padded[k : k + len(shared)] for k in range(STANDS_OUT_FROM_DAYS)])
    rest = shared - np.nan_to_num(middle_of(before[:, None], np.sum(~np.isnan(before), axis=0)[None])[0])
    return np.where(rest * shared > 0, np.sign(shared) * np.minimum(np.abs(rest), np.abs(shared)), 0.0 * shared)


def _last_of_year(stood_out: FloatArray, kind: IntArray) -> FloatArray:
    """Return T: how far the last day of the same kind stood out; 0 where there was none."""
    last = _pairs(stood_out, kind)[0]
    return np.where(last >= 0, np.nan_to_num(stood_out)[last], 0.0)


def _last_of_month(stood_out: FloatArray, dates: Sequence[date]) -> FloatArray:
    """Return T: how far the last day with one of a day's names of the month stood out; 0 where none did."""
    was, last = np.zeros(len(stood_out)), dict[NameOfMonth, float]()
    for day, (names, size) in enumerate(zip(names_of_month(dates), stood_out.tolist(), strict=True)):
        was[day] = max((last[name] for name in names if name in last), key=abs, default=0.0)
        if not isnan(size):
            last |= dict.fromkeys(names, size)
    return was


def _beyond(was: FloatArray, expected: FloatArray, least: float) -> FloatArray:
    """Return T: how far a day stood out, to the same side, beyond what is expected; NaN if by less than `least`."""
    more = np.sign(was) * np.minimum(np.abs(was), np.sign(was) * (was - expected))
    return np.where((np.abs(was) >= least) & (more * np.sign(was) >= least), more, np.nan)


def _strongest(said: Sequence[FloatArray]) -> FloatArray:
    """Return T: of what several say of each day, the one that says most."""
    at = np.argmax(np.abs(said), axis=0)
    return np.asarray(np.take_along_axis(np.array(said), at[None], axis=0)[0])


def quartiles(off: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return T each: the lower quartile, the median and the upper quartile; NaN of fewer than `REPEAT_LEAST_PEERS`."""
    count = np.sum(~np.isnan(off), axis=0)
    ordered = np.sort(off, axis=0)  # NaN last
    a_quarter = np.maximum(count - 1, 0) // 4
    low, high = (
        np.take_along_axis(ordered, at[None], axis=0)[0] for at in (a_quarter, np.maximum(count - 1, 0) - a_quarter)
    )
    middle = middle_of(off[:, None, :], count[None])[0]
    enough = count >= REPEAT_LEAST_PEERS
    return np.where(enough, low, np.nan), np.where(enough, middle, np.nan), np.where(enough, high, np.nan)


def shared_by_all(low: FloatArray, common: FloatArray, high: FloatArray, half: float) -> FloatArray:
    """Return T: how far all of the chain went along with a day; NaN where that is not known.

    An event of a part of the stores moves the median, but not the quartile of those that it left alone: what the
    quartiles say counts, each as far from the middle as it usually is (`half`). A day on which next to nothing or a
    multiple was sold was closed, or a fault of the feed, and says nothing of the next.
    """
    up, down = np.minimum(common, low + half), np.maximum(common, high - half)
    shared = np.where(common > 0, np.maximum(up, 0.0), np.minimum(down, 0.0))
    return np.where(np.abs(shared) > REPEAT_MOST, np.nan, shared + 0.0 * common)


def _by_the_only(
    common: FloatArray, outstanding: FloatArray, kinds: Sequence[IntArray], spread: float
) -> list[FloatArray]:
    """Return T for each kind: what a day is expected to repeat of the only earlier one of its kind.

    That is the part with which the outstanding days of the kind came again so far in this chain, drawn to that of all
    kinds, and this to `REPEAT_USUAL_PART` (empirical-Bayes shrinkage). An outstanding day counts the more, the further
    it stood out. Where most do not come again, no more is expected than what is chance if this one does not.
    """
    last, times = map(np.array, zip(*(_pairs(common, kind) for kind in kinds), strict=True))
    first = np.where(last >= 0, outstanding[last], 0.0)
    weight = np.where(np.isnan(common), 0.0, np.abs(first) / (np.abs(first) + spread))
    again = np.clip(np.nan_to_num(common) / np.where(first == 0, 1.0, first), 0.0, 1.0)
    came, seen = (np.cumsum(of, axis=1) - of for of in (weight * again, weight))
    usual, prior = REPEAT_USUAL_PART, REPEAT_PRIOR_DAYS
    of_all = (came.mean(axis=0) + usual * prior) / (seen.mean(axis=0) + prior)
    part = (came + of_all * prior) / (seen + prior)
    most = np.where(part < 0.5, REPEAT_THRESHOLD * spread, np.inf)
    return list(np.where(times == 1, np.clip(part * first, -most, most), 0.0))


def _pairs(common: FloatArray, kind: IntArray) -> tuple[IntArray, IntArray]:
    """Return T each: the last earlier day of the same kind on which the chain is known, -1: none; and how many."""
    order = np.argsort(kind, kind="stable")
    known = ~np.isnan(common[order]) & (kind[order] >= 0)
    begins = np.concatenate([[True], np.diff(kind[order]) != 0])
    first = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    so_far: IntArray = np.cumsum(known) - known
    newest = np.concatenate([[-1], np.maximum.accumulate(np.where(known, np.arange(len(order)), -1))[:-1]])
    last, times = np.full(len(kind), -1), np.zeros(len(kind), dtype=np.int64)
    last[order] = np.where(newest >= first, order[newest], -1)
    times[order] = so_far - so_far[first]
    return last, times


def _by_earlier(common: FloatArray, kind: IntArray, spread: float, least_times: int) -> FloatArray:
    """Return T: the mean of the earlier days of the same kind, beyond what chance makes it.

    0 for kind -1, and where there were fewer than `least_times` of them.
    """
    order = np.argsort(kind, kind="stable")
    same = np.concatenate([[False], np.diff(kind[order]) == 0])
    first = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))

    def earlier(values: FloatArray) -> FloatArray:
        total = np.cumsum(values) - values
        return np.asarray(total - total[first])

    value, known = np.nan_to_num(common)[order], (~np.isnan(common))[order]
    times = earlier(known.astype(np.float64))
    least = np.maximum(times, 1.0)
    mean = earlier(value) / least
    apart = np.maximum(earlier(value**2) / least - mean**2, 0.0) * least / np.maximum(least - 1, 1.0)
    chance = np.sqrt(np.maximum(apart, spread**2) / least)
    beyond = np.maximum(np.abs(mean) - REPEAT_THRESHOLD * chance, 0.0)
    out = np.zeros(len(common))
    out[order] = np.where(times >= least_times, np.sign(mean) * beyond, 0.0)
    return np.where(kind >= 0, out, 0.0)
