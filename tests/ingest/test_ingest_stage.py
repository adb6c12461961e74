"""Ingest through the shared harness: what lands in the log bucket, and what does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import BadInputError, LandingError
from mrs.identity import shard_of
from mrs.stage import run_stage
from mrs.store.log_store import Shard
from mrs.store.runs import Run, activate

from functions.ingest.handler import ingest, plan
from functions.ingest.ingest_landing import STAGE
from tests.builders import at
from tests.ingest.landings import STORES, day, files, folder

SALES_LOG = dataset("sales_timeseries_data")
EVENT = {"run_id": "r", "first_tick": "2024-03-06", "last_tick": "2024-03-08", "landing": "drop/"}


def land(landing: Mapping[str, bytes], prefix: str = "drop/") -> None:
    for name, body in landing.items():
        boto3.client("s3").put_object(Bucket="mrs-landing", Key=prefix + name, Body=body)


def keys() -> dict[str, str]:
    listed = boto3.client("s3").list_objects_v2(Bucket="mrs-logs", Prefix="logs/").get("Contents", [])
    return {item["Key"]: item["ETag"] for item in listed}


def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {"LOG_BUCKET": "mrs-logs", "LANDING_BUCKET": "mrs-landing", "GLUE_DATABASE": "mrs"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)


def test_landing_files_become_logs(aws: Environment) -> None:
    land(files())
    summary = run_stage(STAGE, EVENT, aws).summary("ingest")
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
    landing["unified_sales_data"][4]["sales"] = -1.0
    land(files(landing))
    run_stage(STAGE, EVENT, aws)
    (row,) = aws.logs().read(dataset("ingest_rejections_log"), "r").to_pylist()
    assert (row["dataset"], row["row_number"], row["tick"]) == ("unified_sales_data", 5, day(5))


def test_sales_are_cut_into_shards_and_are_the_same_together(aws: Environment) -> None:
    land(files())
    run_stage(STAGE, EVENT, aws)
    run_stage(STAGE, EVENT | {"run_id": "cut", "shards": 7}, aws)
    whole, cut = (aws.logs().read(SALES_LOG, run).drop_columns(["run_id"]) for run in ("r", "cut"))
    assert whole.equals(cut)
    for k in range(7):
        part = aws.logs().read(SALES_LOG, "cut", shard=Shard(k, 7))
        assert set(part["store_id"].to_pylist()) == {s for s in STORES if shard_of(s, 7) == k}
    assert len([key for key in keys() if "/sales_timeseries_data/run_id=cut/tick=2024-03-06/" in key]) > 1


def test_notes_reach_the_summary(aws: Environment) -> None:
    land(files(readme__txt=b"hello"))
    (note,) = run_stage(STAGE, EVENT, aws).summary("ingest")["notes"]
    assert note.startswith("readme.txt: not a landing file, ignored")


def test_a_missing_feed_degrades_what_needs_it(aws: Environment) -> None:
    landing = folder()
    del landing["weather"]
    land(files(landing))
    run_stage(STAGE, EVENT, aws)
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
