"""What an event is called: the name that an analyst gave it, or a title made from cause, place and first day."""

from __future__ import annotations

from datetime import datetime

from mrs.contracts import EventAction
from mrs.decisions.edits import Edit


def given_name(edit: Edit) -> str | None:
    """Return the name that an edit gives to an event; None if it gives none."""
    return edit.text("name") if edit.action == EventAction.RENAME else None


def event_title(cause: str, where: str, first_detected_at: datetime) -> str:
    """Return the title of an event without a name of its own, such as `Viral · BW, BY · 2015-06-11`."""
    return f"{_cause_title(cause)} · {where} · {first_detected_at:%Y-%m-%d}"


def retitled(name: str, before: str, now: str) -> str:
    """Return an event's name after its cause changed: a made title begins with the new cause, a given name stays."""
    title = _cause_title(before)
    return _cause_title(now) + name.removeprefix(title) if name.startswith(f"{title} · ") else name


def _cause_title(cause: str) -> str:
    return cause.replace("_", " ").capitalize()
