"""Answers about Minority Events."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime
from typing import Any

from mrs.contracts import Cause, Direction, Status
from mrs.contracts.hydrated import MinorityEventState
from mrs.decisions.in_force import CauseSource
from pydantic import BaseModel, Field

from functions.workshop.objects.models import Current, DecidedCause, Edit, Totals
from functions.workshop.reports.models import Alternative
from functions.workshop.state.models import State


class EventStatus(BaseModel):
    """What a decision about the status changes."""

    event_status: Status = Field(description="The status after it.")


class ApprovedEvent(DecidedCause, EventStatus):
    """What an approval changes."""


class ReopenedEvent(DecidedCause, EventStatus):
    """What a reopening without a cause changes."""

    cause: Cause = Field(description="The cause after it: the model's, if it proposed one.")


class EventDecisions(BaseModel):
    """What each decision would change at once; what it leaves alone is not named."""

    set_cause: DecidedCause = Field(description="Setting a cause; the cause in force is then the one that was set.")
    approve: ApprovedEvent = Field(description="Approving; without a cause of its own it confirms the one in force.")
    reject: EventStatus = Field(description="Rejecting.")
    reopen: ReopenedEvent = Field(
        description="Taking decisions back; with a cause of its own it sets that one, as set_cause does."
    )


class Snoozed(BaseModel):
    """A snooze that holds: it keeps the event out of alerts and out of the inbox."""

    author: str = Field(description="Who made it.")
    since: datetime = Field(description="When.")
    until: datetime | None = Field(description="Until this time.")
    until_worse_by: float | None = Field(description="Until the severity has risen by so much.")
    until_closed: bool = Field(description="Until the event closes.")


class Event(MinorityEventState, Current):
    """The current state of a Minority Event, pending edits included."""

    event_status: Status = Field(description="The event's status; a merged event stays merged.")
    direction: Direction = Field(description="Above or below its expectation.")
    cause: Cause = Field(description="The cause in force.")
    cause_source: CauseSource = Field(description="Who says so.")
    proposed_cause: Cause | None = Field(description="The model's cause for the event as a whole.")
    after_edit: EventDecisions = Field(description="What each decision would change at once.")
    first_detected_at: Date = Field(description="First anomalous business date of its reports.")  # type: ignore[assignment]
    last_detected_at: Date = Field(description="Last anomalous business date of its reports.")  # type: ignore[assignment]
    alternatives: list[Alternative] | None = Field(  # type: ignore[assignment]
        description="The other candidates; null in lists."
    )
    evidence: dict[str, Any] | None = Field(  # type: ignore[assignment]
        description="Of its reports' evidence, the one that speaks of the most stores; null in lists."
    )
    snoozed: Snoozed | None = Field(description="The snooze that holds; null if none does.")
    assignee: str | None = Field(description="The assignee's user name; null if it is unassigned.")


class EventDetail(Event):
    """An event with all its edits."""

    edits: list[Edit] = Field(description="Every edit of it, oldest first.")


class EventPage(BaseModel):
    """A page of events."""

    items: list[Event]
    next_cursor: str | None = Field(description="For the next page; null: this is the last.")
    totals: Totals
    state: State
