"""A daily tick uses what its refit period began with, and answers as if it had read everything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mrs.contracts import dataset
from mrs.detection.expectation import CALENDAR, PROMOTIONS, SALES, STORES
from mrs.detection.keeping import KeptPeriods
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.stage import Stage, run_stage
from mrs.store.kept import kept_names
from mrs.store.log_store import Write
from mrs.store.objects import ObjectStore

from functions.detect.detect_anomalies import BASELINE, DETECT, PREDICT
from tests.builders import table
from tests.detect.world import FIRST_TICK, World, make_world, tables_of

RUN = "r"
DAY = timedelta(days=1)
ANCHOR = date(2024, 9, 26)
LAST = ANCHOR + 20 * DAY
QUIET = {"detect": {"calibrate": False}}


@pytest.fixture(scope="module")
def world() -> World:
    """Two stores of them are young: one by a hundred days, one opens in the refit period."""
    made = make_world(stores=7, last=LAST)

    def change(sales: Any) -> None:
        sales[5, : made.at(ANCHOR - 100 * DAY)] = np.nan
        sales[6, : made.at(ANCHOR + 2 * DAY)] = np.nan
        sales[1, made.at(ANCHOR + 4 * DAY) : made.at(ANCHOR + 11 * DAY)] = 0.0  # closed for a week
        sales[2, made.at(ANCHOR - 15 * DAY) :] *= 0.6  # a lasting change under way

    return made.changed(change)


def logged(aws: Environment, name: str, rows: pa.Table, tick: date, part: str = "0of1") -> None:
    """Append rows as ingest does."""
    moment = schedule_time(tick)
    stamps = {"is_imputed": False, "is_degraded": False, "degraded_inputs": [], "written_at": moment, "run_id": RUN}
    columns = [
        pa.array([stamps[f.name]] * rows.num_rows, f.type) if f.name in stamps else rows[f.name]
        for f in dataset(name).schema
    ]
    written = pa.table(columns, schema=dataset(name).schema)
    aws.logs().append([Write(dataset(name), RUN, tick, moment, written, part)])


def ingested(aws: Environment, tables: dict[str, pa.Table], late: dict[tuple[str, date], date]) -> None:
    """Append a world's logs, some store-days of it later than their own tick."""
    for name, rows in tables.items():
        if name == SALES:
            pairs = zip(rows["store_id"].to_pylist(), rows["date"].to_pylist(), strict=True)
            came = [late.get(pair) for pair in pairs]
            tick = [c or t for c, t in zip(came, rows["tick"].to_pylist(), strict=True)]
            rows = rows.set_column(rows.schema.get_field_index("tick"), "tick", pa.array(tick, pa.date32()))
        for tick in pc.unique(rows["tick"]).to_pylist():
            logged(aws, name, rows.filter(pc.equal(rows["tick"], tick)), tick)


def corrected(aws: Environment, world: World, day: date, tick: date) -> None:
    """Append a day of sales again, with other amounts."""
    rows = tables_of(world)[SALES]
    rows = rows.filter(pc.equal(rows["date"], pa.scalar(day)))
    other = rows.set_column(rows.schema.get_field_index("sales"), "sales", pc.multiply(rows["sales"], 1.1))
    logged(aws, SALES, other, tick, "1of1")


def predicted(aws: Environment, tick: date, shards: int = 1, stages: tuple[Stage, ...] = (PREDICT, DETECT)) -> int:
    """Run both phases of a tick, and return how many objects they created."""
    event = {"run_id": RUN, "first_tick": tick, "last_tick": tick, "config": QUIET, "shards": shards}
    phases = [run_stage(stage, {**event, "shard": k}, aws) for stage in stages for k in range(shards)]
    return sum(w.created for phase in phases for w in phase.written)


@contextmanager
def uses() -> Iterator[list[bool]]:
    """Note for each prediction whether a kept period served it."""
    found: list[bool] = []
    real = KeptPeriods.find

    def find(self: KeptPeriods, told: Any) -> Any:
        answer = real(self, told)
        found.append(answer is not None)
        return answer

    with patch.object(KeptPeriods, "find", find):
        yield found


def days(first: date, last: date) -> list[date]:
    return [first + i * DAY for i in range((last - first).days + 1)]


def everything_read_again_writes_nothing(aws: Environment, ticks: list[date], shards: int = 1) -> None:
    with patch.object(KeptPeriods, "find", lambda *_: None):
        assert sum(predicted(aws, tick, shards) for tick in ticks) == 0


def told(aws: Environment, tick: date) -> None:
    """Tell of a promotion ahead, of one that is changed, of a holiday, and of a store that moves."""
    start = {"promotion_id": "new", "start_date": tick + 3 * DAY, "end_date": tick + 5 * DAY, "mechanic": "usual"}
    logged(aws, PROMOTIONS, table(PROMOTIONS, start, tick=tick), tick)
    moved = {"promotion_id": "new", "start_date": tick + 2 * DAY, "end_date": tick + 5 * DAY, "mechanic": "usual"}
    logged(aws, PROMOTIONS, table(PROMOTIONS, moved, tick=tick + 4 * DAY), tick + 4 * DAY)
    feast = {"start_date": tick + 4 * DAY, "end_date": tick + 4 * DAY, "name": "feast", "kind": "public_holiday"}
    logged(aws, CALENDAR, table(CALENDAR, feast, tick=tick + 2 * DAY), tick + 2 * DAY)
    store = {"store_id": "s003", "region": "r1", "retailer": "a"}
    logged(aws, STORES, table(STORES, store, tick=tick + 6 * DAY), tick + 6 * DAY)


@pytest.mark.parametrize("shards", [1, 3])
def test_whatever_comes_within_a_period_the_answer_is_that_of_all_that_is_known(
    aws: Environment, world: World, shards: int
) -> None:
    late = {
        ("s000", ANCHOR + 3 * DAY): ANCHOR + 5 * DAY,  # of the period's own days
        ("s004", ANCHOR - 2 * DAY): ANCHOR + 1 * DAY,  # of days that were fitted to
        ("s005", ANCHOR + 6 * DAY): ANCHOR + 8 * DAY,  # of the week before a young store is fitted again
    }
    ingested(aws, tables_of(world), late)
    corrected(aws, world, ANCHOR - 30 * DAY, ANCHOR + 12 * DAY)
    told(aws, ANCHOR + 9 * DAY)
    ticks = days(ANCHOR - 1 * DAY, LAST) if shards == 1 else days(ANCHOR + 6 * DAY, ANCHOR + 12 * DAY)
    predicted(aws, FIRST_TICK)
    with uses() as used:
        for tick in ticks:
            predicted(aws, tick, shards)
    assert len(used) / 3 < sum(used) < len(used)
    everything_read_again_writes_nothing(aws, ticks, shards)


def test_a_tick_within_a_period_reads_the_days_since_its_anchor(aws: Environment) -> None:
    made = make_world(stores=5, last=LAST)
    ingested(aws, tables_of(made), {})
    predicted(aws, FIRST_TICK)
    predicted(aws, ANCHOR)
    with uses() as used, read_keys() as keys:
        predicted(aws, LAST, stages=(PREDICT,))
    assert used == [True]
    sales = [key for key in keys if "/sales_timeseries_data/" in key]
    assert sales and all(f"tick={ANCHOR}" < key.split("/")[3] for key in sales if "/tick=" in key)
    assert len([key for key in keys if "/kept/" in key]) == 1
    assert not [key for key in keys if "anomaly_classifier" in key]


def test_what_was_made_of_other_objects_or_is_gone_is_not_used(aws: Environment) -> None:
    made = make_world(stores=5, last=LAST)
    ingested(aws, tables_of(made), {})
    predicted(aws, FIRST_TICK)
    predicted(aws, ANCHOR)
    (name,) = kept_names(aws.logs().objects, BASELINE, RUN, f"{ANCHOR}")
    corrected(aws, made, ANCHOR - 3 * DAY, ANCHOR - 1 * DAY)
    with uses() as used:
        predicted(aws, ANCHOR + 1 * DAY)
        predicted(aws, ANCHOR + 2 * DAY)
    assert used == [False, True], "the first reads all and keeps what the second uses"
    assert name in kept_names(aws.logs().objects, BASELINE, RUN)


@contextmanager
def read_keys() -> Iterator[list[str]]:
    """Note the keys of the objects that are read, nothing being in memory."""
    keys: list[str] = []
    real = ObjectStore.get

    def get(self: ObjectStore, key: str) -> bytes:
        keys.append(key)
        return real(self, key)

    with patch("mrs.store.objects.TABLES.get", lambda *_: None), patch.object(ObjectStore, "get", get):
        yield keys
