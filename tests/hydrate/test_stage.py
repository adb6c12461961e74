"""Hydration as a stage: it appends its three snapshots under the hydrated tick, and a replay writes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.stage import run_stage
from mrs.store.snapshots import Snapshot, newest_snapshot
from mrs.store.weeks import SALES

from functions.hydrate.handler import STAGE
from tests.builders import TICK
from tests.hydrate.conftest import World, days

LAST = TICK + days(1)
SALES_LOG = dataset(SALES)


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
    assert result.rows == {
        "minority_reports": 1,
        "minority_events_log": 1,
        "attribution_ready_sales": 1,
        "attribution_ready_sales_weeks": 1,
        "restatements": 0,
    }
    logs = world.environment.logs()
    for name in result.tables:
        stored = logs.read(dataset(name), world.run_id)
        assert stored["tick"].to_pylist() == [LAST] * result.rows[name]
        assert stored["written_at"].to_pylist() == [schedule_time(LAST)] * result.rows[name]
    sales = logs.read(SALES_LOG, world.run_id)
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
    (sales,) = again.context.logs.read(SALES_LOG, world.run_id, first=LAST, last=LAST).to_pylist()
    assert (sales["report_id"], sales["minority_sales"]) == (None, 0.0)
    (told,) = again.tables["minority_events_log"].to_pylist()
    assert told["n_reports"] == 0


def test_sales_are_there_before_the_reports_by_which_a_snapshot_is_known(world: World, event: dict[str, Any]) -> None:
    written = [w.key.split("/")[1] for w in run_stage(STAGE, event, world.environment).written]
    assert written.index("attribution_ready_sales") < written.index("minority_reports")


def test_a_run_without_any_expectation_has_an_empty_snapshot(world: World) -> None:
    event = {"run_id": world.run_id, "first_tick": TICK.isoformat(), "last_tick": TICK.isoformat()}
    run_stage(STAGE, event, world.environment)
    state = Snapshot(world.run_id, TICK, schedule_time(TICK))
    assert newest_snapshot(world.environment.logs(), world.run_id) == state
    assert state.read(world.environment.logs(), SALES).num_rows == 0
