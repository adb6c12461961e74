"""The seam between the rereview routes and the rereview itself: four functions and a list.

Routes know nothing but this module. Each function takes the request's `Desk` (caller, moment, log store, names of the
stack) and returns a view of `views_more`; errors are those of `mrs.errors` and Powertools' `NotFoundError`.

start(desk, request) -> RereviewView
    Resolves the selection to a worklist on the newest hydrated state, names the rereview (`rereview_id` = sha256 over
    the run, selection, models, caller and moment), starts `desk.around.rereview_machine` with a reference to it.
status(desk, rereview_id, when) -> RereviewView
    Progress from the execution's history; `NotFoundError` where there is no such rereview in the run.
difference(desk, rereview_id, when) -> Difference
    Rows of MRCL and MRPAL that carry the rereview_id, beside the worklist's `cause_before` and `confidence_before`.
decide(desk, rereview_id, decision) -> DecisionTaken
    Edits through `functions.workshop.editing.edit` (`set_cause` to accept, `comment` to dismiss), so that conflicts,
    idempotency and the refresh are those of every edit; decided reports are left alone and listed in `flagged`.
listed(desk, when) -> Rereviews
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from mrs.contracts import Cause, Status
from mrs.errors import BadInputError
from pydantic import Field

from functions.workshop.desk import Desk
from functions.workshop.parameters import Line, ObjectId, Request, RunId, Share, Text, When
from functions.workshop.views_more import DecisionTaken, Difference, Rereviews, RereviewView


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


def listed(desk: Desk, when: When) -> Rereviews:
    """Return the rereviews of a run, the newest first."""
    return Rereviews(items=[])


def start(desk: Desk, request: RereviewRequest) -> RereviewView:
    """Start a rereview and return it.

    Raises
    ------
    BadInputError
        If the selection fits no report, or a model is not known.
    """
    raise BadInputError("rereviews are not deployed in this stack")


def status(desk: Desk, rereview_id: str, when: When) -> RereviewView:
    """Return how far a rereview is.

    Raises
    ------
    NotFoundError
        If the run has no such rereview.
    """
    raise NotFoundError(f"there is no rereview {rereview_id}")


def difference(desk: Desk, rereview_id: str, when: When) -> Difference:
    """Return what a rereview would change.

    Raises
    ------
    NotFoundError
        If the run has no such rereview.
    """
    raise NotFoundError(f"there is no rereview {rereview_id}")


def decide(desk: Desk, rereview_id: str, decision: RereviewDecision) -> DecisionTaken:
    """Accept or dismiss a rereview, by edits.

    Raises
    ------
    NotFoundError
        If the run has no such rereview.
    EditConflictError
        If a report has changed since the rereview.
    """
    raise NotFoundError(f"there is no rereview {rereview_id}")
