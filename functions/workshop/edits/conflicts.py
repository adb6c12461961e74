"""Whether an object has changed since an author saw it, and both versions of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from mrs.store.snapshots import snapshots

from functions.workshop.edits.models import Clash, Conflict
from functions.workshop.events.models import Event
from functions.workshop.http.problems import ProblemError
from functions.workshop.objects.serialise import shown, shown_edit
from functions.workshop.reports.models import Report
from functions.workshop.state.kinds import REPORTS, ObjectKind
from functions.workshop.state.versions import snapshot_seen
from functions.workshop.state.view import View, aware

# Columns that change with every write although the object stays the same.
_GOVERNANCE = ("tick", "written_at", "run_id")


class EditConflictError(ProblemError):
    """An edit of objects that have changed since the author saw them; nothing was written."""

    def __init__(self, conflicts: Sequence[Clash]) -> None:
        problem = Conflict(
            type="about:blank",
            title="Changed since you saw it",
            status=HTTPStatus.CONFLICT,
            detail=f"{len(conflicts)} object(s) changed since the state that the edit is based on; "
            "nothing was written. Look at both versions and send the edit again, based on the current one.",
            conflicts=list(conflicts),
        )
        super().__init__(problem)


def clashes(view: View, kind: ObjectKind, seen: Mapping[str, datetime]) -> list[Clash]:
    """Return the objects that have changed since the seen versions; empty if none has.

    A snapshot that wrote an object again with the same content is no change.
    """
    found = []
    for object_id, based_on in seen.items():
        row = view.row(kind, object_id)
        if based_on != view.version(kind, row):
            before = _seen(view, kind, object_id, based_on)
            was = before.objects(kind).row(object_id) if before else None
            if before is None or was is None or _differs(view, before, kind, row, was):
                found.append(_clash(view, kind, row, based_on, before, was))
    return found


def _seen(view: View, kind: ObjectKind, object_id: str, based_on: datetime) -> View | None:
    """Return the state in which the object had a version; None if it never had it."""
    there = [s for s in snapshots(view.logs, view.run_id) if view.snapshot and s.tick <= view.snapshot.tick]
    snapshot = snapshot_seen(there, view.edits_of(kind, object_id), based_on)
    return View(view.logs, view.cache, view.run_id, snapshot, based_on, view.at) if snapshot else None


def _differs(view: View, before: View, kind: ObjectKind, row: dict[str, Any], was: dict[str, Any]) -> bool:
    known = {e.edit_id for e in before.edits_of(kind, row[kind.id_column])}
    edited = any(e.edit_id not in known for e in view.edits_of(kind, row[kind.id_column]))
    return edited or _content(was) != _content(row)


def _content(row: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in row.items() if k not in _GOVERNANCE}


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
    known = {e.edit_id for e in before.edits_of(kind, object_id)} if before else set()
    since = [e for e in view.edits_of(kind, object_id) if e.edit_id not in known and e.written_at > based_on]
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
