"""Hydrated snapshots: the newest, or the one of a past moment, which is hydrated first where it is not there yet."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from mrs.contracts import dataset
from mrs.errors import QueryError
from mrs.store.keys import LogKey
from mrs.store.log_store import LogStore, written_by

_REPORTS = dataset("minority_reports")
_FINALISED = dataset("MRFL")


@dataclass(frozen=True)
class Snapshot:
    """One hydrated state: a run, a business date, and when it was written."""

    run_id: str
    tick: date
    written_at: datetime

    def read(self, logs: LogStore, name: str) -> pa.Table:
        """Return a hydrated dataset as this snapshot holds it."""
        visible = written_by(self.written_at)
        return logs.read(dataset(name), self.run_id, first=self.tick, last=self.tick, visible=visible)


Hydrate = Callable[[Snapshot], None]


def hydrate_by(lambda_client: Any, function_name: str) -> Hydrate:
    """Return what hydrates a snapshot by invoking the hydrate function.

    It raises QueryError where the function fails.
    """

    def hydrate(snapshot: Snapshot) -> None:
        tick = snapshot.tick.isoformat()
        event = {"run_id": snapshot.run_id, "first_tick": tick, "last_tick": tick}
        event |= {"written_at": snapshot.written_at.isoformat()}
        answer = lambda_client.invoke(FunctionName=function_name, Payload=json.dumps(event).encode())
        if "FunctionError" in answer:
            message = json.loads(answer["Payload"].read()).get("errorMessage", "no message")
            raise QueryError(f"hydrating {snapshot.run_id} at {tick} failed: {message}")

    return hydrate


def newest_snapshot(logs: LogStore, run_id: str, since: date | None = None) -> Snapshot | None:
    """Return a run's newest hydrated snapshot; None where it has none.

    Parameters
    ----------
    logs, run_id
        Which run.
    since
        A tick that is known to be hydrated: older ones are not looked at.
    """
    return _newest(logs, run_id, None, since)


def snapshot_at(logs: LogStore, run_id: str, as_of: datetime, hydrate: Hydrate) -> Snapshot | None:
    """Return the snapshot that was, or would have been, served at a moment; None before the run's first tick.

    A backfill hydrates its last tick only: the state after an earlier one is hydrated when it is asked for, at the
    moment at which that tick was finalised, so that it is made once.
    """
    snapshots = _ticks(logs, run_id, None)
    if not snapshots:
        return None
    served = max(snapshots)
    visible = written_by(as_of)
    finalised = {
        t: w for t, w in _ticks(logs, run_id, visible, name=_FINALISED.name).items() if t <= served
    }
    found = _newest(logs, run_id, as_of, None)
    newest = max([*finalised, *([found.tick] if found else [])], default=None)
    if newest is None:
        return None
    if found is not None and found.tick == newest and found.written_at >= finalised.get(newest, found.written_at):
        return found
    wanted = Snapshot(run_id, newest, finalised[newest])
    hydrate(wanted)
    return wanted


def _newest(logs: LogStore, run_id: str, as_of: datetime | None, since: date | None) -> Snapshot | None:
    ticks = _ticks(logs, run_id, written_by(as_of) if as_of else None, since)
    if not ticks:
        return None
    tick = max(ticks)
    return Snapshot(run_id, tick, ticks[tick])


def _ticks(
    logs: LogStore,
    run_id: str,
    visible: Callable[[LogKey], bool] | None,
    since: date | None = None,
    name: str = _REPORTS.name,
) -> dict[date, datetime]:
    """Return the newest time of writing by tick."""
    newest: dict[date, datetime] = {}
    for key, _ in logs.find(dataset(name), run_id, first=since, visible=visible):
        newest[key.tick] = max(newest.get(key.tick, key.written_at), key.written_at)
    return newest
