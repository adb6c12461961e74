"""A tick's answer is in force once it is whole: an execution that died between two shards changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.store.keys import shard_part
from mrs.store.log_store import LogStore, Shard, Write

from tests.builders import TICK, table

MRDL = dataset("MRDL")
RUN = "r"


def write(logs: LogStore, shard: int, shards: int, hours: int, score: float) -> None:
    rows = table(MRDL.name, {"report_id": f"r{shard}", "store_id": f"s{shard}", "anomaly_score": score})
    at = schedule_time(TICK) + timedelta(hours=hours)
    logs.append([Write(MRDL, RUN, TICK, at, rows, shard_part(shard, shards))])


def scores(logs: LogStore, shard: Shard | None = None) -> dict[str, float]:
    found = logs.read(MRDL, RUN, shard=shard)
    return dict(zip(found["report_id"].to_pylist(), found["anomaly_score"].to_pylist(), strict=True))


@pytest.fixture
def logs(aws: Environment) -> LogStore:
    """A store with a whole answer of three shards for one tick."""
    store = aws.logs()
    for shard in range(3):
        write(store, shard, 3, 0, 0.5)
    return store


def test_a_replay_that_died_after_one_shard_is_not_in_force(logs: LogStore) -> None:
    write(logs, 0, 3, 5, 0.9)
    assert scores(logs) == {"r0": 0.5, "r1": 0.5, "r2": 0.5}


def test_a_replay_is_in_force_once_its_last_shard_is_there(logs: LogStore) -> None:
    for shard in range(3):
        write(logs, shard, 3, 5, 0.9)
    assert scores(logs) == {"r0": 0.9, "r1": 0.9, "r2": 0.9}


def test_a_torn_answer_in_fewer_shards_does_not_hide_a_whole_one(logs: LogStore) -> None:
    write(logs, 0, 2, 0, 0.9)
    assert scores(logs) == {"r0": 0.5, "r1": 0.5, "r2": 0.5}


def test_a_first_answer_that_is_torn_is_none(aws: Environment) -> None:
    store = aws.logs()
    write(store, 1, 3, 0, 0.5)
    assert scores(store) == {}


def test_what_is_written_once_is_whole_whatever_the_execution_is_cut_into(aws: Environment) -> None:
    logs, feeds = aws.logs(), dataset("landing_feeds_log")
    rows = table(feeds.name, {"feed": "weather"})
    logs.append([Write(feeds, RUN, TICK, schedule_time(TICK), rows, shard_part(0, 7))])
    assert logs.read(feeds, RUN)["feed"].to_pylist() == ["weather"]
