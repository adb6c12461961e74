"""Past states: every tick is served as itself, also one in which nothing was there to be finalised."""

from __future__ import annotations

from datetime import timedelta

from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.store.log_store import Write
from mrs.store.snapshots import Snapshot, snapshot_at

from tests.builders import TICK, table

QUIET = TICK + timedelta(days=1)
LAST = TICK + timedelta(days=2)


def test_a_quiet_tick_is_a_state_of_its_own(aws: Environment) -> None:
    logs, hydrated = aws.logs(), []
    writes = [(dataset("landing_feeds_log"), day) for day in (TICK, QUIET, LAST)]
    writes += [(dataset("MRFL"), TICK), (dataset("MRFL"), LAST)]
    writes += [(dataset(n), LAST) for n in ("minority_reports", "minority_events_log", "attribution_ready_sales")]
    logs.append([Write(ds, "r", day, schedule_time(day), table(ds.name, {"tick": day})) for ds, day in writes])
    found = [snapshot_at(logs, "r", schedule_time(day), hydrated.append) for day in (TICK, QUIET, LAST)]
    assert found == [Snapshot("r", day, schedule_time(day)) for day in (TICK, QUIET, LAST)]
    assert hydrated == found[:2]
