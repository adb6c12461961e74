"""Answers about minority reports."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from typing import Any

from mrs.contracts import Cause, Direction, Status
from mrs.contracts.hydrated import MinorityReport
from mrs.decisions.in_force import CauseSource
from pydantic import BaseModel, Field

from functions.workshop.objects.models import Current, DecidedCause, Edit, Totals
from functions.workshop.state.models import State


class Alternative(BaseModel):
    """Another candidate cause."""

    cause: Cause = Field(description="The cause.")
    confidence: float = Field(description="How sure the model is of it.")
    unseen: bool = Field(default=False, description="Whether it was not proposed because its feed is absent.")


class ReportStatus(BaseModel):
    """What a decision about the status changes."""

    report_status: Status = Field(description="The status after it.")


class ApprovedReport(DecidedCause, ReportStatus):
    """What an approval changes."""


class ReopenedReport(DecidedCause, ReportStatus):
    """What a reopening without a cause changes."""

    cause: Cause = Field(description="The cause after it: the model's, if it proposed one.")


class ReportDecisions(BaseModel):
    """What each decision would change at once; what it leaves alone is not named."""

    set_cause: DecidedCause = Field(description="Setting a cause; the cause in force is then the one that was set.")
    approve: ApprovedReport = Field(description="Approving; without a cause of its own it confirms the one in force.")
    reject: ReportStatus = Field(description="Rejecting.")
    reopen: ReopenedReport = Field(
        description="Taking decisions back; with a cause of its own it sets that one, as set_cause does."
    )


class Report(MinorityReport, Current):
    """The current state of a minority report, pending edits included."""

    report_status: Status = Field(description="The report's status; decisions outlast what the models say.")
    direction: Direction = Field(description="Above or below its expectation.")
    cause: Cause = Field(description="The cause in force.")
    cause_source: CauseSource = Field(description="Who says so.")
    proposed_cause: Cause | None = Field(description="The model's cause.")
    after_edit: ReportDecisions = Field(description="What each decision would change at once.")
    first_detected_at: Date = Field(description="The first anomalous business date.")  # type: ignore[assignment]
    last_detected_at: Date = Field(description="The last anomalous business date.")  # type: ignore[assignment]
    alternatives: list[Alternative] | None = Field(  # type: ignore[assignment]
        description="The other candidates; null in lists."
    )
    evidence: dict[str, Any] | None = Field(  # type: ignore[assignment]
        description="The evidence for the proposed cause; null in lists."
    )


class ReportDetail(Report):
    """A report with all its edits."""

    edits: list[Edit] = Field(description="Every edit of it and of its event, oldest first.")


class ReportPage(BaseModel):
    """A page of reports."""

    items: list[Report]
    next_cursor: str | None = Field(description="For the next page; null: this is the last.")
    totals: Totals
    state: State
