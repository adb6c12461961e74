"""Health: how long stages took and what lies in the dead-letter queues, as the ticks themselves observed it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.store.canonical import conform
from mrs.store.keys import LogKey
from mrs.store.log_store import Write
from mrs.store.objects import parquet_bytes

from tests.api.conftest import LAST, NEXT_DAY, RUN, Api, Workshop, published_sales
from tests.builders import table

HEALTH = dataset("pipeline_health_log")


@pytest.fixture(scope="module")
def before(viewer: Api) -> Any:
    """Health before the day on which something was lost."""
    return viewer.get("/api/health")


@pytest.fixture(scope="module")
def after(before: Any, workshop: Workshop, viewer: Api, world: Path) -> Any:
    """Health after a day that began with a message in each dead-letter queue."""
    sqs = workshop.state.stack.client("sqs")
    urls = sqs.list_queues()["QueueUrls"]
    assert len(urls) == 2
    for url in urls:
        sqs.send_message(QueueUrl=url, MessageBody='{"mode": "daily"}')
    workshop.tick(NEXT_DAY, world / "input")
    return viewer.get("/api/health")


def durations(health: Any) -> dict[str, Any]:
    return {s["stage"]: s["took_ms"] for s in health["stages"]}


def test_every_stage_says_how_long_it_took(before: Any) -> None:
    assert len(durations(before)) == 10
    assert all(isinstance(took, int) and took > 0 for took in durations(before).values())


def test_empty_queues_hold_nothing(before: Any) -> None:
    assert before["dead_letters"] == 0


def test_what_lies_in_the_queues_is_told_by_the_next_tick(after: Any) -> None:
    assert {s["tick"] for s in after["stages"]} == {NEXT_DAY.isoformat()}
    assert after["dead_letters"] == 2


def test_an_earlier_state_says_what_was_seen_then(before: Any, after: Any, viewer: Api) -> None:
    then = viewer.get("/api/health", as_of=f"{schedule_time(LAST).isoformat()}Z")
    assert then["dead_letters"] == 0
    assert durations(then) == durations(before)


def test_rows_from_before_there_were_such_columns_are_read(after: Any, workshop: Workshop, viewer: Api) -> None:
    """An object of an older version of the contract: the health of a stage that there was then."""
    old = HEALTH.file_schema
    for name in HEALTH.observed:
        old = old.remove(old.get_field_index(name))
    row = {"stage": "bygone", "shard": "0 of 1"}
    body = parquet_bytes(conform(HEALTH, table(HEALTH.name, row), old))
    key = LogKey(HEALTH.name, RUN, NEXT_DAY, schedule_time(NEXT_DAY), "bygone")
    workshop.state.logs.objects.create(str(key), body, "")
    assert durations(viewer.get("/api/health")) == durations(after) | {"bygone": None}


def test_of_several_shards_the_longest_counts_and_what_is_not_known_does_not(
    after: Any, workshop: Workshop, viewer: Api
) -> None:
    at = schedule_time(NEXT_DAY)
    for shard, took in enumerate((None, 10**9, 5)):
        row = {"stage": "detect", "shard": f"{shard} of 3", "took_ms": took}
        rows = table(HEALTH.name, row, run_id=RUN, tick=NEXT_DAY)
        workshop.state.logs.append([Write(HEALTH, RUN, NEXT_DAY, at, rows, f"detect{shard:03d}of003")])
    health = viewer.get("/api/health")
    assert durations(health) | durations(after) | {"detect": 10**9} == durations(health)
    assert health["dead_letters"] == 2


def test_a_stage_that_was_driven_again_is_as_it_was_the_last_time(after: Any, workshop: Workshop, viewer: Api) -> None:
    for seconds, took in ((2, 7), (1, 10**8)):
        at = schedule_time(NEXT_DAY) + timedelta(seconds=seconds)
        rows = table(HEALTH.name, {"stage": "cohort", "shard": "0 of 1", "took_ms": took}, run_id=RUN, tick=NEXT_DAY)
        workshop.state.logs.append([Write(HEALTH, RUN, NEXT_DAY, at, rows, "cohort000of001")])
    assert durations(viewer.get("/api/health"))["cohort"] == 7


def test_what_landed_is_what_was_exported_and_what_was_set_aside(before: Any, workshop: Workshop) -> None:
    landing = before["landing"]
    sales = workshop.state.logs.read(dataset("sales_timeseries_data"), RUN, last=LAST)
    window = published_sales(workshop, LAST)
    first = min(window["date"].to_pylist())
    known = sum(r["sales"] for r in sales.to_pylist() if first <= r["date"] <= LAST)
    assert landing["landed"] == landing["exported"] == pytest.approx(known, abs=0.01)
    assert (landing["set_aside"], landing["unexplained"], landing["set_aside_why"]) == (0.0, 0.0, [])
    assert sum(landing["quality"].values()) == window.num_rows
    assert (landing["restated"], landing["replay_due"], landing["days"]) == ([], [], [])
