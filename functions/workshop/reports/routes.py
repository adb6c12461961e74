"""Routes of minority reports: list, one, its time series, its history, its edits."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop import editing, lineage, lists, objects, series
from functions.workshop.desk import desk
from functions.workshop.edits_requests import ReportBulkEdit, ReportEdit
from functions.workshop.kinds import REPORTS
from functions.workshop.parameters import HistoryPage, ObjectId, ReportFilters, When, Window
from functions.workshop.people import Role, needs
from functions.workshop.state import view_at
from functions.workshop.views import History, ReportDetail, ReportEditsAccepted, ReportPage, ReportSeries

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["reports"]
ReportId = Annotated[ObjectId, Path(description="The report.", pattern=r"^[0-9a-f]{64}$")]


@router.get("/api/reports", tags=TAGS, operation_id="listReports", summary="Reports, filtered and sorted")
def list_reports(filters: Annotated[ReportFilters, Query()]) -> ReportPage:
    """Return a page of the minority reports of a state."""
    return ReportPage(**lists.page(desk(router), REPORTS, filters))


@router.get("/api/reports/<report_id>", tags=TAGS, operation_id="getReport", summary="One report")
def get_report(report_id: ReportId, when: Annotated[When, Query()]) -> ReportDetail:
    """Return a report with its evidence, its alternatives and its edits."""
    return ReportDetail(**objects.detail(view_at(desk(router), when), REPORTS, report_id))


@router.get(
    "/api/reports/<report_id>/series", tags=TAGS, operation_id="getReportSeries", summary="A report's store over time"
)
def get_report_series(report_id: ReportId, window: Annotated[Window, Query()]) -> ReportSeries:
    """Return the store's sales, what was expected, the band, the score, and what went on around it."""
    return series.of_report(view_at(desk(router), window), report_id, window)


@router.get(
    "/api/reports/<report_id>/history", tags=TAGS, operation_id="getReportHistory", summary="A report's lineage"
)
def get_report_history(report_id: ReportId, page: Annotated[HistoryPage, Query()]) -> History:
    """Return every log row about the report, in the order of writing."""
    return lineage.of_report(desk(router), page, report_id)


@router.post(
    "/api/reports/<report_id>/edits", tags=TAGS, operation_id="editReport", status_code=201, summary="Edit a report"
)
@needs(Role.ANALYST)
def edit_report(report_id: ReportId, body: Annotated[ReportEdit, Body()]) -> Response[ReportEditsAccepted]:
    """Log an edit of the state that the author saw; 409 if the report has changed since, and nothing is written."""
    return editing.answered(desk(router), REPORTS, body, {report_id: body.based_on}, ReportEditsAccepted)


@router.post(
    "/api/reports/edits", tags=TAGS, operation_id="editReports", status_code=201, summary="Edit many reports at once"
)
@needs(Role.ANALYST)
def edit_reports(body: Annotated[ReportBulkEdit, Body()]) -> Response[ReportEditsAccepted]:
    """Log the same edit of many reports: of all, or, if one has changed since, of none."""
    seen = {r.report_id: r.based_on for r in body.reports}
    return editing.answered(desk(router), REPORTS, body, seen, ReportEditsAccepted)
