"""Past states: every tick is served as itself, also one in which nothing was there to be finalised."""

from __future__ import annotations

import io
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import QueryError
from mrs.identity import schedule_time
from mrs.store.log_store import LogStore, Write
from mrs.store.snapshots import Snapshot, hydrate_by, newest_snapshot, snapshot_at

from tests.builders import TICK, table

QUIET = TICK + timedelta(days=1)
LAST = TICK + timedelta(days=2)
STATE = ("minority_reports", "minority_events_log", "attribution_ready_sales")
AT = schedule_time(TICK)
HOUR = timedelta(hours=1)


def log(logs: LogStore, name: str, tick: date, written_at: datetime, **values: Any) -> None:
    ds = dataset(name)
    rows = table(ds.name, {"tick": tick, "written_at": written_at, **values})
    logs.append([Write(ds, "r", tick, written_at, rows)])


def hydrate(logs: LogStore, tick: date, written_at: datetime, *, without: str = "") -> Snapshot:
    """Write a state, or one that lacks a dataset."""
    for name in STATE:
        if name != without:
            log(logs, name, tick, written_at)
    return Snapshot("r", tick, written_at)


def never(snapshot: Snapshot) -> None:
    raise AssertionError(f"{snapshot} was to be there already")


def test_a_quiet_tick_is_a_state_of_its_own(aws: Environment) -> None:
    logs, hydrated = aws.logs(), []
    writes = [(dataset("landing_feeds_log"), day) for day in (TICK, QUIET, LAST)]
    writes += [(dataset("MRFL"), TICK), (dataset("MRFL"), LAST)]
    writes += [(dataset(n), LAST) for n in ("minority_reports", "minority_events_log", "attribution_ready_sales")]
    logs.append([Write(ds, "r", day, schedule_time(day), table(ds.name, {"tick": day})) for ds, day in writes])
    found = [snapshot_at(logs, "r", schedule_time(day), hydrated.append) for day in (TICK, QUIET, LAST)]
    assert found == [Snapshot("r", day, schedule_time(day)) for day in (TICK, QUIET, LAST)]
    assert hydrated == found[:2]


def test_a_moment_is_served_from_what_was_written_by_then(aws: Environment) -> None:
    logs = aws.logs()
    log(logs, "landing_feeds_log", TICK, AT)
    first, second = (hydrate(logs, TICK, at) for at in (AT, AT + HOUR))
    assert snapshot_at(logs, "r", AT, never) == first
    assert snapshot_at(logs, "r", AT + HOUR - timedelta(milliseconds=1), never) == first
    assert snapshot_at(logs, "r", AT + HOUR, never) == second
    assert snapshot_at(logs, "r", AT - HOUR, never) is None


def test_a_state_older_than_what_its_tick_was_finalised_with_is_made_anew(aws: Environment) -> None:
    logs, hydrated = aws.logs(), list[Snapshot]()
    log(logs, "landing_feeds_log", TICK, AT)
    old = hydrate(logs, TICK, AT)
    log(logs, "MRFL", TICK, AT + 2 * HOUR)
    assert snapshot_at(logs, "r", AT + HOUR, never) == old
    assert snapshot_at(logs, "r", AT + 3 * HOUR, hydrated.append) == Snapshot("r", TICK, AT + 2 * HOUR)
    assert hydrated == [Snapshot("r", TICK, AT + 2 * HOUR)]


@pytest.mark.parametrize("missing", ["minority_events_log", "attribution_ready_sales"])
def test_a_half_written_state_is_not_served(aws: Environment, missing: str) -> None:
    logs, hydrated = aws.logs(), list[Snapshot]()
    log(logs, "landing_feeds_log", TICK, AT)
    whole, torn = hydrate(logs, TICK, AT), hydrate(logs, TICK, AT + HOUR, without=missing)
    assert newest_snapshot(logs, "r") == newest_snapshot(logs, "r", whole) == whole
    assert snapshot_at(logs, "r", AT + 2 * HOUR, hydrated.append) == whole
    assert hydrated == []
    hydrate(logs, TICK, torn.written_at)
    assert newest_snapshot(logs, "r", whole) == torn


def test_a_tick_under_way_is_not_served(aws: Environment) -> None:
    logs = aws.logs()
    log(logs, "landing_feeds_log", TICK, AT)
    log(logs, "landing_feeds_log", QUIET, schedule_time(QUIET))
    log(logs, "MRFL", QUIET, schedule_time(QUIET))
    served = hydrate(logs, TICK, AT)
    assert snapshot_at(logs, "r", schedule_time(LAST), never) == served


def test_a_state_is_read_without_what_was_written_after_it(aws: Environment) -> None:
    logs = aws.logs()
    old = hydrate(logs, TICK, AT)
    log(logs, "minority_reports", TICK, AT + HOUR, report_id="later")
    assert "later" not in old.read(logs, "minority_reports")["report_id"].to_pylist()


class Function:
    """A Lambda client that remembers what it was called with."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails, self.event = fails, dict[str, Any]()

    def invoke(self, *, Payload: bytes, **_: Any) -> dict[str, Any]:
        self.event = json.loads(Payload)
        failed = {"FunctionError": "Unhandled", "Payload": io.BytesIO(b'{"errorMessage": "no such table"}')}
        return failed if self.fails else {}


def test_the_past_is_hydrated_with_the_settings_of_its_tick(aws: Environment) -> None:
    logs, function = aws.logs(), Function()
    config = {"hydrate": {"window_days": 99}}
    span = {"first_tick": TICK, "last_tick": TICK, "given_written_at": None}
    log(logs, "executions_log", TICK, AT, execution_id="e", config=json.dumps(config), **span)
    hydrate_by(function, "hydrate", logs)(Snapshot("r", TICK, AT))
    assert (function.event["config"], function.event["written_at"]) == (config, AT.isoformat())


def test_a_hydration_that_fails_is_named_and_serves_nothing(aws: Environment) -> None:
    with pytest.raises(QueryError, match="hydrating r at 2024-03-05 failed: no such table"):
        hydrate_by(Function(fails=True), "hydrate", aws.logs())(Snapshot("r", TICK, AT))
