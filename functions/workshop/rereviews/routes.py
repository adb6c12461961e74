"""Routes of rereviews: start one, follow it, see what it would change, accept or dismiss it."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop.http.auth import Role, needs
from functions.workshop.http.parameters import ObjectId, When
from functions.workshop.rereviews import service
from functions.workshop.rereviews.models import DecisionTaken, Difference, Rereviews, RereviewView
from functions.workshop.rereviews.requests import RereviewDecision, RereviewRequest
from functions.workshop.state.context import request_context

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["rereviews"]
RereviewId = Annotated[ObjectId, Path(description="The rereview.", pattern=r"^[0-9a-f]{64}$")]


@router.get("/api/rereviews", tags=TAGS, operation_id="listRereviews", summary="Rereviews")
def list_rereviews(when: Annotated[When, Query()]) -> Rereviews:
    """Return the rereviews of a run, the newest first."""
    return service.listed(request_context(router), when)


@router.post("/api/rereviews", tags=TAGS, operation_id="startRereview", status_code=201, summary="Start a rereview")
@needs(Role.ANALYST)
def start(body: Annotated[RereviewRequest, Body()]) -> RereviewView:
    """Start an execution that clusters and attributes the chosen reports again. Detection is never run again."""
    return service.start(request_context(router), body)


@router.get("/api/rereviews/<rereview_id>", tags=TAGS, operation_id="getRereview", summary="How far a rereview is")
def status(rereview_id: RereviewId, when: Annotated[When, Query()]) -> RereviewView:
    """Return a rereview's status and progress."""
    return service.status(request_context(router), rereview_id, when)


@router.get(
    "/api/rereviews/<rereview_id>/difference",
    tags=TAGS,
    operation_id="getRereviewDifference",
    summary="What a rereview would change",
)
def difference(rereview_id: RereviewId, when: Annotated[When, Query()]) -> Difference:
    """Return causes before and after, by report and by event; an analyst's decision is only flagged."""
    return service.difference(request_context(router), rereview_id, when)


@router.post(
    "/api/rereviews/<rereview_id>/decisions",
    tags=TAGS,
    operation_id="decideRereview",
    status_code=201,
    summary="Accept or dismiss a rereview",
)
@needs(Role.ANALYST)
def decide(rereview_id: RereviewId, body: Annotated[RereviewDecision, Body()]) -> DecisionTaken:
    """Take the new causes over as edits, or dismiss them. What an analyst decided is never overwritten."""
    return service.decide(request_context(router), rereview_id, body)
