"""Drafts of edits: from a request to the rows of an edit log, each with its identity."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from mrs.contracts import EventAction, Status
from mrs.decisions.edits import REPORT_VALUES
from mrs.decisions.in_force import SHOWN_STATUS
from mrs.decisions.merges import merges_in_force
from mrs.errors import BadInputError
from mrs.identity import row_id

from functions.workshop.edits.requests import value_of
from functions.workshop.http.parameters import Request
from functions.workshop.state.edit_log import HELD, LoggedEdit
from functions.workshop.state.kinds import EVENTS, REPORTS, ObjectKind
from functions.workshop.state.view import View


@dataclass(frozen=True)
class Draft:
    """An edit of one object, before it is logged.

    Parameters
    ----------
    object_id, based_on
        The object, and the version of it that the author saw.
    action, value, edit_id
        As in the edit log.
    status
        The object's status with the decision; the current one if the edit decides none.
    version, row
        The object's present state version and row.
    earlier
        The known edits of the object.
    existing
        The same edit, if it has been logged already; None if not.
    """

    object_id: str
    based_on: datetime
    action: str
    value: dict[str, Any]
    edit_id: str
    status: str
    version: datetime
    earlier: Sequence[LoggedEdit]
    existing: LoggedEdit | None
    row: dict[str, Any]


def draft(view: View, kind: ObjectKind, request: Request, author: str, object_id: str, based_on: datetime) -> Draft:
    """Return the edit of one object that a request asks for.

    An approval carries the cause that it approves: the one in force, where the request names none.

    Raises
    ------
    NotFoundError
        If there is no such object.
    BadInputError
        If the edit makes no sense for the object.
    """
    row = view.row(kind, object_id)
    action, value = str(request.action), value_of(request)  # type: ignore[attr-defined]
    earlier = view.edits_of(kind, object_id)
    existing = next((e for e in reversed(earlier) if e.is_same_as(action, value, author, based_on)), None)
    if existing is None:
        _check(view, action, value, object_id)
    value = {**_seen(action, row), **value}
    return Draft(
        object_id,
        based_on,
        action,
        value,
        _edit_id(kind, object_id, action, value, author, based_on),
        SHOWN_STATUS.get(action, row[kind.status_column]),
        view.version(kind, row),
        earlier,
        existing,
        row,
    )


def _seen(action: str, row: dict[str, Any]) -> dict[str, Any]:
    """Return what an edit records of the object: the cause that it approves, the severity at which it snoozes."""
    return {name: row[name] for name in HELD.get(action, ())}


def _edit_id(
    kind: ObjectKind, object_id: str, action: str, value: dict[str, Any], author: str, based_on: datetime
) -> str:
    """Return the identity of an edit, as the contract of its log defines it."""
    seen = f"{based_on:%Y-%m-%dT%H:%M:%S}.{based_on.microsecond // 1000:03d}Z"
    if kind is REPORTS:
        of_rereview = [value[k] for k in ("decided_rereview_id", "rereview_decision") if k in value]
        return row_id(object_id, action, value.get("cause", ""), value.get("comment", ""), author, seen, *of_rereview)
    return row_id(object_id, action, json.dumps(value, sort_keys=True, ensure_ascii=False), author, seen)


def _check(view: View, action: str, value: dict[str, Any], object_id: str) -> None:
    """Refuse merges and splits that make no sense."""
    if action == EventAction.UNMERGE and object_id not in merges_in_force(view.edits_of(EVENTS, object_id)):
        raise BadInputError(f"event {object_id} is not merged by a person: there is nothing to take back")
    if action == EventAction.MERGE_INTO:
        into = view.row(EVENTS, value["into"])
        if value["into"] == object_id:
            raise BadInputError("an event cannot be merged into itself")
        if into["event_status"] == Status.MERGED:
            raise BadInputError(
                f"event {value['into']} is itself merged into {into['merged_into']}; merge into that one"
            )
    if action == EventAction.REMOVE_REPORT:
        member = view.row(REPORTS, value["report_id"])
        if member["report_group_id"] != object_id:
            raise BadInputError(f"report {value['report_id']} is not in event {object_id}")


def table(kind: ObjectKind, drafts: Sequence[Draft], author: str, written_at: datetime) -> pa.Table:
    """Return the edits as rows of the kind's edit log."""
    rows = [
        {
            "edit_id": d.edit_id,
            kind.id_column: d.object_id,
            "action": d.action,
            **_said(kind, d.value),
            "author": author,
            "edited_at": written_at,
            "based_on": d.based_on,
            "report_status": d.status,
            "written_at": written_at,
            "is_degraded": d.row["is_degraded"],
            "degraded_inputs": d.row["degraded_inputs"],
        }
        for d in drafts
    ]
    return pa.Table.from_pylist(rows, schema=kind.edits.file_schema)


def _said(kind: ObjectKind, value: dict[str, Any]) -> dict[str, Any]:
    if kind is REPORTS:
        return {name: value.get(name) for name in REPORT_VALUES}
    return {"value": json.dumps(value, sort_keys=True, ensure_ascii=False)}
