"""Days of the whole chain that come again: feasts that move, sales days, pay days; each by what it did before.

A model has one coefficient for all holidays and none for a day that no calendar names. What is left of such a day, in
the middle of the peers, is expected again: of a holiday that the calendar names from its second time on, of a day of
the year from its third, and from its second already by the part that the chain's outstanding days did come again with.
Chance is kept out by a soft threshold (Donoho and Johnstone, 1994). What these leave may be a day of the month.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from mrs.arrays import MAD_TO_SIGMA, FloatArray, IntArray
from mrs.detection.baseline.holidays import dates_from, easter_offsets
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.params import (
    EASTER_REACH_DAYS,
    HOLIDAY_LEAST_SHARE,
    REPEAT_LEAST_PEERS,
    REPEAT_LEAST_SPREAD,
    REPEAT_LEAST_TIMES,
    REPEAT_MOST,
    REPEAT_PRIOR_DAYS,
    REPEAT_THRESHOLD,
    REPEAT_USUAL_PART,
    WEEKDAY_FEAST_DAYS,
)
from mrs.detection.baseline.pay_days import pay_days
from mrs.detection.baseline.scopes import Entry
from mrs.detection.baseline.weekdays import middle_of


def repeated_days(peers: BaselineInputs, found: Expectation) -> FloatArray:
    """Return T: by how much (log) the chain moves on a day beyond its expectation, by earlier days of its kind alone.

    Of several kinds that a day is of (Thanksgiving by its name, the fourth Thursday of November, the 26th of a month)
    the one that says most counts.
    """
    panel, before = peers.panel, peers.anchor - peers.panel.first_day
    off = np.where(panel.trading & ~found.is_closed, panel.log_sales, np.nan)
    off -= found.log_expected
    off[:, before:] = np.nan
    low, common, high = quartiles(off)
    if np.isnan(common).all():
        return np.zeros(len(common))
    spread = max(MAD_TO_SIGMA * float(np.nanmedian(np.abs(common))), REPEAT_LEAST_SPREAD)
    dates = dates_from(panel.first_day, len(common))
    yearly = _yearly_kinds(panel.first_day, dates)
    said = [_by_earlier(common, kind, spread, 1) for kind in _holidays(peers)]
    said += [_by_earlier(common, kind, spread, REPEAT_LEAST_TIMES) for kind in yearly]
    shared = shared_by_all(low, common, high, 0.5 * float(np.nanmedian(high - low)))
    beyond = np.maximum(np.abs(np.nan_to_num(shared)) - REPEAT_THRESHOLD * spread, 0.0)
    said += _by_the_only(common, np.sign(np.nan_to_num(shared)) * beyond, yearly, spread)
    of_year = _strongest(said)
    unexplained = np.where(np.abs(of_year) > spread, np.nan, shared)
    return _strongest([of_year, pay_days(unexplained, dates, spread)])


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


def _holidays(peers: BaselineInputs) -> Iterator[IntArray]:
    """Yield T numbers for the days before the holidays that most peers have, for their days, and for those after.

    Equal for the same day of holidays of one name, -1 for other days. A calendar that has one name for all holidays
    gives their mean, which the model knows already.
    """
    holidays = [e for e in peers.calendar if e.kind == "public_holiday"]
    for days_of in (_day_before, _days_of, _day_after):
        on = peers.layout.marked(((e.label, day - e.start), e, day, day) for e in holidays for day in days_of(e))
        code = np.full(peers.layout.days, -1)
        for number, name in enumerate(sorted(on)):
            code[on[name].mean(axis=0) > HOLIDAY_LEAST_SHARE] = number
        yield code


def _day_before(holiday: Entry) -> range:
    return range(holiday.start - 1, holiday.start)


def _days_of(holiday: Entry) -> range:
    return range(holiday.start, holiday.end + 1)


def _day_after(holiday: Entry) -> range:
    return range(holiday.end + 1, holiday.end + 2)


def _yearly_kinds(first_day: int, dates: Sequence[date]) -> list[IntArray]:
    """Return for each way of naming a day of the year T numbers, equal for one name, -1 for none."""
    days = len(dates)
    month = np.array([d.month for d in dates])
    day = np.array([d.day for d in dates])
    left = np.array([monthrange(d.year, d.month)[1] - d.day for d in dates])
    weekday = (np.arange(days) + first_day + 3) % 7
    easter = easter_offsets(list(dates))
    yearly = [month * 100 + day, np.where(np.abs(easter) <= EASTER_REACH_DAYS, easter + EASTER_REACH_DAYS, -1)]
    for position in ((day - 1) // 7, left // 7 + 10):
        feast = (month * 100 + position) * 10 + weekday
        for shift in WEEKDAY_FEAST_DAYS:
            moved = np.full(days, -1)
            inside = np.arange(max(shift, 0), days + min(shift, 0))
            moved[inside] = feast[inside - shift]
            yearly.append(moved)
    return yearly
