"""The state that cohorts carry from tick to tick: which report is in which event, and which events were absorbed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import pyarrow as pa


@dataclass(frozen=True)
class Membership:
    """A report's place.

    Parameters
    ----------
    group
        The event that the report joined, and keeps.
    joined_at
        The tick in which it did.
    merged_into
        The event that has absorbed this one since; None if none has.
    status, score
        As last written.
    tick
        The tick of the last MRCH row.
    """

    group: str
    joined_at: date
    merged_into: str | None
    status: str
    score: float
    tick: date

    @property
    def event(self) -> str:
        """The event that the report counts for, merges followed."""
        return self.merged_into or self.group


@dataclass(frozen=True)
class Event:
    """An event's identity: what its age and its registration need."""

    group: str
    founder: str
    first_detected_at: int
    direction: str
    region: str | None

    @property
    def age_key(self) -> tuple[int, str]:
        """Older events sort first; the id breaks ties."""
        return (self.first_detected_at, self.group)


class Cohorts:
    """All that is known of cohorts at a tick; it changes in place while the ticks of a chunk go by."""

    def __init__(self, members: dict[str, Membership], events: dict[str, Event]) -> None:
        self.members = members
        self.events = events

    @classmethod
    def from_logs(cls, cohorted: pa.Table, events: pa.Table) -> Cohorts:
        """Return the state that MRCH and MELOG rows of earlier ticks describe."""
        columns = [
            "report_id",
            "report_group_id",
            "joined_at",
            "merged_into",
            "report_status",
            "membership_score",
            "tick",
        ]
        rows = cohorted.select(columns).sort_by([("tick", "ascending"), ("report_id", "ascending")]).to_pydict()
        members = {
            report: Membership(group, joined, merged, status, score, tick)
            for report, group, joined, merged, status, score, tick in zip(*(rows[c] for c in columns), strict=True)
        }
        names = ["report_group_id", "founding_report_id", "first_detected_at", "direction", "founding_region"]
        told = events.select(names).to_pydict()
        known = {
            group: Event(group, founder, (first.date()).toordinal(), direction, region)
            for group, founder, first, direction, region in zip(*(told[c] for c in names), strict=True)
        }
        return cls(members, known)

    def forget_before(self, day: date) -> None:
        """Drop the reports last written before `day`, so that the state does not depend on how ticks were chunked."""
        self.members = {r: m for r, m in self.members.items() if m.tick >= day}

    def older(self, groups: Iterable[str]) -> str:
        """Return the oldest of some events."""
        return min(groups, key=lambda g: self.events[g].age_key if g in self.events else (10**9, g))

    def absorb(self, younger: str, older: str, tick: date) -> list[str]:
        """Let `older` absorb `younger`; return the reports that moved."""
        moved = [r for r, m in self.members.items() if m.event == younger]
        for report in moved:
            known = self.members[report]
            merged = None if known.group == older else older
            self.members[report] = replace(known, merged_into=merged, tick=tick)
        return moved
