"""Reports and events as the API shows them: hydrated rows with JSON columns parsed, edits and version added."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
from mrs.decisions.applied import after_each_decision

from functions.workshop.objects.assignees import assignees
from functions.workshop.objects.snoozes import snoozes
from functions.workshop.objects.worth import worth
from functions.workshop.state.edit_log import LoggedEdit
from functions.workshop.state.kinds import EVENTS, REPORTS, ObjectKind
from functions.workshop.state.view import View, aware


def detail(view: View, kind: ObjectKind, object_id: str) -> dict[str, Any]:
    """Return one object with all its columns and edits; for a report also the edits of its event.

    Raises
    ------
    NotFoundError
        If the state has no such object.
    """
    row = view.row(kind, object_id)
    edits = view.edits_of(kind, object_id)
    if kind is REPORTS and row["report_group_id"]:
        edits += view.edits_of(EVENTS, row["report_group_id"])
    edits.sort(key=lambda e: (e.written_at, e.edit_id))
    return {**shown(view, kind, [row], whole=True)[0], "edits": [shown_edit(view, e) for e in edits]}


def shown(view: View, kind: ObjectKind, rows: Iterable[dict[str, Any]], *, whole: bool = False) -> list[dict[str, Any]]:
    """Return rows as the API shows them; without `whole`, evidence and alternatives are null."""
    rows = list(rows)
    worths = worth(kind, pa.Table.from_pylist(rows)).tolist() if rows else []
    answers = [{**_shown(view, kind, row, whole), "worth": w} for row, w in zip(rows, worths, strict=True)]
    if kind is REPORTS:
        return answers
    snoozed, assigned = snoozes(view), assignees(view)
    of_people = [{"snoozed": snoozed.get(n), "assignee": assigned.get(n)} for n in (a[kind.id_column] for a in answers)]
    return [a | more for a, more in zip(answers, of_people, strict=True)]


def _shown(view: View, kind: ObjectKind, row: dict[str, Any], whole: bool) -> dict[str, Any]:
    edits = view.edits_of(kind, row[kind.id_column])
    evidence = opened(row["evidence"])
    evidence = evidence if isinstance(evidence, dict) else None
    return {
        **row,
        "written_at": aware(row["written_at"]),
        "first_detected_at": row["first_detected_at"].date(),
        "last_detected_at": row["last_detected_at"].date(),
        "evidence": evidence if whole else None,
        "alternatives": _alternatives(opened(row["alternatives"])) if whole else None,
        "sentence": (evidence or {}).get("sentence"),
        "version": aware(view.version(kind, row)),
        "after_edit": after_each_decision(row, kind.subject),
        "pending": [shown_edit(view, e) for e in edits if view.is_pending(e)],
    }


def shown_edit(view: View, edit: LoggedEdit) -> dict[str, Any]:
    """Return an edit as the API shows it."""
    return {
        "edit_id": edit.edit_id,
        "about": edit.about,
        "object_id": edit.object_id,
        "action": edit.action,
        "cause": edit.value.get("cause"),
        "comment": edit.value.get("comment"),
        "value": edit.value,
        "author": edit.author,
        "edited_at": aware(edit.edited_at),
        "based_on": aware(edit.based_on),
        "tick": edit.tick,
        "pending": view.is_pending(edit),
    }


def opened(text: str | None) -> Any:
    """Return the parsed value of a JSON column; None if it is null or not JSON."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def _alternatives(found: Any) -> list[dict[str, Any]]:
    """Return candidates as a list; they are stored as a list or as a mapping of confidences."""
    if isinstance(found, dict):
        return [{"cause": k, "confidence": v} for k, v in found.items()]
    return [{"cause": a["cause"], "confidence": a["confidence"], "unseen": a.get("unseen", False)} for a in found or []]
