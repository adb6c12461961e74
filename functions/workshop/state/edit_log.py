"""The edit logs as the API reads them: each log object is read from S3 once and kept as edits.

A hydrated state holds the edits of earlier ticks, and those of its own tick that were written by its own time. The
others are pending.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from mrs.decisions.edits import Edit, event_value, report_value
from mrs.store.keys import LogKey, run_prefix
from mrs.store.log_store import LogStore
from mrs.store.snapshots import Snapshot

from functions.workshop.state.cache import Cache
from functions.workshop.state.kinds import EVENTS, ObjectKind

# Columns of the edited object that its edit records where the request does not name them.
HELD: dict[str, tuple[str, ...]] = {"approve": ("cause",), "snooze": ("severity",)}
LONGEST_REQUEST = timedelta(seconds=60)


@dataclass(frozen=True, eq=False)
class LoggedEdit(Edit):
    """One row of an edit log, with the key of its log object; each row is held once, so identity compares them."""

    about: Literal["report", "event"]
    based_on: datetime
    written_at: datetime
    key: str

    def is_in(self, snapshot: Snapshot) -> bool:
        """Whether a hydrated state holds it."""
        same_tick = self.tick == snapshot.tick and self.written_at <= snapshot.written_at
        return self.tick < snapshot.tick or same_tick

    def is_known(self, snapshot: Snapshot, until: datetime | None) -> bool:
        """Return whether a state read up to a moment, None for now, includes the edit."""
        return until is None or self.written_at <= until or self.is_in(snapshot)

    def is_same_as(self, action: str, value: dict[str, Any], author: str, based_on: datetime) -> bool:
        """Whether it is the same edit as a request's; columns that the request leaves open are not compared."""
        own = {k: v for k, v in self.value.items() if k in value or k not in HELD.get(self.action, ())}
        return (self.action, own, self.author, self.based_on) == (action, value, author, based_on)


def logged_edits(logs: LogStore, cache: Cache, kind: ObjectKind, run_id: str, at: datetime) -> list[LoggedEdit]:
    """Return every edit of a kind in a run, the oldest first; log objects that were read before come from the cache.

    Parameters
    ----------
    logs, cache, kind, run_id
        Where to look, and for what.
    at
        When the request came, UTC.
    """
    known = cache.edits.setdefault((kind.name, run_id), {})
    settled = cache.settled.get((kind.name, run_id), "")
    stored_edits = logs.objects.find(run_prefix(kind.edits.name, run_id), settled)
    found = [(key, s) for s in stored_edits if (key := LogKey.parse(s.key)) is not None]
    new = [(key, stored) for key, stored in found if stored.key not in known]
    for (key, stored), table in zip(new, logs.objects.get_tables(s for _, s in new), strict=True):
        known.setdefault(stored.key, tuple(_edit(kind, key, row) for row in table.to_pylist()))
    _settle(cache, kind, run_id, [key for key, _ in found], at)
    edits = (edit for logged in list(known.values()) for edit in logged)
    return sorted(edits, key=lambda e: (e.written_at, e.edit_id))


def _settle(cache: Cache, kind: ObjectKind, run_id: str, found: list[LogKey], at: datetime) -> None:
    """Remember the key up to which no edit can arrive: no request lives that long, nor writes an older tick."""
    snapshot, since = cache.newest.get(run_id, (None, at))
    if snapshot is None or at - since < LONGEST_REQUEST:
        return
    old = [
        k for k in found if k.tick < snapshot.tick or (k.tick == snapshot.tick and at - k.written_at > LONGEST_REQUEST)
    ]
    if old:
        cache.settled[(kind.name, run_id)] = str(max(old))


def _edit(kind: ObjectKind, key: LogKey, row: dict[str, Any]) -> LoggedEdit:
    value = event_value(row) if kind is EVENTS else report_value(row)
    return LoggedEdit(
        about=kind.name,
        edit_id=row["edit_id"],
        object_id=row[kind.id_column],
        action=row["action"],
        value=value,
        author=row["author"],
        edited_at=row["edited_at"],
        based_on=row["based_on"],
        written_at=row["written_at"],
        tick=key.tick,
        key=str(key),
    )


def by_object(edits: Iterable[LoggedEdit]) -> dict[str, list[LoggedEdit]]:
    """Return the edits of each object, in the given order."""
    found: dict[str, list[LoggedEdit]] = {}
    for edit in edits:
        found.setdefault(edit.object_id, []).append(edit)
    return found
