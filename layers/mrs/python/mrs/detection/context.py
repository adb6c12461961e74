"""What kind of day it is, as far as a judgement may care."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from mrs.arrays import BoolArray, FloatArray
from mrs.detection.baseline.holidays import closing_keys, dates_from
from mrs.detection.baseline.params import HABIT_SHARE, HOLIDAY_REACH_DAYS
from mrs.detection.baseline.scopes import Entry, Layout, Place, StoreTable, calendar_entries
from mrs.detection.params import WEEKLY_LEAST_WEEKS, YEAR_END_FROM, YEAR_ENDS_TO_SEE


def context_of(first_day: int, stores: int, days: int) -> dict[str, FloatArray]:
    """Return S×T by name: what kind of day it is."""
    weekday = (np.arange(days) + first_day + 3) % 7
    dates = dates_from(first_day - HOLIDAY_REACH_DAYS, days + 2 * HOLIDAY_REACH_DAYS)
    holiday = (closing_keys(dates) >= 0).astype(np.float64)
    near = np.convolve(holiday, np.ones(2 * HOLIDAY_REACH_DAYS + 1), mode="valid") > 0
    found = {"weekday": weekday.astype(np.float64), "near_holiday": near.astype(np.float64)}
    return {name: np.broadcast_to(value[None, :], (stores, days)) for name, value in found.items()}


def first_year_ends(first_day: int, days: int, began: int) -> BoolArray:
    """Return T: days from the first of Advent's weeks to New Year's Eve, of the first years' ends that a chain sees.

    The weeks before Christmas move by weekday and by how many of them are open, so that one of them says little of the
    next: the first `YEAR_ENDS_TO_SEE` are new to it.

    Parameters
    ----------
    first_day, days
        The T days from one since 1970-01-01 on.
    began
        The chain's first day, since 1970-01-01.
    """
    dates, start = dates_from(first_day, days), dates_from(began, 1)[0]
    first_seen = start.year + ((start.month, start.day) > YEAR_END_FROM)
    return np.array([(d.month, d.day) >= YEAR_END_FROM and d.year - first_seen < YEAR_ENDS_TO_SEE for d in dates])


def near_holiday(calendar: pa.Table, stores: StoreTable, first_day: int, days: int, anchor: int) -> BoolArray | None:
    """Return S×T: a public holiday of the store, the day before or after, as far as known; None if none is.

    Such days in a row are one holiday. A calendar may list its weekends: days that are listed every week are none.

    Parameters
    ----------
    calendar
        `calendar_data`.
    stores, first_day, days
        The S stores, and the T days from one since 1970-01-01 on.
    anchor
        What was told before it counts as always known, and says which weekdays are holidays and which are one.
    """
    holidays = [e for e in calendar_entries(calendar, anchor) if e.kind == "public_holiday"]
    if not holidays:
        return None
    told, layout = [e for e in holidays if e.known_from < anchor], Layout(stores, first_day, days)
    weekly, later = _weekly(told), [e for e in holidays if e.known_from >= anchor]
    once = [e for e in layout.near(_joined(told) + later) if not set(map(_weekday, _days_of(e))) <= weekly]
    return layout.marked((("near", e, e.start - 1, e.end + 1) for e in once), ("near",))["near"]


def _joined(holidays: Sequence[Entry]) -> list[Entry]:
    """Return holidays, of which those of one place that follow on each other are one."""
    out: dict[Place, list[Entry]] = {}
    for e in holidays:
        spells = out.setdefault(e.place, [])
        if spells and e.start <= spells[-1].end + 1:
            last = spells.pop()
            e = replace(last, end=max(last.end, e.end))
        spells.append(e)
    return [e for spells in out.values() for e in spells]


def _weekly(holidays: Sequence[Entry]) -> set[int]:
    """Return the weekdays that are a holiday by habit: in most of the weeks from the first to the last."""
    on = {day for e in holidays for day in _days_of(e)}
    weeks = (max(on) - min(on)) // 7 + 1 if on else 0
    times = Counter(map(_weekday, on)) if weeks >= WEEKLY_LEAST_WEEKS else Counter[int]()
    return {weekday for weekday, count in times.items() if count > HABIT_SHARE * weeks}


def _days_of(holiday: Entry) -> range:
    return range(holiday.start, holiday.end + 1)


def _weekday(day: int) -> int:
    return (day + 3) % 7
