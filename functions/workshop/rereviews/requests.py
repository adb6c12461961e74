"""The bodies of rereview requests."""

from __future__ import annotations

from datetime import date
from typing import Literal

from mrs.contracts import Cause, Status
from pydantic import Field

from functions.workshop.http.parameters import Line, ObjectId, Request, RunId, Share, Text


class Selection(Request):
    """Which reports: those that fit every condition that is set."""

    report_ids: list[ObjectId] | None = Field(None, max_length=500, description="Only these reports.")
    event_ids: list[ObjectId] | None = Field(None, max_length=100, description="Only members of these events.")
    causes: list[Cause] | None = Field(None, description="Only these causes in force.")
    statuses: list[Status] | None = Field(None, description="Only these statuses.")
    regions: list[str] | None = Field(None, description="Only these regions.")
    first: date | None = Field(None, alias="from", description="Not over before this business date.")
    last: date | None = Field(None, alias="to", description="Begun by this business date.")
    confidence_below: Share | None = Field(None, description="Only where the model is less sure than this.")
    degraded: bool = Field(False, description="Only those made while an input was missing.")
    model_older_than: Line | None = Field(None, description="Only those attributed by an older cause model version.")


class Models(Request):
    """The models to use; what is not named stays as it is."""

    similarity_model: Line | None = Field(None, description="Registered name.")
    cause_model: Line | None = Field(None, description="Registered name.")
    cause_model_version: Line | None = Field(None, description="Version of its trained parameters.")


class RereviewRequest(Request):
    """A rereview to start."""

    selection: Selection
    models: Models = Field(default_factory=lambda: Models.model_validate({}), description="The models to use.")
    reason: Text | None = Field(None, description="Why.")
    run_id: RunId | None = Field(None, description="The run; default: the active one.")


class RereviewDecision(Request):
    """What to make of a rereview."""

    decision: Literal["accept", "dismiss"] = Field(description="Take the new causes over, or leave things as they are.")
    report_ids: list[ObjectId] | None = Field(
        None, max_length=500, description="Only these; default: all that changed."
    )
    comment: Text | None = Field(None, description="Why.")
