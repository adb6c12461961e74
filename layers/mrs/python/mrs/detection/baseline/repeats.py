"""Days of the whole chain that come again: feasts that move, sales days, pay days; each by what it did before.

A model has one coefficient for all holidays and none for a day that no calendar names. What is left of such a day, in
the middle of the peers, is expected again: of a holiday that the calendar names from its second time on, of any other
day from its third. Chance is kept out by a soft threshold (Donoho and Johnstone, 1994).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator

import numpy as np

from mrs.arrays import MAD_TO_SIGMA, BoolArray, FloatArray, IntArray
from mrs.detection.baseline.holidays import dates_from, easter_offsets
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.scopes import Entry
from mrs.detection.baseline.weekdays import middle_of
from mrs.detection.params import (
    EASTER_REACH_DAYS,
    HOLIDAY_LEAST_SHARE,
    REPEAT_LEAST_PEERS,
    REPEAT_LEAST_SPREAD,
    REPEAT_LEAST_TIMES,
    REPEAT_THRESHOLD,
    WEEKDAY_FEAST_DAYS,
)


def repeated_days(peers: BaselineInputs, found: Expectation) -> FloatArray:
    """Return T: by how much (log) the chain moves on a day beyond its expectation, by earlier days of its kind alone.

    Of several kinds that a day is of (Thanksgiving by its name, the fourth Thursday of November, the 26th of a month)
    the one that says most counts.
    """
    panel, before = peers.panel, peers.anchor - peers.panel.first_day
    off = np.where(panel.trading & ~found.is_closed, np.log(np.where(panel.trading, panel.sales, 1.0)), np.nan)
    off -= found.log_expected
    off[:, before:] = np.nan
    count = np.sum(~np.isnan(off), axis=0)
    common = np.where(count >= REPEAT_LEAST_PEERS, middle_of(off[:, None, :], count[None])[0], np.nan)
    if np.isnan(common).all():
        return np.zeros(len(common))
    spread = max(MAD_TO_SIGMA * float(np.nanmedian(np.abs(common))), REPEAT_LEAST_SPREAD)
    most = np.zeros(len(common))
    named = [(kind, 1) for kind in _holidays(peers)]
    unnamed = [(kind, REPEAT_LEAST_TIMES) for kind in _kinds(panel.first_day, len(common))]
    for kind, least_times in named + unnamed:
        said = _by_earlier(common, kind, spread, least_times)
        most = np.where(np.abs(said) > np.abs(most), said, most)
    return most


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
        on: dict[tuple[str, int], BoolArray] = {}
        for members, entry in peers.layout.spans(holidays):
            for day in days_of(entry):
                same = on.setdefault((entry.label, day - entry.start), np.zeros(peers.panel.sales.shape, dtype=bool))
                peers.layout.mark(same, members, entry, day, day)
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


def _kinds(first_day: int, days: int) -> Iterator[IntArray]:
    """Yield for each way of naming a day T numbers, equal for days of one name, -1 for none."""
    dates = dates_from(first_day, days)
    month = np.array([d.month for d in dates])
    day = np.array([d.day for d in dates])
    left = np.array([monthrange(d.year, d.month)[1] - d.day for d in dates])
    weekday = (np.arange(days) + first_day + 3) % 7
    yield month * 100 + day
    yield day
    yield left
    easter = easter_offsets(dates)
    yield np.where(np.abs(easter) <= EASTER_REACH_DAYS, easter + EASTER_REACH_DAYS, -1)
    for position in ((day - 1) // 7, left // 7 + 10):
        feast = (month * 100 + position) * 10 + weekday
        for shift in WEEKDAY_FEAST_DAYS:
            moved = np.full(days, -1)
            inside = np.arange(max(shift, 0), days + min(shift, 0))
            moved[inside] = feast[inside - shift]
            yield moved
