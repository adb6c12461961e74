"""Whether an object has changed since somebody saw it, and what both versions look like."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mrs.store.snapshots import Snapshot, snapshot_at

from functions.workshop.kinds import REPORTS, ObjectKind
from functions.workshop.objects import shown, shown_edit
from functions.workshop.state import View, aware
from functions.workshop.views import Event, Report
from functions.workshop.views_more import Clash

# What changes with every write although the object stays as it is.
_GOVERNANCE = ("tick", "written_at", "run_id")


def clashes(view: View, kind: ObjectKind, seen: Mapping[str, datetime]) -> list[Clash]:
    """Return the objects that have changed since the versions that were seen; empty: none has.

    A snapshot that merely wrote an object anew, unchanged, is no change of it.
    """
    found = []
    for object_id, based_on in seen.items():
        row = view.row(kind, object_id)
        if based_on != view.version(kind, row):
            before = _as_of(view, based_on)
            was = before.objects(kind).row(object_id) if before else None
            edited = any(e.written_at > based_on for e in view.edits_of(kind, object_id))
            if edited or was is None or based_on > view.version(kind, row) or _content(was) != _content(row):
                found.append(_clash(view, kind, row, based_on, before, was))
    return found


def _content(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in _GOVERNANCE}


def _as_of(view: View, moment: datetime) -> View | None:
    """Return the state at a moment where it is hydrated; None where it would have to be."""

    def not_there(_snapshot: Snapshot) -> None:
        raise LookupError

    try:
        snapshot = snapshot_at(view.logs, view.run_id, moment, not_there)
    except LookupError:
        return None
    return View(view.logs, view.memory, view.run_id, snapshot, moment, view.at) if snapshot else None


def _clash(
    view: View,
    kind: ObjectKind,
    row: dict[str, Any],
    based_on: datetime,
    before: View | None,
    was: dict[str, Any] | None,
) -> Clash:
    model = Report if kind is REPORTS else Event
    object_id = row[kind.id_column]
    since = [e for e in view.edits_of(kind, object_id) if e.written_at > based_on]
    return Clash.model_validate(
        {
            "object_id": object_id,
            "based_on": aware(based_on),
            "current_version": aware(view.version(kind, row)),
            "seen": model(**shown(before, kind, [was])[0]) if before and was else None,
            "current": model(**shown(view, kind, [row])[0]),
            "edits_since": [shown_edit(view, e) for e in since],
        }
    )
