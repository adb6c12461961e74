"""Routes of Minority Events: list, one, its members, its time series, what is learned from it, its history."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop.events.models import EventDetail, EventPage
from functions.workshop.http.parameters import When
from functions.workshop.objects import learning, lineage, lists, serialise, series
from functions.workshop.objects.filters import (
    EventFilters,
    EventId,
    EventWindow,
    GroupedEvents,
    HistoryPage,
    ReportFilters,
)
from functions.workshop.objects.models import Groups, History
from functions.workshop.objects.series_models import EventLearning, EventSeries
from functions.workshop.reports.models import ReportPage
from functions.workshop.state.context import request_context
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.view import view_at

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["events"]


@router.get("/api/events", tags=TAGS, operation_id="listEvents", summary="Events, filtered and sorted")
def list_events(filters: Annotated[EventFilters, Query()]) -> EventPage:
    """Return a page of the Minority Events of a state."""
    return EventPage(**lists.page(request_context(router), EVENTS, filters))


@router.get("/api/events/groups", tags=TAGS, operation_id="groupEvents", summary="Events, filtered and grouped")
def group_events(filters: Annotated[GroupedEvents, Query()]) -> Groups:
    """Return the sums of the events that pass the filters, by the values of a column."""
    return Groups(**lists.groups(request_context(router), EVENTS, filters, filters.by))


@router.get("/api/events/<report_group_id>", tags=TAGS, operation_id="getEvent", summary="One event")
def get_event(report_group_id: EventId, when: Annotated[When, Query()]) -> EventDetail:
    """Return an event with its evidence and its edits; an event that was merged still resolves."""
    return EventDetail(**serialise.detail(view_at(request_context(router), when), EVENTS, report_group_id))


@router.get(
    "/api/events/<report_group_id>/members", tags=TAGS, operation_id="listEventMembers", summary="An event's reports"
)
def list_members(report_group_id: EventId, filters: Annotated[ReportFilters, Query()]) -> ReportPage:
    """Return a page of the event's reports; the filters of reports narrow it further."""
    return ReportPage(**lists.page(request_context(router), REPORTS, filters, member_of=report_group_id))


@router.get(
    "/api/events/<report_group_id>/series",
    tags=TAGS,
    operation_id="getEventSeries",
    summary="An event's stores over time",
)
def get_event_series(report_group_id: EventId, window: Annotated[EventWindow, Query()]) -> EventSeries:
    """Return the sum over the event's stores and the stores that deviate most, with their context."""
    return series.of_event(view_at(request_context(router), window), report_group_id, window)


@router.get(
    "/api/events/<report_group_id>/learning",
    tags=TAGS,
    operation_id="getEventLearning",
    summary="What the MAB and the MMM learn from an event's days",
)
def get_event_learning(report_group_id: EventId, when: Annotated[When, Query()]) -> EventLearning:
    """Return observed and adjusted sales by day, and how much of the deviation was taken out of learning."""
    return learning.of_event(view_at(request_context(router), when), report_group_id)


@router.get(
    "/api/events/<report_group_id>/history", tags=TAGS, operation_id="getEventHistory", summary="An event's lineage"
)
def get_event_history(report_group_id: EventId, page: Annotated[HistoryPage, Query()]) -> History:
    """Return every log row about the event, in the order of writing."""
    return lineage.of_event(request_context(router), page, report_group_id)
