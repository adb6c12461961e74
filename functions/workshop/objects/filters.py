"""The path and query parameters of reports and events: ids, filters, order, pages, days of a time series."""

from __future__ import annotations

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler.openapi.params import Path
from mrs.contracts import Cause, Direction, Status
from pydantic import Field

from functions.workshop.http.parameters import Day, ObjectId, Paged, Share, When

ReportId = Annotated[ObjectId, Path(description="The report.", pattern=r"^[0-9a-f]{64}$")]
EventId = Annotated[ObjectId, Path(description="The event's report_group_id.", pattern=r"^[0-9a-f]{64}$")]

SORTED = "Sort by; `money` is the size of sales_delta, `worth` what a decision is worth."


class HistoryPage(Paged):
    """A page of a lineage."""

    limit: int = Field(1000, ge=1, le=2000, description="Rows in a page.")


class Filters(Paged):
    """The filters that reports and events share. Several values of one filter: any of them."""

    status: list[Status] | None = Field(None, description="Only these statuses.")
    cause: list[Cause] | None = Field(None, description="Only these causes in force.")
    direction: Direction | None = Field(None, description="Only up, or only down.")
    cluster_id: list[ObjectId] | None = Field(
        None, description="Only reports in these clusters, and events with a report in one of them."
    )
    region: list[str] | None = Field(None, description="Only these regions.")
    retailer: list[str] | None = Field(None, description="Only these retailers.")
    min_confidence: Share | None = Field(None, description="At least this sure of the cause.")
    max_confidence: Share | None = Field(None, description="At most this sure of the cause.")
    min_money: float | None = Field(None, ge=0, description="Of at least so much money, up or down.")
    max_money: float | None = Field(None, ge=0, description="Of at most so much money, up or down.")
    min_severity: Share | None = Field(None, description="At least this severe.")
    max_severity: Share | None = Field(None, description="At most this severe.")
    first: Day | None = Field(None, alias="from", description="Not over before this business date.")
    last: Day | None = Field(None, alias="to", description="Begun by this business date.")
    degraded: bool | None = Field(None, description="Only those made while an input was missing, or only the others.")
    edited: bool | None = Field(None, description="Only those that somebody edited, or only the others.")
    text: str | None = Field(
        None,
        alias="q",
        max_length=200,
        description="Part of a name, the beginning of an id, or a store (`17`, `store 17`).",
    )


class ReportFilters(Filters):
    """Which reports, in which order."""

    store: list[str] | None = Field(None, description="Only these stores.")
    event: list[ObjectId] | None = Field(None, description="Only members of these events.")
    sort: Literal[
        "severity", "sales_delta", "money", "worth", "first_detected_at", "last_detected_at", "anomaly_score",
        "cause_confidence", "store_id",
    ] = Field("severity", description=SORTED)  # fmt: skip
    order: Literal["asc", "desc"] = Field("desc", description="Ascending or descending; ties by id.")


class EventFilters(Filters):
    """Which events, in which order."""

    store: list[str] | None = Field(None, description="Only events with a report of one of these stores.")
    snoozed: bool | None = Field(None, description="Only those that are snoozed now, or only the others.")
    assignee: list[str] | None = Field(None, description="Only those that are assigned to one of these people.")
    sort: Literal[
        "severity", "sales_delta", "money", "worth", "first_detected_at", "last_detected_at", "n_reports", "n_stores",
        "cause_confidence", "name",
    ] = Field("severity", description=SORTED)  # fmt: skip
    order: Literal["asc", "desc"] = Field("desc", description="Ascending or descending; ties by id.")


class GroupedEvents(EventFilters):
    """Which events, grouped by what; the order and the page do not count."""

    by: Literal["cause", "regions", "retailers", "event_status", "direction"] = Field("cause", description="By what.")


class GroupedReports(ReportFilters):
    """Which reports, grouped by what; the order and the page do not count."""

    by: Literal["cause", "region", "retailer", "report_group_id", "cluster_id", "report_status", "direction"] = Field(
        "cause", description="By what."
    )


class Window(When):
    """Which days a time series covers."""

    first: Day | None = Field(None, alias="from", description="First day; default: eight weeks before it began.")
    last: Day | None = Field(None, alias="to", description="Last day; default: two weeks after its last day.")


class EventWindow(Window):
    """Which days and how many stores an event's time series covers."""

    stores: int = Field(24, ge=0, le=60, description="Small multiples: the stores that deviate most, in money.")
