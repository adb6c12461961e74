"""Ingest through the shared harness: what lands in the log bucket, and what does not."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import BadInputError, LandingError
from mrs.identity import shard_of
from mrs.landing import landed_files
from mrs.stage import run_stage
from mrs.store.log_store import Shard
from mrs.store.runs import Run, activate

from functions.ingest.feeds import STAGE as FEEDS
from functions.ingest.handler import ingest, plan
from functions.ingest.ingest_landing import STAGE, WRITES
from tests.builders import at
from tests.ingest.landings import STORES, day, files, folder, parquet, sales

SALES_LOG = dataset("sales_timeseries_data")
EVENT = {"run_id": "r", "first_tick": "2024-03-06", "last_tick": "2024-03-08", "landing": "drop/"}


def land(landing: Mapping[str, bytes], prefix: str = "drop/") -> None:
    for name, body in landing.items():
        boto3.client("s3").put_object(Bucket="mrs-landing", Key=prefix + name, Body=body)


def keys() -> dict[str, str]:
    listed = boto3.client("s3").list_objects_v2(Bucket="mrs-logs", Prefix="logs/").get("Contents", [])
    return {item["Key"]: item["ETag"] for item in listed}


def untidy(form: str) -> dict[str, bytes]:
    """Return a landing folder with rows of no store, undeclared stores, repeats, contradictions and bad values."""
    landing = folder()
    rows = landing["unified_sales_data"]
    rows[4]["sales"] = None
    rows += [
        rows[0] | {},
        rows[12] | {"sales": 999.0},
        rows[7] | {"store_id": None},
        rows[6] | {"date": date(2105, 1, 1)},
    ]
    landing["stores"] = [row for row in landing["stores"] if row["store_id"] != "b"]
    landing["promotions"].append(landing["promotions"][0] | {"promotion_id": "q", "store_id": "c"})
    if form == "parquet":
        return files(landing)
    tables = {name: pa.Table.from_pylist(content) for name, content in landing.items()}
    return {f"{name}.csv": csv_of(table) for name, table in tables.items()}


def csv_of(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pacsv.write_csv(table, sink)
    return sink.getvalue() + (b"ragged,row\n" if "sales" in table.column_names else b"")


def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"LOG_BUCKET": "mrs-logs", "LANDING_BUCKET": "mrs-landing", "GLUE_DATABASE": "mrs"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def ingested(aws: Environment, run_id: str = "r", shards: int = 1) -> None:
    """Ingest as the state machine does: every shard, then the feeds."""
    told = EVENT | {"run_id": run_id, "shards": shards}
    for shard in range(shards):
        run_stage(STAGE, told | {"shard": shard}, aws)
    run_stage(FEEDS, told, aws)


def test_landing_files_become_logs(aws: Environment) -> None:
    land(files())
    summary = run_stage(STAGE, EVENT, aws).summary("ingest")
    run_stage(FEEDS, EVENT, aws)
    assert summary["rows"]["sales_timeseries_data"] == 8 * len(STORES)
    assert aws.logs().read(SALES_LOG, "r").num_rows == 8 * len(STORES)
    feeds = aws.logs().read(dataset("landing_feeds_log"), "r")
    assert feeds.num_rows == 9 * 3


def test_a_replay_writes_nothing_new(aws: Environment) -> None:
    land(files())
    run_stage(STAGE, EVENT, aws)
    before = keys()
    assert run_stage(STAGE, EVENT, aws).summary("ingest")["objects_created"] == 0
    assert keys() == before


@pytest.mark.parametrize("bad", ["weather.parquet", "unified_sales_data.parquet"])
def test_an_unreadable_file_leaves_no_half_written_tick(aws: Environment, bad: str) -> None:
    land(files() | {bad: b"PAR1 and no more"})
    with pytest.raises(LandingError, match=bad):
        run_stage(STAGE, EVENT, aws)
    assert keys() == {}


def test_bad_rows_are_in_the_rejections_log(aws: Environment) -> None:
    landing = folder()
    landing["unified_sales_data"][4]["sales"] = None
    land(files(landing))
    run_stage(STAGE, EVENT, aws)
    (row,) = aws.logs().read(dataset("ingest_rejections_log"), "r").to_pylist()
    assert (row["dataset"], row["row_number"], row["tick"]) == ("unified_sales_data", 5, day(5))


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_shards_write_together_what_one_writes(aws: Environment, form: str) -> None:
    land(untidy(form))
    ingested(aws, "r")
    ingested(aws, "cut", shards=7)
    for name in {*WRITES, "landing_feeds_log"} - {"landing_shards_log"}:
        whole, cut = (aws.logs().read(dataset(name), run).drop_columns(["run_id"]) for run in ("r", "cut"))
        assert whole.num_rows
        assert whole.equals(cut), name


def test_a_shard_reads_its_own_stores_and_what_is_of_none(aws: Environment) -> None:
    land(untidy("parquet"))
    ingested(aws, "cut", shards=7)
    for k in range(7):
        shard, own = Shard(k, 7), {s for s in STORES if shard_of(s, 7) == k}
        assert set(aws.logs().read(SALES_LOG, "cut", shard=shard)["store_id"].to_pylist()) == own
        signals = aws.logs().read(dataset("context_signals_data"), "cut", shard=shard)
        assert set(signals["store_id"].to_pylist()) == {None, *own & {"a"}}
    assert len([key for key in keys() if "/sales_timeseries_data/run_id=cut/tick=2024-03-06/" in key]) > 1


def test_shards_that_change_their_number_know_what_the_others_wrote(aws: Environment) -> None:
    land(untidy("parquet"))
    ingested(aws, shards=3)
    later = EVENT | {"first_tick": "2024-03-09", "last_tick": "2024-03-09", "shards": 2}
    for shard in range(2):
        run_stage(STAGE, later | {"shard": shard}, aws)
    again = aws.logs().read(SALES_LOG, "r", first=day(8))
    assert {row["date"] for row in again.to_pylist()} == {day(8)}


def test_signals_that_land_are_compared_with_what_is_known_of_their_days(aws: Environment) -> None:
    land(files())
    ingested(aws)
    logs, log = aws.logs(), dataset("context_signals_data")
    known = logs.read(log, "r")
    recent = folder()
    for feed in ("campaigns", "weather", "social", "competitors", "inventory"):
        recent[feed] = [row for row in recent[feed] if row["date"] >= day(7)]
    recent["weather"].append({"date": day(6), "region": "n", "temperature_c": 3.0, "precipitation_mm": None})
    land(files(recent), "next/")
    event = EVENT | {"first_tick": f"{day(8)}", "last_tick": f"{day(8)}", "landing": "next/"}
    result = run_stage(STAGE, event, aws)
    new = logs.read(log, "r", first=day(8))
    of_tick = {(row["signal"], row["date"]) for row in new.to_pylist()}
    assert of_tick == {("temperature_c", day(6)), *((name, day(8)) for name in known["signal"].to_pylist())}
    assert result.rows[log.name] == new.num_rows


def test_sales_of_which_no_shard_can_use_a_row_stop_the_tick(aws: Environment) -> None:
    land(files({"unified_sales_data": [row | {"sales": None} for row in sales()]}))
    for shard in range(2):
        run_stage(STAGE, EVENT | {"shards": 2, "shard": shard}, aws)
    with pytest.raises(LandingError, match="no usable row.*ingest_rejections_log"):
        run_stage(FEEDS, EVENT | {"shards": 2}, aws)
    assert not aws.logs().find(dataset("landing_feeds_log"), "r")
    reasons = aws.logs().read(dataset("ingest_rejections_log"), "r")["reason"].to_pylist()
    assert len(reasons) == 8 * len(STORES)


def test_large_landings_are_fetched_some_files_at_a_time(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    days = {d: [r for r in sales() if r["date"] == day(d)] for d in range(10)}
    land({f"unified_sales_data/{d}.parquet": parquet(rows) for d, rows in days.items()})
    monkeypatch.setattr(landed_files, "BYTES_AT_ONCE", 2 * len(parquet(days[0])) + 100)
    run_stage(STAGE, EVENT, aws)
    assert aws.logs().read(SALES_LOG, "r").num_rows == 8 * len(STORES)


def test_notes_reach_the_summary(aws: Environment) -> None:
    land(files(readme__txt=b"hello"))
    (note,) = run_stage(STAGE, EVENT, aws).summary("ingest")["notes"]
    assert note.startswith("readme.txt: not a landing file, ignored")


def test_a_missing_feed_degrades_what_needs_it(aws: Environment) -> None:
    landing = folder()
    del landing["weather"]
    land(files(landing))
    ingested(aws)
    feeds = aws.logs().read(dataset("landing_feeds_log"), "r").to_pylist()
    assert [r["is_present"] for r in feeds if r["feed"] == "weather"] == [False] * 3


def test_plan_then_ingest_as_the_state_machine_does(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch)
    land(files())
    activate(aws.logs(), Run("active", None, "someone", at(day(0))))
    event: dict[str, Any] = {"mode": "daily", "scheduled_time": "2024-03-07T06:00:00Z", "landing": "drop/"}
    planned = plan(event, None)
    assert (planned["run_id"], planned["first_tick"]) == ("active", "2024-03-06")
    assert ingest(planned, None)["rows"]["sales_timeseries_data"] == 6 * len(STORES)


@pytest.mark.parametrize(
    ("given", "planned"),
    [({}, {"currency": "EUR"}), ({"config": {"currency": "units"}}, {"currency": "units"}),
     ({"config": {"detect": {"refit_days": 7}}}, {"currency": "EUR", "detect": {"refit_days": 7}})],
)  # fmt: skip
def test_plan_hands_on_what_the_mapping_says_sales_are_counted_in(
    aws: Environment, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], planned: dict[str, Any]
) -> None:
    environment(monkeypatch)
    land(files() | {"landing.toml": b'currency = "EUR"'})
    assert plan({**EVENT, **given}, None)["config"] == planned
    assert plan({**EVENT, **given, "shards": 1}, None)["config"] == planned


def test_plan_fails_without_sales(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch)
    land({"stores.parquet": files()["stores.parquet"]})
    with pytest.raises(LandingError, match="unified_sales_data is missing"):
        plan(EVENT, None)


def test_plan_fails_without_an_active_run(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(monkeypatch)
    land(files())
    with pytest.raises(BadInputError, match="no active run"):
        plan({k: v for k, v in EVENT.items() if k != "run_id"}, None)


def sales_of(aws: Environment, store_id: str, on: date) -> float:
    rows = aws.logs().read(SALES_LOG, "r").to_pylist()
    return float(next(r["sales"] for r in rows if r["store_id"] == store_id and r["date"] == on))


def test_a_replay_takes_back_a_wrong_correction_that_its_tick_took_in(aws: Environment) -> None:
    first, second = {"run_id": "r", "landing": "drop/"}, {"run_id": "r", "landing": "wrong/"}
    land(files())
    run_stage(STAGE, first | {"first_tick": "2024-03-06", "last_tick": "2024-03-06"}, aws)
    landing = folder()
    landing["unified_sales_data"][4]["sales"] = 999.0
    land(files(landing), "wrong/")
    tick = {"first_tick": "2024-03-07", "last_tick": "2024-03-07"}
    run_stage(STAGE, second | tick, aws)
    assert sales_of(aws, "a", day(4)) == 999.0
    again = run_stage(STAGE, first | tick | {"written_at": "2024-03-09T10:00:00Z"}, aws)
    assert sales_of(aws, "a", day(4)) == 104.0
    assert again.summary("ingest")["rows"]["sales_timeseries_data"] == len(STORES) + 1
    before = keys()
    run_stage(STAGE, first | tick | {"written_at": "2024-03-09T10:00:00Z"}, aws)
    assert keys() == before
