"""A state writes the weeks that changed and holds the others in earlier states; read, it is the whole window."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.settings import HydrateSettings
from mrs.stage import run_stage
from mrs.store.canonical import conform
from mrs.store.snapshots import Snapshot
from mrs.store.weeks import SALES, monday

from functions.hydrate.changed_weeks import Sources
from functions.hydrate.handler import STAGE
from functions.hydrate.hydrate_minority_reports import hydrate_minority_reports
from functions.hydrate.publish import publish
from functions.hydrate.queries import ask, first_date
from functions.hydrate.reconcile import reconcile
from tests.builders import TICK, at
from tests.hydrate.conftest import World, days

BEGIN = TICK - days(40)
STORES = ("1", "2", "3")
CAUSES = ("weather", "viral", "paid_campaign", "data_quality")


def day_of(world: World, day: date, written_at: datetime | None = None, **values: Any) -> None:
    """Land a day of every store, judge it, and say that the tick is complete."""
    world.log("landing_feeds_log", {"feed": "unified_sales_data"}, tick=day, written_at=written_at)
    sold = {"date": day, "category": None, "sales": 100.0, "is_open": True, "is_imputed": False}
    world.log("sales_timeseries_data", *({**sold, "store_id": s} for s in STORES), tick=day, written_at=written_at)
    judged = {"date": day, "observed_sales": 100.0, "expected_sales": 90.0, "expected_low": 80.0, "expected_high": 99.0}
    rows = ({**judged, "store_id": s, **values} for s in STORES)
    world.log("baseline_sales_model_prediction_log", *rows, tick=day, written_at=written_at)


def hydrated(world: World, tick: date, written_at: datetime | None = None, **settings: Any) -> Snapshot:
    """Hydrate the state of a tick as the end of an execution; return it."""
    when = written_at or schedule_time(tick)
    event = {"run_id": world.run_id, "first_tick": tick.isoformat(), "last_tick": tick.isoformat()}
    event |= {"written_at": when.isoformat() + "Z", "config": {"hydrate": settings}}
    world.log("executions_log", {"execution_id": str(when), "last_tick": tick}, tick=tick, written_at=when)
    reconcile(run_stage(STAGE, event, world.environment))
    return Snapshot(world.run_id, tick, when)


def whole(world: World, state: Snapshot, settings: HydrateSettings | None = None) -> pa.Table:
    """Return the sales of a state as they are when all of its window is asked for."""
    settings = settings or HydrateSettings()
    sources = Sources.of(world.environment.logs(), state, first_date(state.tick, settings))
    rows = hydrate_minority_reports({SALES: ask(world.athena, SALES, sources, settings)}, [state.tick], settings)[SALES]
    ds = dataset(SALES)
    for name, value in (("run_id", state.run_id), ("written_at", state.written_at)):
        field = ds.schema.field(name)
        rows = rows.append_column(name, pa.repeat(pa.scalar(value, field.type), rows.num_rows))
    return conform(ds, rows, ds.schema)


def written(world: World, state: Snapshot) -> list[str]:
    """Return the parts that a state wrote itself."""
    keys = [key for key, _ in world.environment.logs().find(dataset(SALES), world.run_id, first=state.tick)]
    return [k.part for k in keys if (k.tick, k.written_at) == (state.tick, state.written_at)]


def part(day: date) -> str:
    return f"week{monday(day):%Y%m%d}"


@pytest.fixture
def ran(world: World) -> World:
    """A run of forty days, of which the state of the last but one is hydrated."""
    for n in range(40):
        day_of(world, BEGIN + days(n))
    hydrated(world, TICK - days(1))
    day_of(world, TICK)
    return world


def test_a_tick_in_which_nothing_old_changed_writes_one_week(ran: World) -> None:
    state = hydrated(ran, TICK)
    assert written(ran, state) == [part(TICK)]
    sales = state.read(ran.environment.logs(), SALES)
    assert sales.num_rows == 41 * len(STORES)
    assert sales.equals(whole(ran, state))
    assert set(sales["tick"].to_pylist()) == {TICK} and set(sales["written_at"].to_pylist()) == {schedule_time(TICK)}


def late(world: World) -> None:
    row = {"date": TICK - days(20), "store_id": "9", "sales": 5.0, "is_open": True, "is_imputed": False}
    world.log("sales_timeseries_data", row, tick=TICK)


def lost(world: World) -> None:
    row = {"dataset": "unified_sales_data", "file": "f", "row_number": 1, "column": "sales", "reason": "is bad"}
    row |= {"raw": "{}", "rule": "is bad", "outcome": "rejected", "store_id": "1", "date": TICK - days(20)}
    world.log("ingest_rejections_log", row | {"sales": 5.5, "category": "other"}, tick=TICK)


def replayed(world: World) -> None:
    old = TICK - days(20)
    row = {"date": old, "observed_sales": 100.0, "expected_sales": 95.0, "expected_low": 80.0, "expected_high": 99.0}
    rows = ({**row, "store_id": s} for s in STORES)
    world.log("baseline_sales_model_prediction_log", *rows, tick=old, written_at=schedule_time(TICK))


def reported(world: World) -> None:
    world.report("a", TICK, store_id="1", first_detected_at=at(TICK - days(20)), last_detected_at=at(TICK - days(20)))
    world.causes("a", TICK, weather=1.0)


def begun(world: World) -> None:
    """A report is found on a Monday whose event began in the week before."""
    found = monday(TICK - days(14))
    world.report("a", TICK, store_id="1", first_detected_at=at(found), last_detected_at=at(found))
    world.causes("a", TICK, began_at=found - days(1), weather=1.0)


@pytest.mark.parametrize("happen", [late, lost, replayed, reported])
def test_what_changes_an_old_day_writes_its_week_too(ran: World, happen: Callable[[World], None]) -> None:
    happen(ran)
    state = hydrated(ran, TICK)
    assert written(ran, state) == [part(TICK - days(20)), part(TICK)]
    assert state.read(ran.environment.logs(), SALES).equals(whole(ran, state))


def test_an_event_that_began_the_week_before_writes_that_week_too(ran: World) -> None:
    begun(ran)
    state = hydrated(ran, TICK)
    found = monday(TICK - days(14))
    assert written(ran, state) == [part(found - days(1)), part(found), part(TICK)]
    sales = state.read(ran.environment.logs(), SALES)
    assert sales.equals(whole(ran, state))
    changed = state.read(ran.environment.logs(), "restatements").to_pylist()
    assert {(row["store_id"], row["date"], row["why"]) for row in changed} == {
        ("1", found - days(1), "judged"),
        ("1", found, "judged"),
    }
    ran.causes("a", TICK, schedule_time(TICK) + days(1), began_at=found, weather=1.0)
    later = hydrated(ran, TICK, schedule_time(TICK) + days(1))
    assert later.read(ran.environment.logs(), SALES).equals(whole(ran, later))
    assert part(found - days(1)) in written(ran, later)


def test_a_report_that_shrank_and_one_that_is_withdrawn_write_the_weeks_that_they_left(ran: World) -> None:
    span = {"first_detected_at": at(TICK - days(30)), "last_detected_at": at(TICK - days(15))}
    ran.report("a", TICK - days(15), store_id="1", **span)
    ran.causes("a", TICK - days(15), weather=1.0)
    hydrated(ran, TICK)
    again = schedule_time(TICK) + days(1)
    span |= {"last_detected_at": at(TICK - days(29))}
    ran.report("a", TICK - days(15), written_at=again, store_id="1", **span)
    state = hydrated(ran, TICK, again)
    assert state.read(ran.environment.logs(), SALES).equals(whole(ran, state))
    ran.log("MRDL", tick=TICK - days(15), written_at=again + days(1))
    ran.log("pipeline_health_log", {"stage": "detect"}, tick=TICK - days(15), written_at=again + days(1))
    state = hydrated(ran, TICK, again + days(1))
    sales = state.read(ran.environment.logs(), SALES)
    assert sales.equals(whole(ran, state))
    assert sales["report_id"].null_count == sales.num_rows


def test_a_tick_that_is_run_out_of_order_makes_all_weeks_again(ran: World) -> None:
    skipped = BEGIN - days(10)
    day_of(ran, skipped)
    state = hydrated(ran, TICK)
    assert state.read(ran.environment.logs(), SALES).equals(whole(ran, state))
    assert written(ran, state) == sorted({part(d) for d in (skipped, *(BEGIN + days(n) for n in range(41)))})


def test_a_window_that_grows_makes_all_weeks_again(world: World) -> None:
    for n in range(40):
        day_of(world, BEGIN + days(n))
    first = hydrated(world, TICK - days(1), window_days=7)
    assert len(written(world, first)) == 2
    day_of(world, TICK)
    state = hydrated(world, TICK, window_days=30)
    settings = HydrateSettings(window_days=30)
    assert state.read(world.environment.logs(), SALES).equals(whole(world, state, settings))


def test_a_window_that_moves_lets_go_of_its_first_week(world: World) -> None:
    for n in range(40):
        day_of(world, BEGIN + days(n))
    seen = []
    for n in range(8):
        tick = TICK + days(n)
        day_of(world, tick)
        state = hydrated(world, tick, window_days=14)
        dates = state.read(world.environment.logs(), SALES)["date"].to_pylist()
        assert min(dates) == monday(tick - days(13))
        seen.append(len(written(world, state)))
    assert seen == [3, *([1] * 7)]


def test_what_became_of_the_money_is_of_all_weeks(ran: World) -> None:
    state = hydrated(ran, TICK)
    days_told = state.read(ran.environment.logs(), "sales_reconciliation")
    assert days_told.num_rows == 41
    assert set(days_told["exported_sales"].to_pylist()) == {100.0 * len(STORES)}
    assert set(days_told["unexplained_sales"].to_pylist()) == {0.0}


def test_a_manifest_names_the_weeks_of_earlier_states(ran: World) -> None:
    event = {"run_id": ran.run_id, "first_tick": TICK.isoformat(), "last_tick": TICK.isoformat()}
    result = run_stage(STAGE, event, ran.environment)
    publish(result)
    logs = ran.environment.logs()
    (found,) = [f.key for f in logs.objects.find(f"manifests/run_id={ran.run_id}/") if f.key.endswith(".json")]
    told = json.loads(logs.objects.get(found))["datasets"][SALES]
    assert told["rows"] == 41 * len(STORES)
    assert [o["key"].rpartition("-")[2] for o in told["objects"]] == sorted(
        {f"{part(BEGIN + days(n))}.parquet" for n in range(41)}
    )


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_a_state_is_as_if_it_had_been_made_whole(world: World, seed: int) -> None:
    """Days land and are corrected, reports grow, shrink, vanish and are decided, ticks are judged again."""
    dice, world = Random(seed), World(world.environment, world.athena, f"random-{seed}")
    for n in range(15):
        day_of(world, BEGIN + days(n))
    hydrated(world, BEGIN + days(14))
    for n in range(15, 27):
        tick = BEGIN + days(n)
        day_of(world, tick)
        later = schedule_time(tick) + timedelta(minutes=dice.randrange(1, 60))
        for _ in range(dice.randrange(4)):
            happened(world, tick, dice, later if dice.random() < 0.3 else None)
        state = hydrated(world, tick, later)
        assert state.read(world.environment.logs(), SALES).equals(whole(world, state)), (seed, tick)


def happened(world: World, tick: date, dice: Random, when: datetime | None) -> None:
    """Write what may happen at a tick to one of the days before it."""
    store, old = dice.choice(STORES), tick - days(dice.randrange(14))
    report = f"r{dice.randrange(4)}"
    what = dice.randrange(6)
    if what == 0:
        row = {"date": old, "store_id": store, "category": None, "sales": dice.random() * 100, "is_open": True}
        world.log("sales_timeseries_data", row | {"is_imputed": False}, tick=tick, written_at=when)
    elif what == 1:
        day_of(world, old, schedule_time(tick), expected_sales=dice.choice((90.0, 80.0)))
    elif what in (2, 3):
        last = min(tick, old + days(dice.randrange(10)))
        judged_at = (tick if what == 2 else old, schedule_time(tick) if what == 3 else when)
        span = {"first_detected_at": at(old), "last_detected_at": at(last), "anomaly_score": dice.random()}
        world.report(report, judged_at[0], judged_at[1], store_id=store, **span)
        health = {"stage": "detect"}
        world.log("pipeline_health_log", health, tick=judged_at[0], written_at=judged_at[1])
        began = None if dice.random() < 0.3 else old - days(dice.randrange(4))
        world.causes(report, tick, when, began_at=began, **{dice.choice(CAUSES): 0.7, "unknown": 0.3})
    elif what == 4:
        status = dice.choice(("open", "rejected", "approved"))
        row = {"report_id": report, "cause": dice.choice(CAUSES), "cause_source": "report_edit", "final_status": status}
        world.log("MRFL", row | {"edited_at": schedule_time(tick)}, tick=tick, written_at=when)
    else:
        world.log("MRDL", tick=old, written_at=schedule_time(tick))
        world.log("pipeline_health_log", {"stage": "detect"}, tick=old, written_at=schedule_time(tick))
