"""Answers about rereviews."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from mrs.contracts import Cause
from pydantic import BaseModel, Field

from functions.workshop.objects.models import Edit


class RereviewView(BaseModel):
    """A rereview."""

    rereview_id: str
    run_id: str
    status: Literal["running", "succeeded", "failed"]
    progress: float = Field(description="0 to 1.")
    stage: str | None = Field(description="The stage at work.")
    requested_by: str
    requested_at: datetime
    reason: str | None
    n_reports: int = Field(description="Reports on its worklist.")
    selection: dict[str, Any] = Field(description="What was asked for.")
    models: dict[str, Any] = Field(description="The models that it uses.")
    decision: Literal["accepted", "dismissed", "partly"] | None = Field(description="What people made of it.")
    error: str | None = Field(description="Why it failed.")


class Rereviews(BaseModel):
    """Rereviews, the newest first."""

    items: list[RereviewView]


class ReportDifference(BaseModel):
    """A report before and after a rereview."""

    report_id: str
    store_id: str
    report_group_id: str | None
    sales_delta: float
    cause_before: Cause | None
    confidence_before: float | None
    cause_after: Cause | None
    confidence_after: float | None
    cluster_before: str | None
    cluster_after: str | None
    changed: bool = Field(description="Whether the cause differs.")
    decided: bool = Field(description="Whether an analyst has decided it; then it is only flagged.")
    based_on: datetime = Field(description="Version of the report that the difference speaks of.")


class EventDifference(BaseModel):
    """An event before and after a rereview."""

    report_group_id: str
    name: str
    n_reports: int = Field(description="Its reports in the rereview.")
    n_changed: int
    sales_delta: float
    cause_before: Cause | None
    cause_after: Cause | None


class Difference(BaseModel):
    """What a rereview would change."""

    rereview_id: str
    reports: list[ReportDifference] = Field(description="Those that changed first, then by money.")
    events: list[EventDifference]
    n_changed: int
    n_decided: int = Field(description="Reports where the new model disagrees with an analyst's decision.")
    sales_delta_changed: float = Field(description="Size of the sales delta whose cause changed.")


class DecisionTaken(BaseModel):
    """What accepting or dismissing a rereview wrote."""

    rereview_id: str
    decision: Literal["accepted", "dismissed"]
    edits: list[Edit] = Field(description="Accepting sets causes, as edits; dismissing comments.")
    flagged: list[str] = Field(description="Reports left as an analyst decided them.")
    visible_from: datetime
