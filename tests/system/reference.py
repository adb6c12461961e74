"""What the system must say, in a few dictionaries: sales as landed, decisions as made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

Sales = dict[tuple[str, date], float]


@dataclass
class Reference:
    """One run.

    Parameters
    ----------
    known
        Sales as known.
    causes, statuses
        What people decided about reports: the newest decision counts.
    pending
        Decisions that no tick and no refresh has taken in yet: report, action and cause.
    merged, pending_merges
        Events that went into another, and those that will.
    """

    known: Sales = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    pending: list[tuple[str, str, str | None]] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)
    pending_merges: dict[str, str] = field(default_factory=dict)

    def land(self, landed: Sales, day: date) -> None:
        """A day, new or again: what landed by then replaces what was known; what did not land stays as it was."""
        self.known |= {key: value for key, value in landed.items() if key[1] <= day}
        self.take_in()

    def decide(self, report_id: str, action: str, cause: str | None = None) -> None:
        """An analyst's decision about a report."""
        self.pending.append((report_id, action, cause))

    def take_in(self) -> None:
        """Let decisions take effect."""
        for report_id, action, cause in self.pending:
            if action == "reopen":
                self.causes.pop(report_id, None)
                self.statuses.pop(report_id, None)
            elif action == "set_cause":
                self.causes[report_id] = str(cause)
            else:
                self.statuses[report_id] = action
        self.pending.clear()
        self.merged |= self.pending_merges
        self.pending_merges.clear()

    def event_of(self, event: str) -> str:
        """Follow the merges."""
        while event in self.merged:
            event = self.merged[event]
        return event
