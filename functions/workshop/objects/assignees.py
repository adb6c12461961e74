"""Who looks after which event in a state: its newest assignment."""

from __future__ import annotations

from mrs.contracts import EventAction
from mrs.decisions.edits import newest

from functions.workshop.state.kinds import EVENTS
from functions.workshop.state.view import View


def assignees(view: View) -> dict[str, str]:
    """Return the assignee of each assigned event, by event id."""
    said = newest(view.edits(EVENTS), lambda e: e.text("assignee") or "" if e.action == EventAction.ASSIGN else None)
    return {event: name for event, (_, name) in said.items() if name}
