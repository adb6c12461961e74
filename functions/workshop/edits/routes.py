"""Routes of edits: of one report or event, or of many at once."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop.edits import service
from functions.workshop.edits.models import EventEditsAccepted, ReportEditsAccepted
from functions.workshop.edits.requests import EventBulkEdit, EventEdit, ReportBulkEdit, ReportEdit
from functions.workshop.http.auth import Role, needs
from functions.workshop.objects.filters import EventId, ReportId
from functions.workshop.state.context import request_context
from functions.workshop.state.kinds import EVENTS, REPORTS

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.post(
    "/api/reports/<report_id>/edits",
    tags=["reports"],
    operation_id="editReport",
    status_code=201,
    summary="Edit a report",
)
@needs(Role.ANALYST)
def edit_report(report_id: ReportId, body: Annotated[ReportEdit, Body()]) -> Response[ReportEditsAccepted]:
    """Log an edit based on the version that the author saw; 409 if the report has changed since."""
    return service.answered(request_context(router), REPORTS, body, {report_id: body.based_on}, ReportEditsAccepted)


@router.post(
    "/api/reports/edits",
    tags=["reports"],
    operation_id="editReports",
    status_code=201,
    summary="Edit many reports at once",
)
@needs(Role.ANALYST)
def edit_reports(body: Annotated[ReportBulkEdit, Body()]) -> Response[ReportEditsAccepted]:
    """Log the same edit of many reports; of none if one of them has changed since."""
    seen = {r.report_id: r.based_on for r in body.reports}
    return service.answered(request_context(router), REPORTS, body, seen, ReportEditsAccepted)


@router.post(
    "/api/events/<report_group_id>/edits",
    tags=["events"],
    operation_id="editEvent",
    status_code=201,
    summary="Edit an event",
)
@needs(Role.ANALYST)
def edit_event(report_group_id: EventId, body: Annotated[EventEdit, Body()]) -> Response[EventEditsAccepted]:
    """Log an edit based on the version that the author saw; 409 if the event has changed since."""
    return service.answered(request_context(router), EVENTS, body, {report_group_id: body.based_on}, EventEditsAccepted)


@router.post(
    "/api/events/edits", tags=["events"], operation_id="editEvents", status_code=201, summary="Edit many events at once"
)
@needs(Role.ANALYST)
def edit_events(body: Annotated[EventBulkEdit, Body()]) -> Response[EventEditsAccepted]:
    """Log the same edit of many events; of none if one of them has changed since."""
    seen = {e.report_group_id: e.based_on for e in body.events}
    return service.answered(request_context(router), EVENTS, body, seen, EventEditsAccepted)
