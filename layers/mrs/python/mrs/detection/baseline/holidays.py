"""Days with a name: Easter and what moves with it, fixed dates, and the closings that a store's own past teaches."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import numpy as np

from mrs.arrays import EPOCH, BoolArray, IntArray
from mrs.detection.baseline.params import (
    CHRISTMAS_LEAD_DAYS,
    HABIT_LEAST_WEEKS,
    HABIT_SHARE,
    HABIT_WEEKS,
    LONG_CLOSING_DAYS,
    MONTH_END_CLOSED_DAYS,
)
from mrs.panels import SalesPanel

CLOSING_OFFSETS = (-2, 0, 1, 39, 49, 50, 60)
"""Days from Easter Sunday on which shops are commonly closed."""
CLOSING_DATES = ((1, 1), (1, 6), (5, 1), (8, 15), (10, 3), (10, 31), (11, 1), (12, 25), (12, 26))
"""Month and day on which shops are commonly closed."""


def easter_sunday(year: int) -> date:
    """Return Easter Sunday of a year of the Gregorian calendar (Meeus/Jones/Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, g = b // 4, b % 4, (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def dates_from(first_day: int, count: int) -> list[date]:
    """Return `count` dates from a day since 1970-01-01 on."""
    start = EPOCH + timedelta(days=first_day)
    return [start + timedelta(days=i) for i in range(count)]


def easter_offsets(dates: list[date]) -> IntArray:
    """Return each date's distance in days from Easter Sunday of its year."""
    easters = {year: easter_sunday(year) for year in {d.year for d in dates}}
    return np.array([(d - easters[d.year]).days for d in dates], dtype=np.int64)


def closing_keys(dates: list[date]) -> IntArray:
    """Return for each date which of the common closing days it is, -1 for none."""
    offsets = easter_offsets(dates)
    moving = {offset: i for i, offset in enumerate(CLOSING_OFFSETS)}
    fixed = {md: i + len(CLOSING_OFFSETS) for i, md in enumerate(CLOSING_DATES)}
    return np.array(
        [moving.get(int(o), fixed.get((d.month, d.day), -1)) for o, d in zip(offsets, dates, strict=True)],
        dtype=np.int64,
    )


def habitually_closed(panel: SalesPanel) -> BoolArray:
    """Return S×T: the store was closed, or sold nothing, on most of the last eight such weekdays before the day.

    Once a store trades again after weeks of closing, what was its habit before counts on: a closing is no habit.
    """
    stores, days = panel.sales.shape
    weeks = -(-days // 7)
    by_week = np.zeros((2, stores, weeks * 7), dtype=np.uint32)
    by_week[0, :, :days], by_week[1, :, :days] = ~panel.trading & panel.seen, panel.seen
    by_week = by_week.reshape(2, stores, weeks, 7)
    begins, reopened = _long_closings(panel.trading, weeks)
    habit = np.zeros((stores, weeks, 7), dtype=bool)
    kept = np.zeros((2, stores, 7), dtype=np.uint32)  # a bit for each of the last weeks, the newest the lowest
    before = kept.copy()
    for week in range(weeks):
        kept = np.where(reopened[:, week, None], before, kept)
        shut_n, seen_n = np.bitwise_count(kept)
        habit[:, week] = (seen_n >= HABIT_LEAST_WEEKS) & (shut_n > HABIT_SHARE * seen_n)
        before = np.where(begins[:, week, None], kept, before)
        kept = (kept << 1 | by_week[:, :, week]) & (2**HABIT_WEEKS - 1)
    return np.asarray(habit.reshape(stores, weeks * 7)[:, :days])


def _long_closings(trading: BoolArray, weeks: int) -> tuple[BoolArray, BoolArray]:
    """Return S×W twice: in the week a store stopped trading; in the week before, it traded again after a long closing.

    A store that has never traded before has not closed.
    """
    stores, days = trading.shape
    day, never = np.arange(days), np.full((stores, 1), -1)
    opened = np.maximum.accumulate(np.where(trading, day, -1), axis=1)
    last = np.concatenate([never, opened[:, :-1]], axis=1)
    stops = ~trading & (last == day - 1) & (day > 0)
    opens = trading & (last >= 0) & (day - 1 - last >= LONG_CLOSING_DAYS)
    begins, reopened = np.zeros((stores, weeks), dtype=bool), np.zeros((stores, weeks + 1), dtype=bool)
    for week in range(weeks):
        its_days = slice(7 * week, 7 * week + 7)
        begins[:, week], reopened[:, week + 1] = stops[:, its_days].any(axis=1), opens[:, its_days].any(axis=1)
    return begins & ~reopened[:, 1:], reopened[:, :weeks]


def learned_closings(panel: SalesPanel, ahead: int) -> BoolArray:
    """Return S×(T+ahead): the day has the name of a common closing day on which this store was closed before.

    Only earlier occurrences of the name are looked at, so that the answer for a day needs no later data.
    """
    stores, days = panel.sales.shape
    keys = closing_keys(dates_from(panel.first_day, days + ahead))
    shut, seen = panel.is_closed | (panel.seen & ~panel.trading), panel.seen
    learned = np.zeros((stores, days + ahead), dtype=bool)
    for key in np.unique(keys[keys >= 0]):
        known, closed = np.zeros(stores), np.zeros(stores)
        for day in np.flatnonzero(keys == key):
            learned[:, day] = (known > 0) & (closed >= HABIT_SHARE * known)
            if day < days:
                known += seen[:, day]
                closed += shut[:, day]
    return learned


def last_open_of_month(dates: list[date], usual: BoolArray) -> BoolArray:
    """Return S×T: the last day of the month on which the store is not habitually closed: wages are spent on it.

    `usual` (S×T) tells habitual closing; a day to come is taken to be as its weekday was a week before.
    """
    left = np.array([monthrange(d.year, d.month)[1] - d.day for d in dates])
    days = usual.shape[1]
    last, all_shut = ~usual & (left == 0), np.ones_like(usual)
    for k in range(1, MONTH_END_CLOSED_DAYS + 1):
        a_week_before = np.zeros_like(usual)
        a_week_before[:, 7 - k :] = usual[:, : days - (7 - k)]
        all_shut &= a_week_before
        last |= ~usual & all_shut & (left == k)
    return np.asarray(last)


def open_days_to_christmas(dates: list[date], usual: BoolArray) -> IntArray:
    """Return S×T: how many days, it included, are left to Christmas on which the store is not habitually closed.

    0 on other days. Sales of such a day go by how many are left: where all are closed on Sundays, the third last is the
    22nd in one year and the 21st in another. A day to come is taken to be as its weekday was a week before.
    """
    out = np.zeros(usual.shape, dtype=np.int64)
    for day, on in enumerate(dates):
        left = (date(on.year, 12, 24) - on).days
        if 0 <= left <= CHRISTMAS_LEAD_DAYS:
            to_come = [day + k - 7 * -(-k // 7) for k in range(left + 1)]
            known = [at for at in to_come if at >= 0]
            out[:, day] = np.where(usual[:, day], 0, np.sum(~usual[:, known], axis=1))
    return out
