"""Routes of minority reports: list, one, its time series, its history."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop.http.parameters import When
from functions.workshop.objects import lineage, lists, serialise, series
from functions.workshop.objects.filters import GroupedReports, HistoryPage, ReportFilters, ReportId, Window
from functions.workshop.objects.models import Groups, History
from functions.workshop.objects.series_models import ReportSeries
from functions.workshop.reports.models import ReportDetail, ReportPage
from functions.workshop.state.context import request_context
from functions.workshop.state.kinds import REPORTS
from functions.workshop.state.view import view_at

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["reports"]


@router.get("/api/reports", tags=TAGS, operation_id="listReports", summary="Reports, filtered and sorted")
def list_reports(filters: Annotated[ReportFilters, Query()]) -> ReportPage:
    """Return a page of the minority reports of a state."""
    return ReportPage(**lists.page(request_context(router), REPORTS, filters))


@router.get("/api/reports/groups", tags=TAGS, operation_id="groupReports", summary="Reports, filtered and grouped")
def group_reports(filters: Annotated[GroupedReports, Query()]) -> Groups:
    """Return the sums of the reports that pass the filters, by the values of a column."""
    return Groups(**lists.groups(request_context(router), REPORTS, filters, filters.by))


@router.get("/api/reports/<report_id>", tags=TAGS, operation_id="getReport", summary="One report")
def get_report(report_id: ReportId, when: Annotated[When, Query()]) -> ReportDetail:
    """Return a report with its evidence, its alternatives and its edits."""
    return ReportDetail(**serialise.detail(view_at(request_context(router), when), REPORTS, report_id))


@router.get(
    "/api/reports/<report_id>/series", tags=TAGS, operation_id="getReportSeries", summary="A report's store over time"
)
def get_report_series(report_id: ReportId, window: Annotated[Window, Query()]) -> ReportSeries:
    """Return the store's sales, expected sales, 90 % interval and score, with the context of the store."""
    return series.of_report(view_at(request_context(router), window), report_id, window)


@router.get(
    "/api/reports/<report_id>/history", tags=TAGS, operation_id="getReportHistory", summary="A report's lineage"
)
def get_report_history(report_id: ReportId, page: Annotated[HistoryPage, Query()]) -> History:
    """Return every log row about the report, in the order of writing."""
    return lineage.of_report(request_context(router), page, report_id)
