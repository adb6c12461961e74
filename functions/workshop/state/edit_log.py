"""The edit logs as the API reads them: each edit an object in memory, read from S3 once.

Which edits a hydrated state already holds follows the rule of visibility: those of earlier ticks, and those of its own
tick that were written by its own time. The others are pending.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from mrs.store.keys import LogKey, run_prefix
from mrs.store.log_store import LogStore
from mrs.store.snapshots import Snapshot

from functions.workshop.kinds import EVENTS, ObjectKind
from functions.workshop.memory import Memory

# The columns of a report's edit that say what it does.
REPORT_VALUES = ("cause", "comment", "decided_rereview_id", "rereview_decision")
# What an edit holds of its object, where the request does not name it.
HELD: dict[str, tuple[str, ...]] = {"approve": ("cause",), "snooze": ("severity",)}
LONGEST_REQUEST = timedelta(seconds=60)


@dataclass(frozen=True, eq=False)
class LoggedEdit:
    """One row of an edit log, with the tick and the key that it lies under; held once, so compared by identity."""

    about: Literal["report", "event"]
    edit_id: str
    object_id: str
    action: str
    value: dict[str, Any]
    author: str
    edited_at: datetime
    based_on: datetime
    written_at: datetime
    tick: date
    key: str

    def is_in(self, snapshot: Snapshot) -> bool:
        """Whether a hydrated state holds it."""
        same_tick = self.tick == snapshot.tick and self.written_at <= snapshot.written_at
        return self.tick < snapshot.tick or same_tick

    def is_known(self, snapshot: Snapshot, until: datetime | None) -> bool:
        """Whether it counts in a state that was read up to a moment."""
        return until is None or self.written_at <= until or self.is_in(snapshot)

    def is_same_as(self, action: str, value: dict[str, Any], author: str, based_on: datetime) -> bool:
        """Whether it is the very edit that a request asks for; what the request leaves open does not count."""
        own = {k: v for k, v in self.value.items() if k in value or k not in HELD.get(self.action, ())}
        return (self.action, own, self.author, self.based_on) == (action, value, author, based_on)


def logged_edits(logs: LogStore, memory: Memory, kind: ObjectKind, run_id: str, at: datetime) -> list[LoggedEdit]:
    """Return every edit of a kind in a run, the oldest first; what was read before comes from memory.

    Parameters
    ----------
    logs, memory, kind, run_id
        Where they are.
    at
        When the request came.
    """
    known = memory.edits.setdefault((kind.name, run_id), {})
    settled = memory.settled.get((kind.name, run_id), "")
    stored_edits = logs.objects.find(run_prefix(kind.edits.name, run_id), settled)
    found = [(key, s) for s in stored_edits if (key := LogKey.parse(s.key)) is not None]
    new = [(key, stored) for key, stored in found if stored.key not in known]
    for (key, stored), table in zip(new, logs.objects.get_tables(s for _, s in new), strict=True):
        known.setdefault(stored.key, tuple(_edit(kind, key, row) for row in table.to_pylist()))
    _settle(memory, kind, run_id, [key for key, _ in found], at)
    edits = (edit for logged in list(known.values()) for edit in logged)
    return sorted(edits, key=lambda e: (e.written_at, e.edit_id))


def _settle(memory: Memory, kind: ObjectKind, run_id: str, found: list[LogKey], at: datetime) -> None:
    """Remember up to which key no edit can come any more: no request lives that long, nor does one on an older tick."""
    snapshot, since = memory.newest.get(run_id, (None, at))
    if snapshot is None or at - since < LONGEST_REQUEST:
        return
    old = [
        k for k in found if k.tick < snapshot.tick or (k.tick == snapshot.tick and at - k.written_at > LONGEST_REQUEST)
    ]
    if old:
        memory.settled[(kind.name, run_id)] = str(max(old))


def _edit(kind: ObjectKind, key: LogKey, row: dict[str, Any]) -> LoggedEdit:
    if kind is EVENTS:
        value = json.loads(row["value"] or "{}")
    else:
        value = {k: row[k] for k in REPORT_VALUES if row.get(k) is not None}
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
    """Return the edits of each object, in their order."""
    found: dict[str, list[LoggedEdit]] = {}
    for edit in edits:
        found.setdefault(edit.object_id, []).append(edit)
    return found
