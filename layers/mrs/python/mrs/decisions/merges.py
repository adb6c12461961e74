"""Merges and splits of events by hand: what an edit moves, what takes that back, and where merges end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mrs.contracts import EventAction
from mrs.decisions.edits import Edit, newest


def merge_target(edit: Edit) -> str | None:
    """Return the event that absorbs the edited one; None if the edit is no merge, or one of an event into itself."""
    into = edit.text("into") if edit.action == EventAction.MERGE_INTO else None
    return None if into == edit.object_id else into


def merges_in_force(edits: Iterable[Edit]) -> dict[str, str]:
    """Return each event that is merged by hand, with the event that absorbs it: the newest merge or undoing holds."""
    said = newest(edits, lambda e: "" if e.action == EventAction.UNMERGE else merge_target(e))
    return {event: into for event, (_, into) in sorted(said.items()) if into}


def unmerges_in_force(edits: Iterable[Edit]) -> dict[str, Edit]:
    """Return each event whose merge was taken back and that was not merged again, with the edit that did it."""
    said = newest(edits, lambda e: e.action == EventAction.UNMERGE or (False if merge_target(e) else None))
    return {event: edit for event, (edit, undone) in sorted(said.items()) if undone}


def removed_report(edit: Edit) -> str | None:
    """Return the report that an edit removes from its event; None if it removes none."""
    return edit.text("report_id") if edit.action == EventAction.REMOVE_REPORT else None


def merge_root(into: Mapping[str, str], event_id: str) -> str:
    """Return the event at the end of an event's merges; a circle ends at its last event before it closes.

    Parameters
    ----------
    into
        Each merged event's id with that of the event that absorbed it.
    event_id
        Where to start; an event that was not merged is its own root.
    """
    seen = {event_id}
    while (following := into.get(event_id)) is not None and following not in seen:
        event_id = following
        seen.add(event_id)
    return event_id
