"""attribution_ready_sales says what is known now: every store-day that sold, how good it is, and what was restated."""

from __future__ import annotations

from datetime import date
from typing import Any

from mrs.identity import schedule_time

from tests.builders import TICK
from tests.hydrate.conftest import World, days

BEFORE = TICK - days(1)
PREDICTED = {"observed_sales": 150.0, "expected_sales": 100.0, "expected_low": 90.0, "expected_high": 115.0}


def landed(world: World, day: date, sales: float | None, tick: date | None = None, **values: Any) -> None:
    row = {"store_id": "1", "date": day, "category": None, "sales": sales, "is_open": True, "is_imputed": False}
    world.log("sales_timeseries_data", row | values, tick=tick or day)


def predicted(world: World, day: date, **values: Any) -> None:
    world.log("baseline_sales_model_prediction_log", PREDICTED | {"store_id": "1", "date": day} | values, tick=day)


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


def test_a_closed_day_and_a_missing_one(world: World) -> None:
    landed(world, BEFORE, 0.0, is_open=False)
    predicted(world, TICK, observed_sales=None)
    found = world.sales()
    assert (found["1", BEFORE]["quality"], found["1", TICK]["quality"]) == ("closed", "missing")


def test_a_day_of_which_a_row_was_set_aside_is_partial_until_it_comes(world: World) -> None:
    rejected = {
        "dataset": "unified_sales_data",
        "file": "f",
        "row_number": 1,
        "column": "sales",
        "reason": "x",
        "raw": "",
    }
    landed(world, BEFORE, 70.0, category="food")
    world.log("ingest_rejections_log", rejected | {"is_used": False, "store_id": "1", "date": BEFORE}, tick=BEFORE)
    assert world.sales()["1", BEFORE]["quality"] == "partial"
    landed(world, BEFORE, 30.0, category="drinks", tick=TICK)
    assert world.sales()["1", BEFORE]["quality"] == "no_expectation"


def test_late_and_corrected_days_are_restated(world: World) -> None:
    predicted(world, BEFORE, observed_sales=None)
    landed(world, BEFORE, 120.0, tick=TICK)
    predicted(world, TICK, store_id="2")
    landed(world, TICK, 150.0, store_id="2")
    landed(world, TICK, 80.0, store_id="2", tick=TICK + days(1))
    found = world.sales(TICK + days(1))
    late, corrected = found["1", BEFORE], found["2", TICK]
    assert (late["observed_sales"], late["restated_why"], late["restated_at"]) == (120.0, "late", schedule_time(TICK))
    assert (corrected["observed_sales"], corrected["restated_why"]) == (80.0, "corrected")
    assert world.sales(TICK)["2", TICK]["restated_why"] is None
