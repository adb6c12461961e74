"""Which events are snoozed in a state: each event's newest snooze, while it holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mrs.decisions import snooze
from mrs.decisions.edits import Edit
from mrs.decisions.in_force import CLOSED_STATUSES

from functions.workshop.state.kinds import EVENTS
from functions.workshop.state.view import View, aware


def snoozes(view: View) -> dict[str, dict[str, Any]]:
    """Return the snoozes that hold in a state, as the API shows them, by event."""
    now = view.until or view.at
    found = {}
    for name, (edit, limits) in snooze.snoozes(view.edits(EVENTS)).items():
        event = view.objects(EVENTS).row(name)
        if event is not None and _holds(limits, edit, event, now):
            found[name] = _shown(edit, limits)
    return found


def _holds(limits: snooze.Limits, edit: Edit, event: dict[str, Any], now: datetime) -> bool:
    then = edit.value.get("severity", event["severity"])
    return limits.hold(now, event["severity"], then, event["event_status"] in CLOSED_STATUSES)


def _shown(edit: Edit, limits: snooze.Limits) -> dict[str, Any]:
    return {
        "author": edit.author,
        "since": aware(edit.edited_at),
        "until": aware(limits.until) if limits.until else None,
        "until_worse_by": limits.until_worse_by,
        "until_closed": limits.until_closed,
    }
