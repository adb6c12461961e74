"""attribution_ready_sales says what is known now: every store-day that sold, how good it is, and what was restated."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.stage import run_stage
from mrs.stage.harness import StageResult

from functions.hydrate.handler import STAGE
from functions.hydrate.reconcile import reconcile
from tests.builders import TICK
from tests.hydrate.conftest import World, days

BEFORE = TICK - days(1)
PREDICTED = {"observed_sales": 150.0, "expected_sales": 100.0, "expected_low": 90.0, "expected_high": 115.0}


def landed(world: World, day: date, sales: float | None, tick: date | None = None, **values: Any) -> None:
    row = {"store_id": "1", "date": day, "category": None, "sales": sales, "is_open": True, "is_imputed": False}
    world.log("landing_feeds_log", {"feed": "unified_sales_data"}, tick=TICK - days(30))
    world.log("sales_timeseries_data", row | values, tick=tick or day)


def rejected(world: World, day: date | None, tick: date, **values: Any) -> None:
    row = {"dataset": "unified_sales_data", "file": "f", "row_number": 1, "column": "sales", "reason": "is bad"}
    row |= {"raw": "{}", "rule": "is bad", "outcome": "rejected", "store_id": "1", "date": day, "sales": 5.5}
    world.log("ingest_rejections_log", row | values, tick=tick)


def predicted(world: World, day: date, written_at: datetime | None = None, **values: Any) -> None:
    row = PREDICTED | {"store_id": "1", "date": day} | values
    world.log("baseline_sales_model_prediction_log", row, tick=day, written_at=written_at)


def hydrated(world: World, tick: date, written_at: datetime | None = None) -> StageResult:
    event = {"run_id": world.run_id, "first_tick": tick.isoformat(), "last_tick": tick.isoformat()}
    when = written_at or schedule_time(tick)
    world.log("executions_log", {"execution_id": str(when), "last_tick": tick}, tick=tick, written_at=when)
    result = run_stage(STAGE, event | {"written_at": when.isoformat() + "Z"}, world.environment)
    reconcile(result)
    return result


def test_a_store_day_without_an_expectation_has_a_row(world: World) -> None:
    landed(world, TICK, 70.0, category="food")
    landed(world, TICK, 30.5, category="drinks")
    row = world.sales()["1", TICK]
    assert (row["observed_sales"], row["expected_sales"], row["adjusted_sales"]) == (100.5, None, 100.5)
    assert (row["minority_sales"], row["quality"], row["restated_at"]) == (0.0, "no_expectation", None)


def test_a_day_that_came_as_it_was_judged_is_ok(world: World) -> None:
    landed(world, TICK, 150.0)
    predicted(world, TICK)
    row = world.sales()["1", TICK]
    assert (row["observed_sales"], row["quality"], row["restated_why"]) == (150.0, "ok", None)
    assert row["is_replay_due"] is False


def test_a_closed_day_and_a_missing_one(world: World) -> None:
    landed(world, BEFORE, 0.0, is_open=False)
    predicted(world, TICK, observed_sales=None)
    found = world.sales()
    assert (found["1", BEFORE]["quality"], found["1", TICK]["quality"]) == ("closed", "missing")


def test_a_day_of_which_a_row_was_set_aside_is_partial_until_that_row_comes(world: World) -> None:
    landed(world, BEFORE, 70.0, category="food")
    rejected(world, BEFORE, BEFORE, category="drinks")
    row = world.sales()["1", BEFORE]
    assert (row["quality"], row["observed_sales"], row["exclude_probability"]) == ("partial", 70.0, 1.0)
    landed(world, BEFORE, 71.0, category="food", tick=TICK)
    assert world.sales()["1", BEFORE]["quality"] == "partial"
    landed(world, BEFORE, 30.0, category="drinks", tick=TICK)
    assert world.sales()["1", BEFORE]["quality"] == "no_expectation"


def test_late_and_corrected_days_are_restated_and_due_for_replay(world: World) -> None:
    predicted(world, BEFORE, observed_sales=None)
    landed(world, BEFORE, 120.0, tick=TICK)
    predicted(world, TICK, store_id="2")
    landed(world, TICK, 150.0, store_id="2")
    landed(world, TICK, 80.0, store_id="2", tick=TICK + days(1))
    found = world.sales(TICK + days(1))
    late, corrected = found["1", BEFORE], found["2", TICK]
    assert (late["observed_sales"], late["restated_why"], late["restated_at"]) == (120.0, "late", schedule_time(TICK))
    assert (corrected["observed_sales"], corrected["restated_why"]) == (80.0, "corrected")
    assert late["is_replay_due"] and corrected["is_replay_due"]
    before = world.sales(TICK)["2", TICK]
    assert (before["restated_why"], before["is_replay_due"]) == (None, False)


def test_history_that_came_with_the_first_tick_is_not_late(world: World) -> None:
    landed(world, BEFORE, 120.0, tick=TICK)
    world.log("landing_feeds_log", {"feed": "stores"}, tick=TICK)
    assert world.sales(TICK + days(1))["1", BEFORE]["restated_why"] == "late"
    fresh = World(world.environment, world.athena, f"{world.run_id[:50]}-fresh")
    fresh.log("landing_feeds_log", {"feed": "unified_sales_data"}, tick=TICK)
    row = {"store_id": "1", "date": BEFORE, "sales": 120.0, "is_open": True, "is_imputed": False}
    fresh.log("sales_timeseries_data", row, tick=TICK)
    assert fresh.sales(TICK)["1", BEFORE]["restated_why"] is None


def test_a_replay_and_an_edit_restate_a_day(world: World) -> None:
    later = schedule_time(TICK) + days(2)
    predicted(world, BEFORE)
    predicted(world, BEFORE, written_at=later, expected_sales=120.0)
    predicted(world, TICK)
    world.report("a", store_id="1")
    edit = {"report_id": "a", "cause": "weather", "cause_source": "report_edit", "final_status": "open"}
    world.log("MRFL", edit | {"edited_at": schedule_time(TICK) + days(1)})
    found = world.sales(TICK + days(5))
    assert (found["1", BEFORE]["restated_why"], found["1", BEFORE]["restated_at"]) == ("replayed", later)
    assert found["1", TICK]["restated_why"] == "edited"


def test_restatements_list_what_differs_from_the_state_that_was_published_before(world: World) -> None:
    landed(world, BEFORE, 150.0)
    landed(world, BEFORE, 150.0, store_id="2")
    predicted(world, BEFORE)
    predicted(world, BEFORE, store_id="2")
    assert hydrated(world, BEFORE).rows["restatements"] == 0
    landed(world, BEFORE, 90.0, tick=TICK)
    assert hydrated(world, TICK).rows["restatements"] == 1
    logs = world.environment.logs()
    (row,) = logs.read(dataset("restatements"), world.run_id, first=TICK).to_pylist()
    assert (row["store_id"], row["date"], row["why"]) == ("1", BEFORE, "corrected")
    assert (row["observed_before"], row["observed_now"]) == (150.0, 90.0)
    assert hydrated(world, TICK + days(1)).rows["restatements"] == 0


def test_a_reports_changed_cause_restates_adjusted_sales(world: World) -> None:
    landed(world, BEFORE, 150.0)
    predicted(world, BEFORE)
    hydrated(world, BEFORE)
    world.report("a", store_id="1", tick=TICK, first_detected_at=datetime.combine(BEFORE, datetime.min.time()))
    world.causes("a", tick=TICK, weather=1.0)
    hydrated(world, TICK)
    (row,) = world.environment.logs().read(dataset("restatements"), world.run_id, first=TICK).to_pylist()
    assert (row["why"], row["adjusted_before"], row["adjusted_now"]) == ("judged", 150.0, 100.0)
    assert row["observed_before"] == row["observed_now"] == 150.0


def test_what_landed_is_what_was_exported_and_what_was_set_aside(world: World) -> None:
    landed(world, BEFORE, 70.25, category="food")
    landed(world, BEFORE, 60.0, category="food", store_id="2")
    rejected(world, BEFORE, BEFORE, category="drinks")
    rejected(world, BEFORE, BEFORE, category="drinks", column="price", rule="is worse")
    rejected(world, BEFORE, BEFORE, row_number=2, store_id="TOTAL", outcome="total", rule="is a total", sales=130.25)
    rejected(world, BEFORE, BEFORE, row_number=3, category="food", outcome="repeat", sales=70.25)
    rejected(world, None, TICK, row_number=4, store_id=None, sales=None, rule="has 2 fields")
    hydrated(world, TICK)
    logs = world.environment.logs()
    day, undated = logs.read(dataset("sales_reconciliation"), world.run_id, first=TICK).to_pylist()
    assert (day["date"], day["landed_sales"], day["exported_sales"]) == (BEFORE, 266.0, 130.25)
    assert (day["set_aside_sales"], day["unexplained_sales"], day["rows_set_aside"]) == (135.75, 0.0, 2)
    assert '"is a total": {"rows": 1, "sales": 130.25}' in day["set_aside_why"]
    assert (undated["date"], undated["rows_set_aside"], undated["landed_sales"]) == (TICK, 1, 0.0)
