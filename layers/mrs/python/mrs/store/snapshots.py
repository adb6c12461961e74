"""Hydrated snapshots: the newest, or the one of a past moment, which is hydrated first where it is not there yet."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from mrs.contracts import Dataset, dataset
from mrs.errors import QueryError
from mrs.store.executions import config_at
from mrs.store.keys import LogKey, run_prefix
from mrs.store.log_store import LogStore, written_by
from mrs.store.objects import StoredObject
from mrs.store.weeks import SALES, WEEKS, HeldWeeks, is_week

LOOK_BACK = timedelta(days=40)
_REPORTS, _EVENTS, _SALES, _WEEKS = (dataset(n) for n in ("minority_reports", "minority_events_log", SALES, WEEKS))
# Every tick has a row of its feeds, also where nothing was there to be finalised; a refresh writes only the latter.
_FEEDS, _FINALISED = dataset("landing_feeds_log"), dataset("MRFL")


@dataclass(frozen=True)
class Snapshot:
    """One hydrated state: a run, a business date, and when it was written."""

    run_id: str
    tick: date
    written_at: datetime

    def currency(self, logs: LogStore) -> str | None:
        """Return what its amounts are in, as `Settings.currency` says; None if it is not set."""
        found: str | None = config_at(logs, self.run_id, self.tick, self.written_at).get("currency")
        return found

    def read(self, logs: LogStore, name: str) -> pa.Table:
        """Return a hydrated dataset as this snapshot holds it: every row has its tick and its time of writing."""
        held = self.weeks(logs) if name == _SALES.name else None
        if held is not None:
            return logs.read_parts(_SALES, held.keys(self.run_id), self.tick, self.written_at)
        return self._read(logs, dataset(name))

    def weeks(self, logs: LogStore) -> HeldWeeks | None:
        """Return which write holds each week of the sales; None for a state of a release that wrote them whole."""
        there = any(key.written_at == self.written_at for key, _ in _of_tick(logs, _WEEKS, self))
        return HeldWeeks.of(self._read(logs, _WEEKS)) if there else None

    def _read(self, logs: LogStore, ds: Dataset) -> pa.Table:
        visible = written_by(self.written_at)
        return logs.read(ds, self.run_id, first=self.tick, last=self.tick, visible=visible)


Hydrate = Callable[[Snapshot], None]


def hydrate_by(lambda_client: Any, function_name: str, logs: LogStore) -> Hydrate:
    """Return what hydrates a snapshot by invoking the hydrate function, with the settings that its tick was made with.

    It raises QueryError where the function fails.
    """

    def hydrate(snapshot: Snapshot) -> None:
        tick = snapshot.tick.isoformat()
        event: dict[str, Any] = {"run_id": snapshot.run_id, "first_tick": tick, "last_tick": tick}
        config = config_at(logs, snapshot.run_id, snapshot.tick, snapshot.written_at)
        event |= {"written_at": snapshot.written_at.isoformat(), "config": config}
        answer = lambda_client.invoke(FunctionName=function_name, Payload=json.dumps(event).encode())
        if "FunctionError" in answer:
            message = json.loads(answer["Payload"].read()).get("errorMessage", "no message")
            raise QueryError(f"hydrating {snapshot.run_id} at {tick} failed: {message}")

    return hydrate


def snapshots(logs: LogStore, run_id: str) -> list[Snapshot]:
    """Return every snapshot of a run that is there, the newest last."""
    found = {(key.tick, key.written_at) for key, _ in logs.find(_REPORTS, run_id)}
    return [Snapshot(run_id, tick, written_at) for tick, written_at in sorted(found)]


def newest_snapshot(logs: LogStore, run_id: str, known: Snapshot | None = None) -> Snapshot | None:
    """Return a run's newest hydrated snapshot; None where it has none.

    Parameters
    ----------
    logs, run_id
        Which run.
    known
        A snapshot that is there: only newer ones are looked for.
    """
    after = str(LogKey(_REPORTS.name, run_id, known.tick, known.written_at, "~")) if known else ""
    newer = {
        Snapshot(run_id, key.tick, key.written_at)
        for stored in logs.objects.find(run_prefix(_REPORTS.name, run_id), after)
        if (key := LogKey.parse(stored.key)) is not None
    }
    in_order = sorted(newer, key=lambda s: (s.tick, s.written_at), reverse=True)
    return next((s for s in in_order if _is_whole(logs, s)), known)


def snapshot_at(logs: LogStore, run_id: str, as_of: datetime, hydrate: Hydrate) -> Snapshot | None:
    """Return the snapshot that was, or would have been, served at a moment; None before the run's first tick.

    A backfill hydrates its last tick only: the state after an earlier one is hydrated when it is asked for, at the
    moment at which that tick was finalised, so that it is made once. A tick that is not hydrated yet is not served.
    """
    for since in (as_of.date() - LOOK_BACK, None):
        hydrated, finals = (_written(logs, of, run_id, since) for of in ((_REPORTS,), (_FEEDS, _FINALISED)))
        if not hydrated:
            continue
        served = max(hydrated)
        seen = {t: [w for w in ws if w <= as_of] for t, ws in hydrated.items()}
        finalised = {t: max(w) for t, ws in finals.items() if t <= served and (w := [x for x in ws if x <= as_of])}
        newest = max([*finalised, *(t for t, ws in seen.items() if ws)], default=None)
        if newest is not None:
            return _hydrated(logs, run_id, newest, seen.get(newest, []), finalised.get(newest), hydrate)
    return None


def _hydrated(
    logs: LogStore, run_id: str, tick: date, seen: list[datetime], finalised: datetime | None, hydrate: Hydrate
) -> Snapshot:
    """Return the newest snapshot of a tick that holds what was finalised by then, hydrated now if there is none."""
    for written_at in sorted(seen, reverse=True):
        found = Snapshot(run_id, tick, written_at)
        if (finalised is None or written_at >= finalised) and _is_whole(logs, found):
            return found
    wanted = Snapshot(run_id, tick, finalised or max(seen))
    hydrate(wanted)
    return wanted


def _is_whole(logs: LogStore, snapshot: Snapshot) -> bool:
    """Whether all datasets of a snapshot are there: they are written side by side, its sales before them."""

    def there(ds: Dataset) -> list[LogKey]:
        return [key for key, _ in _of_tick(logs, ds, snapshot) if key.written_at == snapshot.written_at]

    return bool(there(_EVENTS)) and (bool(there(_WEEKS)) or any(not is_week(key.part) for key in there(_SALES)))


def _of_tick(logs: LogStore, ds: Dataset, snapshot: Snapshot) -> list[tuple[LogKey, StoredObject]]:
    return logs.find(ds, snapshot.run_id, first=snapshot.tick, last=snapshot.tick)


def _written(logs: LogStore, of: Sequence[Dataset], run_id: str, since: date | None) -> dict[date, list[datetime]]:
    """Return the times of writing by tick."""
    found: dict[date, list[datetime]] = {}
    for ds in of:
        for key, _ in logs.find(ds, run_id, first=since):
            found.setdefault(key.tick, []).append(key.written_at)
    return found
