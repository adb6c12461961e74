"""What analysts decided about the make-up of events: merges and removals, as they stood at a tick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import EventAction
from mrs.decisions.edits import event_edits
from mrs.decisions.merges import merge_root, merges_in_force, removed_report, unmerges_in_force

_ACTIONS = (EventAction.MERGE_INTO.value, EventAction.UNMERGE.value, EventAction.REMOVE_REPORT.value)


@dataclass(frozen=True)
class Decisions:
    """Merges and removals that are in force.

    Parameters
    ----------
    merged
        Event merged by hand, and the event it was merged into.
    removed
        (report, event) pairs: the report does not belong to the event.
    apart
        Events whose merge by hand was taken back: nothing absorbs them by itself any more.
    parted_now
        Those of them that were taken back in this very tick.
    """

    merged: Mapping[str, str]
    removed: frozenset[tuple[str, str]]
    apart: frozenset[str] = frozenset()
    parted_now: frozenset[str] = frozenset()

    def root(self, group: str) -> str:
        """Return the event at the end of a group's merges by hand."""
        return merge_root(self.merged, group)


def decisions_at(edits: pa.Table, tick: date) -> Decisions:
    """Return the decisions written up to `tick`; where one event was merged twice, the later edit holds."""
    wanted = pc.and_(
        pc.is_in(edits["action"], pa.array(_ACTIONS)), pc.less_equal(edits["tick"], pa.scalar(tick, pa.date32()))
    )
    known = event_edits(edits.filter(wanted))
    parted = unmerges_in_force(known)
    removed = {(report, e.object_id) for e in known if (report := removed_report(e)) is not None}
    now = frozenset(event for event, edit in parted.items() if edit.tick == tick)
    return Decisions(MappingProxyType(merges_in_force(known)), frozenset(removed), frozenset(parted), now)
