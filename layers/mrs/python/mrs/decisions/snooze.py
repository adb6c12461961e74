"""Snoozes and what ends them; silences end by the same rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mrs.contracts import EventAction
from mrs.decisions.edits import Edit, newest, not_taken_back


@dataclass(frozen=True)
class Limits:
    """What ends a snooze or a silence; the first of them that is met does.

    Parameters
    ----------
    until
        A time, UTC without a zone; None if no time ends it.
    until_severity
        The severity (0 to 1) from which on the event counts again; None if no severity does.
    until_worse_by
        The rise of the severity that ends it; None if no rise does.
    until_closed
        Whether the event's close ends it.
    """

    until: datetime | None = None
    until_severity: float | None = None
    until_worse_by: float | None = None
    until_closed: bool = False

    def hold(self, now: datetime, severity: float, severity_then: float, is_closed: bool) -> bool:
        """Return whether nothing has ended it.

        Parameters
        ----------
        now
            The time, UTC without a zone.
        severity, is_closed
            The event's severity, and whether it is closed or rejected, at that time.
        severity_then
            The severity from which a rise is counted.
        """
        if self.until is not None and now >= self.until:
            return False
        if self.until_severity is not None and severity >= self.until_severity:
            return False
        if self.until_worse_by is not None and severity >= severity_then + self.until_worse_by:
            return False
        return not (self.until_closed and is_closed)


def snoozes(edits: Iterable[Edit]) -> dict[str, tuple[Edit, Limits]]:
    """Return each event's newest snooze that no reopening ended, with its limits; the caller asks whether they hold."""
    return newest(not_taken_back(edits), snooze_limits)


def snooze_limits(edit: Edit) -> Limits | None:
    """Return what ends the snooze that an edit makes; None if the edit is no snooze."""
    return limits_of(edit.value) if edit.action == EventAction.SNOOZE else None


def limits_of(value: Mapping[str, Any]) -> Limits:
    """Return what ends a snooze, from the value of its edit; members of another type count as absent."""
    worse = value.get("until_worse_by")
    return Limits(
        until=_moment(value.get("until")),
        until_worse_by=float(worse) if isinstance(worse, int | float) else None,
        until_closed=value.get("until_closed") is True,
    )


def _moment(text: Any) -> datetime | None:
    """Return a time in UTC and without a zone from its text in an edit; None if there is no text."""
    if not isinstance(text, str) or not text:
        return None
    found = datetime.fromisoformat(text)
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
