"""Edits of reports and Minority Events in one shape, as read from the two edit logs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import pyarrow as pa

from mrs.contracts import EventAction

# The columns of a report's edit that say what it does; an event's edit holds them in its JSON column `value`.
REPORT_VALUES = ("cause", "comment", "decided_rereview_id", "rereview_decision")
V = TypeVar("V")


@dataclass(frozen=True, eq=False)
class Edit:
    """One edit of a report or a Minority Event.

    Parameters
    ----------
    object_id
        The report's or event's id.
    edit_id, action, author, edited_at, tick
        As in the edit log; `edited_at` is UTC without a zone.
    value
        What the action carries beside its name, e.g. `{"cause": "weather"}`.
    """

    object_id: str
    edit_id: str
    action: str
    value: Mapping[str, Any]
    author: str
    edited_at: datetime
    tick: date

    @property
    def order(self) -> tuple[datetime, str]:
        """The place among the edits of an object: the newest wins, ties by `edit_id`."""
        return (self.edited_at, self.edit_id)

    def text(self, name: str) -> str | None:
        """Return a text in the value; None if it is absent or empty."""
        found = self.value.get(name)
        return found if isinstance(found, str) and found else None


def report_edits(table: pa.Table) -> list[Edit]:
    """Return `user_edits_log` rows as edits, in the order of the table."""
    return [_edit(r, "report_id", report_value(r)) for r in table.to_pylist()]


def event_edits(table: pa.Table) -> list[Edit]:
    """Return `user_minority_events_edits_log` rows as edits, in the order of the table."""
    return [_edit(r, "report_group_id", event_value(r)) for r in table.to_pylist()]


def report_value(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a `user_edits_log` row carries beside its action, without nulls."""
    return {name: row[name] for name in REPORT_VALUES if row.get(name) is not None}


def event_value(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a `user_minority_events_edits_log` row carries beside its action."""
    value: dict[str, Any] = json.loads(row["value"] or "{}")
    return value


def _edit(row: Mapping[str, Any], about: str, value: Mapping[str, Any]) -> Edit:
    return Edit(row[about], row["edit_id"], row["action"], value, row["author"], row["edited_at"], row["tick"])


def not_taken_back(edits: Iterable[Edit]) -> list[Edit]:
    """Return the edits that no later reopening of their object has taken back, in the same order.

    A reopening takes back what was decided before it about status, cause and snooze; comments, names and merges stay
    with a reader of all edits.
    """
    edits = list(edits)
    reopened = newest(edits, lambda e: True if e.action == EventAction.REOPEN else None)
    return [e for e in edits if e.object_id not in reopened or e.order >= reopened[e.object_id][0].order]


def newest(edits: Iterable[Edit], value_of: Callable[[Edit], V | None]) -> dict[str, tuple[Edit, V]]:
    """Return, for each object, the newest edit that has a value, with that value.

    Parameters
    ----------
    edits
        In any order.
    value_of
        What is sought in an edit; None if the edit does not have it.
    """
    found: dict[str, tuple[Edit, V]] = {}
    for edit in edits:
        value = value_of(edit)
        if value is not None and (edit.object_id not in found or edit.order > found[edit.object_id][0].order):
            found[edit.object_id] = (edit, value)
    return found
