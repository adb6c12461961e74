"""Hydration as a stage: it appends its three snapshots under the hydrated tick, and a replay writes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.stage import run_stage

from functions.hydrate.handler import STAGE
from tests.builders import TICK
from tests.hydrate.conftest import World, days

LAST = TICK + days(1)


@pytest.fixture
def event(world: World) -> dict[str, Any]:
    """An execution of two ticks over a run with a report, an event and a store-day."""
    world.report("a", store_id="1")
    world.report("late", tick=LAST + days(1))
    world.causes("a", viral=1.0)
    world.event("g", "a")
    day = {"store_id": "1", "date": TICK, "observed_sales": 150.0, "expected_sales": 100.0}
    world.log("baseline_sales_model_prediction_log", day)
    return {"run_id": world.run_id, "first_tick": TICK.isoformat(), "last_tick": LAST.isoformat()}


def test_snapshots_lie_under_the_last_tick(world: World, event: dict[str, Any]) -> None:
    result = run_stage(STAGE, event, world.environment)
    assert {name: t.num_rows for name, t in result.tables.items()} == {
        "minority_reports": 1,
        "minority_events_log": 1,
        "attribution_ready_sales": 1,
    }
    logs = world.environment.logs()
    for name in STAGE.writes:
        stored = logs.read(dataset(name), world.run_id)
        assert stored["tick"].to_pylist() == [LAST]
        assert stored["written_at"].to_pylist() == [schedule_time(LAST)]
    sales = logs.read(dataset("attribution_ready_sales"), world.run_id)
    assert sales["minority_sales"].to_pylist() == [50.0]


def test_a_replay_writes_nothing_new(world: World, event: dict[str, Any]) -> None:
    run_stage(STAGE, event, world.environment)
    again = run_stage(STAGE, event, world.environment)
    assert not any(w.created for w in again.written)


def test_what_is_written_later_does_not_change_the_state_of_the_tick(world: World, event: dict[str, Any]) -> None:
    before = run_stage(STAGE, event, world.environment)
    world.report("b", tick=LAST, written_at=schedule_time(LAST) + days(1))
    edit = {"edit_id": "e", "report_id": "a", "action": "comment", "author": "ann"}
    world.log("user_edits_log", edit, tick=LAST, written_at=schedule_time(LAST) + days(1))
    again = run_stage(STAGE, event, world.environment)
    assert again.tables["minority_reports"].equals(before.tables["minority_reports"])


def test_a_refresh_after_an_edit_sees_it(world: World, event: dict[str, Any]) -> None:
    run_stage(STAGE, event, world.environment)
    now = schedule_time(LAST) + days(1)
    edit = {"edit_id": "e", "report_id": "a", "action": "comment", "author": "ann", "edited_at": now}
    world.log("user_edits_log", edit, tick=LAST, written_at=now)
    refresh = event | {"mode": "refresh", "written_at": now.isoformat() + "Z"}
    result = run_stage(STAGE, refresh, world.environment)
    assert result.tables["minority_reports"]["last_edited_by"].to_pylist() == ["ann"]


def test_a_tick_that_was_judged_again_and_found_empty_shows_nothing(world: World, event: dict[str, Any]) -> None:
    """The later answer is an object without rows: the rows of the earlier one must not show through."""
    later = schedule_time(TICK) + days(30)
    world.log("MRDL", written_at=later)
    world.log("pipeline_health_log", {"stage": "predict"}, written_at=later)
    assert run_stage(STAGE, event, world.environment).tables["minority_reports"].num_rows == 1
    world.log("pipeline_health_log", {"stage": "detect", "shard": "0 of 1"}, written_at=later)
    again = run_stage(STAGE, event | {"written_at": (later + days(1)).isoformat()}, world.environment)
    assert again.tables["minority_reports"].num_rows == 0
    (sales,) = again.tables["attribution_ready_sales"].to_pylist()
    assert (sales["report_id"], sales["minority_sales"]) == (None, 0.0)
    (told,) = again.tables["minority_events_log"].to_pylist()
    assert told["n_reports"] == 0
