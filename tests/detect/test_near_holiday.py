"""Which days are near a public holiday of a store, by its calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from mrs.arrays import EPOCH, BoolArray
from mrs.contracts import dataset
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.context import near_holiday

MONDAY, DAYS = date(2024, 4, 1), 84
ANCHOR = MONDAY + timedelta(days=56)
WEEKENDS = [MONDAY + timedelta(days=7 * week + day) for week in range(12) for day in (5, 6)]
LABOUR_DAYS = [date(2024, 5, day) for day in (1, 2, 3)]


def near(
    days: Sequence[date], region: str | None = None, told: date = MONDAY, kind: str = "public_holiday"
) -> BoolArray | None:
    """Return what is near the days of a calendar that was told on the first day and on `told`, of two regions."""
    first = {"start_date": MONDAY, "end_date": MONDAY, "kind": "local_event", "name": "first", "tick": MONDAY}
    more = [
        {"start_date": day, "end_date": day, "kind": kind, "name": "a day", "region": region, "tick": told}
        for day in days
    ]
    schema = dataset("calendar_data").stage_schema
    nowhere = np.full(2, np.nan)
    stores = StoreTable(("a", "b"), ("r", "r"), ("north", "south"), nowhere, nowhere)
    table = pa.Table.from_pylist([first, *more], schema=schema)
    return near_holiday(table, stores, (MONDAY - EPOCH).days, DAYS, (ANCHOR - EPOCH).days)


def on(*dates: date) -> list[int]:
    return [(day - MONDAY).days for day in dates]


def test_the_days_beside_a_holiday_are_near_it() -> None:
    found = near([date(2024, 5, 1)])
    assert found is not None
    assert np.flatnonzero(found[0]).tolist() == list(range(*on(date(2024, 4, 30), date(2024, 5, 3))))
    assert (found[1] == found[0]).all()


def test_a_region_s_holiday_is_near_its_own_stores_only() -> None:
    found = near([date(2024, 5, 1)], region="north")
    assert found is not None
    assert found.sum(axis=1).tolist() == [3, 0]


def test_a_calendar_that_lists_weekends_has_no_holiday_every_week_but_a_long_one() -> None:
    """From Wednesday to the end of the week is one holiday: its last day counts as much as its first."""
    found = near([*WEEKENDS, *LABOUR_DAYS])
    assert found is not None
    assert np.flatnonzero(found[0]).tolist() == list(range(*on(date(2024, 4, 30), date(2024, 5, 7))))


def test_the_same_weekday_two_weeks_running_is_no_habit() -> None:
    found = near([date(2024, 4, 24), date(2024, 5, 1)])
    assert found is not None
    assert found[0].sum() == 6


def test_a_holiday_is_not_near_before_it_was_told() -> None:
    told = ANCHOR + timedelta(days=3)
    found = near([told], told=told)
    assert found is not None
    assert np.flatnonzero(found[0]).tolist() == list(range(on(told)[0], on(told)[0] + 2))


def test_without_a_public_holiday_nothing_is_said() -> None:
    assert near(LABOUR_DAYS, kind="school_holiday") is None
