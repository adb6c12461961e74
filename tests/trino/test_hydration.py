"""The hydration queries on a real Trino: the same rows as the local engine's, in few stages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from mrs.contracts import STORED
from mrs.contracts.catalog import glue_table
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.settings import HydrateSettings
from mrs.store.athena import Athena, bind

from functions.hydrate import queries
from tests.builders import TICK, at
from tests.hydrate.conftest import World, hydrate_aws
from tests.trino.server import AbsentError, Trino, running

__all__ = ["hydrate_aws"]

MOST_STAGES = 40
LAST = TICK + timedelta(days=1)
_TYPES = {"string": "varchar", "timestamp": "timestamp(3)", "int": "integer"}


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
        made.log(queries.BASELINE, *rows, tick=day)
    return made


@pytest.fixture(scope="module")
def trino(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trino]:
    """A Trino over the objects of the world's log bucket, with the tables as the contracts declare them."""
    folder = tmp_path_factory.mktemp("trino")
    s3 = boto3.client("s3")
    for found in s3.list_objects_v2(Bucket="mrs-logs")["Contents"]:
        path: Path = folder / found["Key"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(s3.get_object(Bucket="mrs-logs", Key=found["Key"])["Body"].read())
    started = running(folder)
    try:
        server = started.__enter__()
    except AbsentError as absent:
        pytest.skip(f"no Trino here: {absent}")
    try:
        _declare(server, folder)
        yield server
    finally:
        started.__exit__(None, None, None)


def _declare(server: Trino, folder: Path) -> None:
    server.ask("CREATE SCHEMA hive.mrs WITH (location = 'local:///mrs')")
    for ds in STORED:
        (folder / "logs" / ds.name).mkdir(parents=True, exist_ok=True)
        table = glue_table(ds, f"s3://mrs-logs/logs/{ds.name}/")
        columns = [*table["StorageDescriptor"]["Columns"], *table["PartitionKeys"]]
        body = ", ".join(f'"{c["Name"]}" {_type(c["Type"])}' for c in columns)
        keys = ", ".join(f"'{k['Name']}'" for k in table["PartitionKeys"])
        where = f"external_location = 'local:///logs/{ds.name}', partitioned_by = ARRAY[{keys}]"
        server.ask(f"CREATE TABLE {ds.name} ({body}) WITH (format = 'PARQUET', {where})")
        server.ask(f"CALL hive.system.sync_partition_metadata('mrs', '{ds.name}', 'FULL')")


def _type(glue: str) -> str:
    if glue.startswith("array<"):
        return f"array({_type(glue[6:-1])})"
    return _TYPES.get(glue, glue)


def _asked(name: str, tick: date, as_of: datetime) -> tuple[str, list[str]]:
    sql = (queries.SQL / f"{name}.sql").read_text()
    return bind(sql, queries.parameters(name, "main", tick, as_of, HydrateSettings()), name)


@pytest.mark.parametrize("name", queries.WRITES)
@pytest.mark.parametrize(
    ("tick", "as_of"),
    [(LAST, datetime(2100, 1, 1)), (TICK, schedule_time(TICK)), (date(2000, 1, 1), datetime(2100, 1, 1))],
)
def test_rows_are_the_local_engines(trino: Trino, world: World, name: str, tick: date, as_of: datetime) -> None:
    sql, values = _asked(name, tick, as_of)
    columns = queries.RESULTS[name].names
    typed = [
        f'to_unixtime("{f.name}")' if str(f.type).startswith("timestamp") else f'"{f.name}"'
        for f in queries.RESULTS[name]
    ]
    theirs = trino.ask_with(f"SELECT {', '.join(typed)} FROM ({sql})", values)
    ours = queries.ask(world.athena, name, "main", tick, as_of, HydrateSettings()).to_pylist()
    assert sorted(map(_plain, theirs)) == sorted(_plain([row[c] for c in columns]) for row in ours)
    assert bool(ours) == (tick >= TICK)


def _plain(row: list[Any]) -> str:
    return repr([_value(v) for v in row])


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - datetime(1970, 1, 1)).total_seconds()
    return value.isoformat() if isinstance(value, date) else value


@pytest.mark.parametrize("name", queries.WRITES)
def test_few_stages(trino: Trino, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    sql, values = _asked(name, LAST, datetime(2100, 1, 1))
    stages = trino.stages(sql, values)
    with capsys.disabled():
        print(f"\n{name}: {stages} stages of {MOST_STAGES}")
    assert stages <= MOST_STAGES
