"""The names that a day has: of its month, of its year, and those of holidays in the calendar.

A day of one name may come again as a pay day, a feast that moves or a sales day does.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from mrs.arrays import IntArray
from mrs.detection.baseline.holidays import easter_offsets
from mrs.detection.baseline.inputs import BaselineInputs
from mrs.detection.baseline.params import EASTER_REACH_DAYS, HOLIDAY_LEAST_SHARE, WEEKDAY_FEAST_DAYS
from mrs.detection.baseline.scopes import Entry

NameOfMonth = tuple[int, int, int]
"""A way of naming a day of the month; 0, or -1 or 1 if weekends move it to before or after them; and which it is."""
WAYS_OF_MONTH = 4
MONDAY, FRIDAY = 0, 4


def names_of_month(dates: Sequence[date]) -> list[tuple[NameOfMonth, ...]]:
    """Return each day's names of the month.

    A day has its number from the front and from the end, and its weekday's (the first Friday, the last Friday). What is
    due on a Saturday or Sunday may come on the Friday before or the Monday after, so these have their names, too.
    """
    return [_names_of_month(day) for day in dates]


@lru_cache(maxsize=4096)  # more than a history has; each period asks for nearly the same days
def _names_of_month(day: date) -> tuple[NameOfMonth, ...]:
    number, left, weekday = day.day, _days_left(day), day.weekday()
    own = (0, 0, number), (1, 0, left), (2, 0, (number - 1) // 7 * 7 + weekday), (3, 0, left // 7 * 7 + weekday)
    if weekday > FRIDAY:
        return own
    before = [(-1, day + timedelta(days=k)) for k in (range(3) if weekday == FRIDAY else range(1))]
    after = [(1, day - timedelta(days=k)) for k in (range(3) if weekday == MONDAY else range(1))]
    numbers = [(0, moved, due.day) for moved, due in before + after]
    return (*own, *numbers, *((1, moved, _days_left(due)) for moved, due in before + after))


def _days_left(day: date) -> int:
    return monthrange(day.year, day.month)[1] - day.day


def holidays(peers: BaselineInputs) -> Iterator[IntArray]:
    """Yield T numbers for the days before the holidays that most peers have, for their days, and for those after.

    Equal for the same day of holidays of one name, -1 for other days. A calendar that has one name for all holidays
    gives their mean, which the model knows already.
    """
    named = [e for e in peers.calendar if e.kind == "public_holiday"]
    for days_of in (_day_before, _days_of, _day_after):
        on = peers.layout.marked(((e.label, day - e.start), e, day, day) for e in named for day in days_of(e))
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


def names_of_year(first_day: int, dates: Sequence[date]) -> list[IntArray]:
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
