"""Ingest reads of a run's sales what the landed days need; whose the older ones are it has kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.stage import run_stage
from mrs.store.kept import kept_names, kept_prefix
from mrs.store.keys import shard_part
from mrs.store.log_store import Write

from functions.ingest.ingest_landing import STAGE
from functions.ingest.known_sales import SALES_LOG
from tests.builders import table
from tests.detect.test_kept_period import read_keys
from tests.ingest.landings import parquet
from tests.ingest.test_ingest_stage import land

FIRST = date(2024, 3, 1)
DAY = timedelta(days=1)
SHARDS_LOG = dataset("landing_shards_log")


def landed(
    aws: Environment, tick: date, days: int, stores: tuple[str, ...] = ("a", "b"), amount: float = 10.0
) -> list[str]:
    """Land the sales of some days before a tick, and ingest; return the keys of the sales that were read."""
    rows = [{"store_id": s, "date": tick - k * DAY, "sales": 10.0} for s in ("a", "b") for k in range(days)]
    land({"unified_sales_data.parquet": parquet(rows)}, f"{tick}/")
    with read_keys() as keys:
        event = {"run_id": "r", "first_tick": tick, "last_tick": tick, "landing": f"{tick}/"}
        run_stage(STAGE, event, aws)
    return [key for key in keys if f"/{SALES_LOG}/" in key]


def known(aws: Environment, tick: date) -> tuple[int, int]:
    """Return how many stores were known at a tick, and how many of them sent sales."""
    rows = aws.logs().read(SHARDS_LOG, "r", first=tick, last=tick).to_pylist()
    (told,) = (row for row in rows if row["feed"] == "unified_sales_data")
    return told["stores_known"], told["stores_seen"]


@pytest.fixture
def run(aws: Environment) -> Environment:
    """A hundred daily ticks that each brought a day; one store sent nothing after the first. Then two that ingest."""
    for back in range(100):
        day = FIRST + back * DAY
        rows = [{"store_id": s, "date": day, "sales": 10.0} for s in ("a", "b", *(() if back else ("gone",)))]
        moment = schedule_time(day)
        aws.logs().append([Write(dataset(SALES_LOG), "r", day, moment, table(SALES_LOG, *rows), shard_part(0, 1))])
    assert not kept_names(aws.logs().objects, SALES_LOG, "r")
    landed(aws, FIRST + 100 * DAY, 1)
    return aws


def test_a_tick_that_lands_what_is_new_reads_few_weeks_and_knows_every_store(run: Environment) -> None:
    tick = FIRST + 101 * DAY
    keys = landed(run, tick, 1)
    assert len([key for key in keys if "/kept/" in key]) == 1
    assert [key for key in keys if key.startswith("logs/")]
    assert all(f"tick={tick - 28 * DAY}" <= key.split("/")[3] for key in keys if key.startswith("logs/"))
    assert known(run, tick) == (3, 2)
    for name in kept_names(run.logs().objects, SALES_LOG, "r"):
        run.logs().objects.s3.delete_object(Bucket=run.log_bucket, Key=kept_prefix(SALES_LOG, "r") + name)
    assert len(landed(run, tick, 1)) > 100, "all of the log, and no other answer: that would be refused"


def test_what_lands_late_is_compared_with_what_is_known_of_its_days(run: Environment) -> None:
    tick = FIRST + 101 * DAY
    landed(run, tick, 61)
    assert known(run, tick) == (3, 2)
    rows = run.logs().read(dataset(SALES_LOG), "r", first=tick, last=tick)
    assert rows["date"].to_pylist() == [tick, tick], "every other day is known as it is"
