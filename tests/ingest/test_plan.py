"""Planning: ticks from dates or from the schedule, chunks that no anchor cuts, shards."""

from __future__ import annotations

import json
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mrs.errors import BadInputError
from mrs.stage import TickEvent

from functions.ingest.plan_ticks import EPOCH, chunks, plan_ticks


@given(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 400), st.integers(1, 60))
def test_chunks_are_all_the_ticks_in_order_and_cross_no_anchor(first: date, length: int, refit_days: int) -> None:
    last = first + timedelta(days=length)
    spans = chunks(first, last, refit_days)
    assert spans[0][0] == first and spans[-1][1] == last
    for (_, end), (start, _) in pairwise(spans):
        assert start == end + timedelta(days=1)
        assert (start - EPOCH).days % refit_days == 0
    for start, end in spans:
        assert (start - EPOCH).days // refit_days == (end - EPOCH).days // refit_days


def test_the_scheduled_morning_plans_the_day_before() -> None:
    planned = plan_ticks({"mode": "daily", "scheduled_time": "2025-03-01T06:00:00Z"}, "r")
    assert (planned["first_tick"], planned["last_tick"]) == ("2025-02-28", "2025-02-28")
    assert planned["chunks"] == [{"first_tick": "2025-02-28", "last_tick": "2025-02-28"}]


def test_the_scheduled_time_is_utc_wherever_it_is_said() -> None:
    assert plan_ticks({"scheduled_time": "2025-03-01T01:00:00+02:00"}, "r")["first_tick"] == "2025-02-27"


def test_one_date_alone_is_one_tick() -> None:
    assert plan_ticks({"first_tick": "2025-03-01"}, "r")["last_tick"] == "2025-03-01"


def test_a_plan_is_json_and_an_event_of_every_stage() -> None:
    event = {"first_tick": "2025-02-01", "last_tick": "2025-03-31", "shards": 3, "mode": "backfill", "landing": "x/"}
    planned = plan_ticks(event | {"config": {"detect": {"refit_days": 28}}, "written_at": "2025-04-02T10:00:00Z"}, "r")
    again = json.loads(json.dumps(planned))
    assert again["shard_list"] == [0, 1, 2]
    assert len(again["chunks"]) == 3
    for chunk in again["chunks"]:
        stage_event = TickEvent.parse(again | chunk | {"shard": 2})
        assert (stage_event.mode, stage_event.landing, stage_event.shards) == ("backfill", "x/", 3)
        assert stage_event.written_at is not None and stage_event.written_at.hour == 10


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({}, "names no tick"),
        ({"scheduled_time": "tomorrow"}, "'tomorrow' is no ISO time"),
        ({"first_tick": "2025-02-30"}, "first_tick"),
        ({"first_tick": "2025-02-02", "last_tick": "2025-02-01"}, "is before first_tick"),
        ({"first_tick": "2025-02-02", "shards": 0}, "shards"),
        ({"first_tick": "2025-02-02", "config": {"detect": {"refit": 3}}}, "detect.refit"),
    ],
)
def test_a_bad_event_says_what_is_wrong(event: dict[str, object], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        plan_ticks(event, "r")
