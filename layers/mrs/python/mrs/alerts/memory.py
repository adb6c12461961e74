"""What was decided before about each event and recipient, from the notifications log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mrs.alerts.model import Trigger

# Suppressions that end: once nothing hides the event any more, what was hidden is due again.
ENDING = ("silence:", "snooze:", "merged_into:")
# What people tell each other of an event says nothing of what the event itself has been told for.
PERSONAL = ("mentioned:", "assigned:")

Key = tuple[str, str, str]  # event, recipient, channel


@dataclass
class Told:
    """What one recipient was told of one event: whether it opened, the highest severity told, whether it closed."""

    severity: float
    closed: bool = False


@dataclass
class Memory:
    """What earlier ticks decided; `add` takes what this one decides.

    Only the decisions count (rows of attempt 0), never what became of a send, so that a tick decides the same whenever
    it is run again.
    """

    told: dict[Key, Told] = field(default_factory=dict)
    hidden_by: dict[str, str] = field(default_factory=dict)
    hidden_at: dict[tuple[str, str], float] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Memory:
        """Return the memory that `ui_notifications_log` rows make, every row ever written, in any order."""
        decided = [r for r in rows if r["attempt"] == 0 and not r["trigger_condition"].startswith(PERSONAL)]
        memory = cls()
        for row in sorted(decided, key=lambda r: (r["tick"], r["written_at"], r["notification_id"])):
            memory.add(row)
        return memory

    def add(self, row: Mapping[str, Any]) -> None:
        """Remember one decision."""
        suppressed_by = row["suppressed_by"] or ""
        if suppressed_by.startswith(ENDING):
            self.hidden_by[row["notification_id"]] = suppressed_by
            self.hidden_at.setdefault((row["event_id"], suppressed_by), row["severity"])
            return
        key = (row["event_id"], row["delivered_to"], row["channel"])
        told = self.told.setdefault(key, Told(row["severity"]))
        told.severity = max(told.severity, row["severity"])
        told.closed = told.closed or row["trigger_condition"] == Trigger.CLOSED
