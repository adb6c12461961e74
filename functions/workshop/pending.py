"""What a pending edit does to the object that it edits, until the pipeline has done it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from mrs.contracts import EventAction, Status

from functions.workshop.edit_book import LoggedEdit
from functions.workshop.kinds import EVENTS, REPORTS, ObjectKind

_STATUS = {
    EventAction.APPROVE: Status.APPROVED,
    EventAction.REJECT: Status.REJECTED,
    EventAction.REOPEN: Status.OPEN,
}
_SETS_CAUSE = (EventAction.SET_CAUSE, EventAction.APPROVE, EventAction.REOPEN)


def with_pending(
    kind: ObjectKind, table: pa.Table, index: Mapping[str, int], pending: Mapping[str, Sequence[LoggedEdit]]
) -> pa.Table:
    """Return the hydrated objects with their pending edits done, in the same order.

    Parameters
    ----------
    kind, table
        The objects.
    index
        The row of each object.
    pending
        The pending edits by object, the oldest first.
    """
    at = sorted((index[name], name) for name in pending if name in index)
    if not at:
        return table
    pieces, done = [], 0
    for row, name in at:
        pieces.append(table.slice(done, row - done))
        changed = table.slice(row, 1).to_pylist()[0]
        for edit in pending[name]:
            changed = applied(kind, changed, edit)
        pieces.append(pa.Table.from_pylist([changed], schema=table.schema))
        done = row + 1
    return pa.concat_tables([*pieces, table.slice(done)]).combine_chunks()


def applied(kind: ObjectKind, row: dict[str, Any], edit: LoggedEdit) -> dict[str, Any]:
    """Return an object's row as it will be once the edit is finalised; a reopened one counts as open until then."""
    row = {**row, "n_edits": row["n_edits"] + 1}
    if kind is REPORTS:
        row["last_edited_by"] = edit.author
    if edit.action in _STATUS:
        row[kind.status_column] = _STATUS[EventAction(edit.action)].value
    if edit.action in _SETS_CAUSE and edit.value.get("cause"):
        source = "report_edit" if kind is REPORTS else "event_edit"
        if kind is EVENTS:
            row["name"] = _renamed(row["name"], row["cause"], edit.value["cause"])
        row |= {"cause": edit.value["cause"], "cause_source": source, "cause_confidence": 1.0}
    if edit.action == EventAction.REOPEN and not edit.value.get("cause") and row["proposed_cause"]:
        if kind is EVENTS:
            row["name"] = _renamed(row["name"], row["cause"], row["proposed_cause"])
        own = {"cause": row["proposed_cause"], "cause_source": "model", "cause_confidence": row["proposed_confidence"]}
        row |= own
    if edit.action == EventAction.RENAME:
        row["name"] = edit.value["name"]
    if edit.action == EventAction.MERGE_INTO:
        row |= {kind.status_column: Status.MERGED.value, "merged_into": edit.value["into"]}
    return row


def _renamed(name: str, before: str, now: str) -> str:
    """Return the name of an event with another cause: names that were made begin with the cause."""
    title = _title(before)
    return _title(now) + name.removeprefix(title) if name.startswith(f"{title} · ") else name


def _title(cause: str) -> str:
    return cause.replace("_", " ").capitalize()
