"""Which events are snoozed in a state: an event's newest snooze, while it holds and the event is not reopened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mrs.alerts.model import CLOSED_STATUSES
from mrs.alerts.silences import moment
from mrs.contracts import EventAction

from functions.workshop.edit_book import LoggedEdit, by_object
from functions.workshop.kinds import EVENTS
from functions.workshop.state import View, aware


def snoozes(view: View) -> dict[str, dict[str, Any]]:
    """Return the snoozes that hold in a state, as the API shows them, by event."""
    made = by_object(e for e in view.edits(EVENTS) if e.action in (EventAction.SNOOZE, EventAction.REOPEN))
    newest = ((name, edits[-1]) for name, edits in made.items() if edits[-1].action == EventAction.SNOOZE)
    rows = ((name, edit, view.objects(EVENTS).row(name)) for name, edit in newest)
    return {name: _shown(edit) for name, edit, row in rows if row and _holds(edit, row, view.until or view.at)}


def _holds(edit: LoggedEdit, event: dict[str, Any], now: datetime) -> bool:
    value = edit.value
    until, worse = moment(value.get("until")), value.get("until_worse_by")
    if until is not None and now >= until:
        return False
    if worse is not None and event["severity"] >= value.get("severity", event["severity"]) + worse:
        return False
    return not (value.get("until_closed") and event["event_status"] in CLOSED_STATUSES)


def _shown(edit: LoggedEdit) -> dict[str, Any]:
    until = moment(edit.value.get("until"))
    return {
        "author": edit.author,
        "since": aware(edit.edited_at),
        "until": aware(until) if until else None,
        "until_worse_by": edit.value.get("until_worse_by"),
        "until_closed": edit.value.get("until_closed", False),
    }
