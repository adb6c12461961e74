"""Routes of acceptance by rule."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop.acceptance import service
from functions.workshop.acceptance.models import Applications, Applied, Fitting, Rule, Rules
from functions.workshop.acceptance.requests import AcceptancePreview, Apply, RuleRequest, Undo
from functions.workshop.http.auth import Role, needs
from functions.workshop.http.parameters import ObjectId, When
from functions.workshop.state.context import request_context

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["acceptance"]
RuleId = Annotated[ObjectId, Path(description="The rule.", pattern=r"^[0-9a-f]{64}$")]
ApplicationId = Annotated[ObjectId, Path(description="The application.", pattern=r"^[0-9a-f]{64}$")]


@router.get("/api/acceptance/rules", tags=TAGS, operation_id="listRules", summary="The rules in force")
def list_rules() -> Rules:
    """Return the rules by which proposals are accepted, each with what it would accept now."""
    return service.rules(request_context(router))


@router.post(
    "/api/acceptance/preview",
    tags=TAGS,
    operation_id="previewRule",
    status_code=201,
    summary="What a rule would accept now",
)
def preview_rule(body: Annotated[AcceptancePreview, Body()]) -> Fitting:
    """Return the events that a rule would accept now; nothing is written."""
    return service.preview(request_context(router), body)


@router.post("/api/acceptance/rules", tags=TAGS, operation_id="setRule", status_code=201, summary="Set a rule")
@needs(Role.MANAGER)
def set_rule(body: Annotated[RuleRequest, Body()]) -> Rule:
    """Set a rule; it accepts nothing of the present state, and of later ones only if it accepts after each tick."""
    return service.set_rule(request_context(router), body)


@router.delete("/api/acceptance/rules/<rule_id>", tags=TAGS, operation_id="endRule", summary="End a rule")
@needs(Role.MANAGER)
def end_rule(rule_id: RuleId) -> Rule:
    """End a rule; what it has accepted stays accepted."""
    return service.end_rule(request_context(router), rule_id)


@router.post(
    "/api/acceptance/rules/<rule_id>/applications",
    tags=TAGS,
    operation_id="applyRule",
    status_code=201,
    summary="Let a rule accept events",
)
@needs(Role.MANAGER)
def apply_rule(rule_id: RuleId, body: Annotated[Apply, Body()]) -> Applied:
    """Log the acceptance of each event: of all of them, or of none; 409 if one has changed since the preview."""
    return service.apply(request_context(router), rule_id, body)


@router.get(
    "/api/acceptance/applications", tags=TAGS, operation_id="listApplications", summary="What rules have accepted"
)
def list_applications(when: Annotated[When, Query()]) -> Applications:
    """Return the applications of rules in a run, the newest first."""
    return service.applications(request_context(router), when)


@router.post(
    "/api/acceptance/applications/<application_id>/undo",
    tags=TAGS,
    operation_id="undoApplication",
    status_code=201,
    summary="Take an application back",
)
@needs(Role.MANAGER)
def undo_application(application_id: ApplicationId, body: Annotated[Undo, Body()]) -> Applied:
    """Reopen every event whose acceptance still holds; what people decided since stays."""
    return service.undo(request_context(router), application_id, body)
