"""What kind of day it is, as far as a judgement may care."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from mrs.arrays import BoolArray, FloatArray
from mrs.detection.baseline.holidays import closing_keys, dates_from
from mrs.detection.baseline.params import HABIT_SHARE, HOLIDAY_REACH_DAYS
from mrs.detection.baseline.scopes import Entry, Layout, StoreTable, calendar_entries
from mrs.detection.params import WEEKLY_LEAST_WEEKS


def context_of(first_day: int, stores: int, days: int) -> dict[str, FloatArray]:
    """Return S×T by name: what kind of day it is."""
    weekday = (np.arange(days) + first_day + 3) % 7
    dates = dates_from(first_day - HOLIDAY_REACH_DAYS, days + 2 * HOLIDAY_REACH_DAYS)
    holiday = (closing_keys(dates) >= 0).astype(np.float64)
    near = np.convolve(holiday, np.ones(2 * HOLIDAY_REACH_DAYS + 1), mode="valid") > 0
    found = {"weekday": weekday.astype(np.float64), "near_holiday": near.astype(np.float64)}
    return {name: np.broadcast_to(value[None, :], (stores, days)) for name, value in found.items()}


def near_holiday(calendar: pa.Table, stores: StoreTable, first_day: int, days: int, anchor: int) -> BoolArray | None:
    """Return S×T: within `HOLIDAY_REACH_DAYS` of a public holiday of the store, as far as known; None if none is.

    A calendar may list its weekends: a holiday on a weekday that is one in most weeks is no more than that weekday.

    Parameters
    ----------
    calendar
        `calendar_data`.
    stores, first_day, days
        The S stores, and the T days from one since 1970-01-01 on.
    anchor
        What was told before it counts as always known, and says which weekdays are holidays.
    """
    holidays = [e for e in calendar_entries(calendar, anchor) if e.kind == "public_holiday"]
    if not holidays:
        return None
    weekly, layout = _weekly([e for e in holidays if e.known_from < anchor]), Layout(stores, first_day, days)
    reach = HOLIDAY_REACH_DAYS
    once = [e for e in layout.near(holidays) if any(_weekday(d) not in weekly for d in range(e.start, e.end + 1))]
    return layout.marked((("near", e, e.start - reach, e.end + reach) for e in once), ("near",))["near"]


def _weekly(holidays: Sequence[Entry]) -> set[int]:
    """Return the weekdays that are a holiday by habit: in most of the weeks from the first to the last."""
    on = {day for e in holidays for day in range(e.start, e.end + 1)}
    weeks = (max(on) - min(on)) // 7 + 1 if on else 0
    times = Counter(map(_weekday, on)) if weeks >= WEEKLY_LEAST_WEEKS else Counter[int]()
    return {weekday for weekday, count in times.items() if count > HABIT_SHARE * weeks}


def _weekday(day: int) -> int:
    return (day + 3) % 7
