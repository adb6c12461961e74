"""What analysts decided about the make-up of events: merges and removals, as they stood at a tick."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import EventAction
from mrs.decisions.merges import merge_root

_ACTIONS = (EventAction.MERGE_INTO.value, EventAction.REMOVE_REPORT.value)


@dataclass(frozen=True)
class Decisions:
    """Merges and removals that are in force.

    Parameters
    ----------
    merged
        Event merged by hand, and the event it was merged into.
    removed
        (report, event) pairs: the report does not belong to the event.
    """

    merged: Mapping[str, str]
    removed: frozenset[tuple[str, str]]

    def root(self, group: str) -> str:
        """Return the event at the end of a group's merges by hand."""
        return merge_root(self.merged, group)


def decisions_at(edits: pa.Table, tick: date) -> Decisions:
    """Return the decisions written up to `tick`; where one event was merged twice, the later edit holds."""
    wanted = pc.and_(
        pc.is_in(edits["action"], pa.array(_ACTIONS)), pc.less_equal(edits["tick"], pa.scalar(tick, pa.date32()))
    )
    columns = ["edited_at", "edit_id", "report_group_id", "action", "value"]
    rows = edits.filter(wanted).select(columns).sort_by([("edited_at", "ascending"), ("edit_id", "ascending")])
    merged: dict[str, str] = {}
    removed = set()
    for row in rows.to_pylist():
        value = json.loads(row["value"] or "{}")
        if row["action"] == EventAction.MERGE_INTO and value.get("into") not in (None, row["report_group_id"]):
            merged[row["report_group_id"]] = str(value["into"])
        elif row["action"] == EventAction.REMOVE_REPORT and value.get("report_id"):
            removed.add((str(value["report_id"]), row["report_group_id"]))
    return Decisions(MappingProxyType(merged), frozenset(removed))
