"""The shards of an execution come from the size of its data, and files of other cuts are passed over."""

from __future__ import annotations

import json
from datetime import date

import pytest
from mrs.environment import Environment
from mrs.identity import shard_of, stores_of_shard
from mrs.landing import shard_count
from mrs.landing.shard_count import BYTES_A_SHARD, MOST_SHARDS, sales_bytes, shards_for
from mrs.store.keys import may_share_stores, shard_part

from functions.ingest.handler import plan
from functions.ingest.plan_ticks import plan_ticks


@pytest.mark.parametrize(
    ("size", "expected"),
    [(0, 1), (BYTES_A_SHARD, 1), (BYTES_A_SHARD + 1, 2), (5 * BYTES_A_SHARD, 8), (10**15, MOST_SHARDS)],
)
def test_shards_double_with_the_data(size: int, expected: int) -> None:
    assert shards_for(size) == expected


def test_text_counts_as_the_parquet_that_it_becomes() -> None:
    assert sales_bytes([("unified_sales_data.csv", 800), ("unified_sales_data/a.parquet", 50)]) == 150


@pytest.mark.parametrize(("given", "expected"), [({}, 4), ({"shards": None}, 4), ({"shards": 3}, 3)])
def test_plan_cuts_by_what_landed_unless_it_is_told(
    aws: Environment, monkeypatch: pytest.MonkeyPatch, given: dict[str, int | None], expected: int
) -> None:
    for name, value in (("LOG_BUCKET", aws.log_bucket), ("LANDING_BUCKET", aws.landing_bucket)):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GLUE_DATABASE", aws.glue_database)
    monkeypatch.setattr(shard_count, "BYTES_A_SHARD", 100)
    aws.landing().create("drop/unified_sales_data.parquet", b"x" * 350, "hash")
    planned = plan({"run_id": "r", "first_tick": "2024-01-01", "landing": "drop/", **given}, None)
    assert planned["shards"] == expected
    assert planned["shard_list"] == list(range(expected))


@pytest.mark.parametrize(("written", "read"), [(1, 8), (2, 8), (8, 2), (7, 7), (4, 6)])
def test_no_file_with_a_store_of_the_shard_is_passed_over(written: int, read: int) -> None:
    for number in range(200):
        store = f"S{number}"
        part = shard_part(shard_of(store, written), written)
        assert may_share_stores(part, shard_of(store, read), read)


def test_when_the_shards_double_a_shard_reads_one_old_file() -> None:
    old = [shard_part(i, 4) for i in range(4)]
    assert [part for part in old if may_share_stores(part, 6, 8)] == [shard_part(3, 4)]


def test_five_years_in_the_most_shards_fit_into_the_state() -> None:
    event = {"first_tick": "2020-01-01", "last_tick": "2024-12-31", "shards": MOST_SHARDS, "landing": "landing/x/"}
    planned = plan_ticks(event, "r")
    assert date.fromisoformat(planned["chunks"][-1]["last_tick"]) == date(2024, 12, 31)
    assert len(json.dumps(planned)) < 64 * 1024
    brief = {"stage": "predict", "first_tick": "2024-12-31", "last_tick": "2024-12-31", "shards": MOST_SHARDS}
    assert MOST_SHARDS * len(json.dumps(brief)) < 128 * 1024


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 256])
def test_each_store_is_in_its_own_shard_alone(shards: int) -> None:
    stores = [f"S{k}" for k in range(500)]
    found = {store: k for k in range(shards) for store in stores_of_shard(stores, k, shards)}
    assert found == {store: shard_of(store, shards) for store in stores}
