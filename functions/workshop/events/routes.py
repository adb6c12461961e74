"""Routes of Minority Events: list, one, its members, its time series, its history, its edits."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop import editing, lineage, lists, objects, series
from functions.workshop.desk import desk
from functions.workshop.edits_requests import EventBulkEdit, EventEdit
from functions.workshop.kinds import EVENTS, REPORTS
from functions.workshop.parameters import EventFilters, EventWindow, HistoryPage, ObjectId, ReportFilters, When
from functions.workshop.people import Role, needs
from functions.workshop.state import view_at
from functions.workshop.views import EventDetail, EventEditsAccepted, EventPage, EventSeries, History, ReportPage

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["events"]
EventId = Annotated[ObjectId, Path(description="The event's report_group_id.", pattern=r"^[0-9a-f]{64}$")]


@router.get("/api/events", tags=TAGS, operation_id="listEvents", summary="Events, filtered and sorted")
def list_events(filters: Annotated[EventFilters, Query()]) -> EventPage:
    """Return a page of the Minority Events of a state."""
    return EventPage(**lists.page(desk(router), EVENTS, filters))


@router.get("/api/events/<report_group_id>", tags=TAGS, operation_id="getEvent", summary="One event")
def get_event(report_group_id: EventId, when: Annotated[When, Query()]) -> EventDetail:
    """Return an event with its evidence and its edits; an event that was merged still resolves."""
    return EventDetail(**objects.detail(view_at(desk(router), when), EVENTS, report_group_id))


@router.get(
    "/api/events/<report_group_id>/members", tags=TAGS, operation_id="listEventMembers", summary="An event's reports"
)
def list_members(report_group_id: EventId, filters: Annotated[ReportFilters, Query()]) -> ReportPage:
    """Return a page of the event's reports; the filters of reports narrow it further."""
    return ReportPage(**lists.page(desk(router), REPORTS, filters, member_of=report_group_id))


@router.get(
    "/api/events/<report_group_id>/series",
    tags=TAGS,
    operation_id="getEventSeries",
    summary="An event's stores over time",
)
def get_event_series(report_group_id: EventId, window: Annotated[EventWindow, Query()]) -> EventSeries:
    """Return the sum over the event's stores, the stores that deviate most, and what went on around them."""
    return series.of_event(view_at(desk(router), window), report_group_id, window)


@router.get(
    "/api/events/<report_group_id>/history", tags=TAGS, operation_id="getEventHistory", summary="An event's lineage"
)
def get_event_history(report_group_id: EventId, page: Annotated[HistoryPage, Query()]) -> History:
    """Return every log row about the event, in the order of writing."""
    return lineage.of_event(desk(router), page, report_group_id)


@router.post(
    "/api/events/<report_group_id>/edits",
    tags=TAGS,
    operation_id="editEvent",
    status_code=201,
    summary="Edit an event",
)
@needs(Role.ANALYST)
def edit_event(report_group_id: EventId, body: Annotated[EventEdit, Body()]) -> Response[EventEditsAccepted]:
    """Log an edit of the state that the author saw; 409 if the event has changed since, and nothing is written."""
    return editing.answered(desk(router), EVENTS, body, {report_group_id: body.based_on}, EventEditsAccepted)


@router.post(
    "/api/events/edits", tags=TAGS, operation_id="editEvents", status_code=201, summary="Edit many events at once"
)
@needs(Role.ANALYST)
def edit_events(body: Annotated[EventBulkEdit, Body()]) -> Response[EventEditsAccepted]:
    """Log the same edit of many events: of all, or, if one has changed since, of none."""
    seen = {e.report_group_id: e.based_on for e in body.events}
    return editing.answered(desk(router), EVENTS, body, seen, EventEditsAccepted)
