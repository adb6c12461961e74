"""The hydration queries on a real Trino over rows of each kind: the same answer as the local engine's."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.settings import HydrateSettings
from mrs.store.athena import Athena
from mrs.store.snapshots import Snapshot

from functions.hydrate import queries
from functions.hydrate.changed_weeks import Sources
from tests.builders import TICK, at
from tests.hydrate.conftest import World, hydrate_aws
from tests.trino.conftest import Lay
from tests.trino.server import Trino
from tests.trino.world import asked, plain

__all__ = ["hydrate_aws"]

LAST = TICK + timedelta(days=1)
BASELINE = "baseline_sales_model_prediction_log"


@pytest.fixture(scope="module")
def world(hydrate_aws: tuple[Environment, Athena]) -> World:
    """Reports with and without each kind of row, in events of which one was absorbed, edited and restated."""
    made = World(*hydrate_aws, run_id="main")
    for name, value in (("a", 50.0), ("b", -70.0), ("c", 0.0), ("alone", 10.0)):
        made.report(name, store_id=name[0], sales_delta=value, expected_sales=0.0 if name == "c" else 100.0)
    made.report("b", tick=LAST, store_id="b", sales_delta=-90.0, last_detected_at=at(LAST), is_degraded=True)
    made.causes("a", viral=0.7, weather=0.3)
    made.causes("b", weather=0.6, viral=0.4)
    made.causes("b", tick=LAST, weather=1.0)
    made.event("g1", "a")
    made.event("g2", "b", "c")
    made.event("g2", "b", "c", tick=LAST, merged_into="g1")
    made.log("stores_data", {"store_id": "a", "region": "BY", "retailer": "R"}, {"store_id": "b", "region": None})
    made.log("MRFL", {"report_id": "a", "is_degraded": True, "degraded_inputs": ["campaigns", "social"]})
    made.log("MRFL", {"report_id": "c", "cause": "weather", "cause_source": "report_edit", "final_status": "rejected"})
    for n, (action, value) in enumerate(
        (("rename", {"name": "it's"}), ("set_cause", {"cause": "viral"}), ("approve", {}))
    ):
        when = schedule_time(TICK) + timedelta(minutes=n)
        row = {"edit_id": f"e{n}", "report_group_id": "g1", "action": action, "edited_at": when}
        made.log("user_minority_events_edits_log", row | {"value": json.dumps(value)}, written_at=when)
    for day in (TICK - timedelta(days=8), TICK, LAST):
        rows = [
            {"store_id": s, "date": day, "observed_sales": o, "expected_sales": 100.0}
            for s, o in (("a", 150.0), ("b", None))
        ]
        made.log(BASELINE, *rows, tick=day)
    made.log("MRDL", tick=LAST + timedelta(days=1))  # a partition whose file holds no row
    return made


@pytest.fixture(scope="module")
def trino(world: World, lay: Lay) -> Trino:
    """A Trino over the objects of the world's log bucket."""
    return lay("kinds", "mrs-logs")


@pytest.mark.parametrize("name", queries.RESULTS)
@pytest.mark.parametrize(
    ("tick", "as_of"),
    [
        (LAST + timedelta(days=1), datetime(2100, 1, 1)),
        (TICK, schedule_time(TICK)),
        (date(2000, 1, 1), datetime(2100, 1, 1)),
    ],
    ids=["the last tick, whose answer is empty", "as of the schedule", "before all data"],
)
def test_rows_are_the_local_engines(trino: Trino, world: World, name: str, tick: date, as_of: datetime) -> None:
    settings = HydrateSettings()
    state = Snapshot("main", tick, as_of)
    sources = Sources.of(world.environment.logs(), state, queries.first_date(tick, settings))
    ours = queries.ask(world.athena, name, sources, settings)
    put = list(asked())[-1]
    assert put.name == name
    assert plain(trino.ask_with(put.sql, put.values)) == plain(put.rows)
    assert len(put.rows) == ours.num_rows
    assert bool(put.rows) == (tick >= TICK)
