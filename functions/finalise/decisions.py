"""What analysts decided: per report or event, the newest edit of each kind. Knows no model output."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import pyarrow as pa
from mrs.contracts import EventAction, ReportAction, Status

STATUS_OF = {"approve": Status.APPROVED.value, "reject": Status.REJECTED.value, "reopen": ""}
"""The status that an edit decides; empty: it takes back what was decided before."""
_SET_CAUSE = ("set_cause", "approve")
_V = TypeVar("_V")


@dataclass(frozen=True)
class Decision:
    """A decided value (a cause or a status), by whom and when; later decisions compare greater."""

    edited_at: datetime
    edit_id: str
    value: str
    author: str

    @property
    def order(self) -> tuple[datetime, str]:
        """Newest wins, ties by `edit_id`."""
        return (self.edited_at, self.edit_id)


@dataclass(frozen=True)
class Decisions:
    """The decisions in force at a tick, by the id of the report or event that they are about.

    Parameters
    ----------
    causes, statuses
        The newest decided cause and status of each object.
    touched
        The objects whose edits take effect in this very tick.
    """

    causes: Mapping[str, Decision]
    statuses: Mapping[str, Decision]
    touched: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.causes or self.statuses or self.touched)


def report_decisions(edits: pa.Table, tick: date) -> Decisions:
    """Return what was decided about reports, from `user_edits_log` rows with the tick in which they take effect.

    An approval confirms the cause that it carries, as if it had been set. A reopening takes back the decisions before
    it, and sets the cause that it carries, if any.
    """
    rows = [r for r in edits.to_pylist() if r["tick"] <= tick]
    causes = [
        (r["report_id"], _decision(r, r["cause"] or ""))
        for r in rows
        if (r["cause"] and r["action"] in _SET_CAUSE) or r["action"] == ReportAction.REOPEN
    ]
    return _in_force(rows, "report_id", causes, tick)


def event_decisions(edits: pa.Table, tick: date) -> Decisions:
    """Return what was decided about events, from `user_minority_events_edits_log` rows; reopenings as for reports."""
    rows = [r for r in edits.to_pylist() if r["tick"] <= tick]
    causes = []
    for r in rows:
        cause = json.loads(r["value"] or "{}").get("cause") or ""
        if (cause and r["action"] in _SET_CAUSE) or r["action"] == EventAction.REOPEN:
            causes.append((r["report_group_id"], _decision(r, cause)))
    return _in_force(rows, "report_group_id", causes, tick)


def _in_force(rows: list[dict[str, Any]], about: str, causes: Iterable[tuple[str, Decision]], tick: date) -> Decisions:
    statuses = [(r[about], _decision(r, STATUS_OF[r["action"]])) for r in rows if r["action"] in STATUS_OF]
    touched = frozenset(r[about] for r in rows if r["tick"] == tick)
    return Decisions(_newest(causes), _newest(statuses), touched)


def _decision(row: Mapping[str, Any], value: str) -> Decision:
    return Decision(row["edited_at"], row["edit_id"], value, row["author"])


def _newest(found: Iterable[tuple[str, Decision]]) -> dict[str, Decision]:
    newest: dict[str, Decision] = {}
    for key, decision in found:
        if key not in newest or decision.order > newest[key].order:
            newest[key] = decision
    return {key: decision for key, decision in newest.items() if decision.value}
