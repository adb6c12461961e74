"""Which settings a state was made with, as the log of executions tells."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from mrs.identity import schedule_time
from mrs.store.executions import config_in_force

MONDAY = date(2024, 6, 3)
TUESDAY = MONDAY + timedelta(days=1)
LATER = schedule_time(TUESDAY) + timedelta(days=9)


def execution(name: str, first: date, last: date, given: datetime | None = None) -> dict[str, Any]:
    config = json.dumps({"name": name})
    return {"execution_id": name, "first_tick": first, "last_tick": last, "given_written_at": given, "config": config}


BACKFILL = execution("backfill", MONDAY - timedelta(days=30), MONDAY)
DAILY = execution("daily", TUESDAY, TUESDAY)
AGAIN = execution("again", MONDAY, MONDAY, LATER)


@pytest.mark.parametrize(
    ("tick", "written_at", "name"),
    [
        (TUESDAY, LATER, "daily"),
        (MONDAY - timedelta(days=3), LATER, "backfill"),
        (MONDAY, schedule_time(MONDAY), "backfill"),
        (MONDAY, LATER, "again"),
    ],
)
def test_the_execution_that_wrote_the_tick_last_has_them(tick: date, written_at: datetime, name: str) -> None:
    for executions in permutations([DAILY, AGAIN, BACKFILL]):
        assert config_in_force(executions, tick, written_at) == {"name": name}


def test_a_tick_that_no_execution_is_known_of_has_the_default_ones() -> None:
    assert config_in_force([BACKFILL], TUESDAY, LATER) == {}
