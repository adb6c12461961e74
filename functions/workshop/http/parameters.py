"""What a request may say: query parameters and bodies, checked here and nowhere else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from mrs.contracts import Cause, Direction, Status
from mrs.errors import BadInputError
from mrs.store.keys import checked_run_id
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MOST_AT_ONCE = 500
DATE_ONLY = len("YYYY-MM-DD")


def _moment(value: Any) -> Any:
    """Return a time in UTC, to the millisecond and without a zone; a date alone means its end."""
    if not isinstance(value, str):
        return value
    try:
        parsed = datetime.fromisoformat(value)
        if len(value) == DATE_ONLY:
            return parsed.replace(hour=23, minute=59, second=59, microsecond=999000)
        parsed = parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
    except (ValueError, OverflowError):
        raise ValueError("write a time as 2024-12-31T06:00:00Z, or a date as 2024-12-31") from None
    return parsed.replace(microsecond=parsed.microsecond // 1000 * 1000)


def _run_id(value: str) -> str:
    try:
        return checked_run_id(value)
    except BadInputError as error:
        raise ValueError(str(error)) from None


def _printable(value: str) -> str:
    """Refuse what no Parquet file, mail or screen holds: control characters but tab and line feed, halves of pairs."""
    if any((ord(c) < 32 and c not in "\t\n") or 0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise ValueError("control characters and lone surrogates are not allowed")
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]
RunId = Annotated[str, AfterValidator(_run_id), Field(min_length=1, max_length=64)]
ObjectId = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="64 lower-case hex digits.")]
Line = Annotated[str, AfterValidator(_printable), Field(min_length=1, max_length=200)]
Text = Annotated[str, AfterValidator(_printable), Field(min_length=1, max_length=4000)]
Share = Annotated[float, Field(ge=0, le=1)]


class Request(BaseModel):
    """Base of every body: unknown keys are an error, so that a misspelt one is not silently dropped."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)


class When(BaseModel):
    """Which run and which moment a read speaks of."""

    model_config = ConfigDict(populate_by_name=True, frozen=True)

    run_id: RunId | None = Field(None, description="The run; default: the active one.")
    as_of: Moment | None = Field(
        None, description="The state as of this time (RFC 3339, UTC; a date alone means its end); default: now."
    )


class Paged(When):
    """A page of a list."""

    limit: int = Field(50, ge=1, le=MOST_AT_ONCE, description="Rows in a page.")
    cursor: str | None = Field(
        None,
        max_length=2000,
        description="`next_cursor` of the page before. It pins the state, so that pages stay stable while ticks go on.",
    )


class HistoryPage(Paged):
    """A page of a lineage."""

    limit: int = Field(1000, ge=1, le=2000, description="Rows in a page.")


class Filters(Paged):
    """The filters that reports and events share. Several values of one filter: any of them."""

    status: list[Status] | None = Field(None, description="Only these statuses.")
    cause: list[Cause] | None = Field(None, description="Only these causes in force.")
    direction: Direction | None = Field(None, description="Only up, or only down.")
    region: list[str] | None = Field(None, description="Only these regions.")
    retailer: list[str] | None = Field(None, description="Only these retailers.")
    min_confidence: Share | None = Field(None, description="At least this sure of the cause.")
    max_confidence: Share | None = Field(None, description="At most this sure of the cause.")
    min_severity: Share | None = Field(None, description="At least this severe.")
    max_severity: Share | None = Field(None, description="At most this severe.")
    first: date | None = Field(None, alias="from", description="Not over before this business date.")
    last: date | None = Field(None, alias="to", description="Begun by this business date.")
    degraded: bool | None = Field(None, description="Only those made while an input was missing, or only the others.")
    edited: bool | None = Field(None, description="Only those that somebody edited, or only the others.")
    text: str | None = Field(None, alias="q", max_length=200, description="Part of a name or id, in any case.")


class ReportFilters(Filters):
    """Which reports, in which order."""

    store: list[str] | None = Field(None, description="Only these stores.")
    event: list[ObjectId] | None = Field(None, description="Only members of these events.")
    sort: Literal[
        "severity", "sales_delta", "money", "first_detected_at", "last_detected_at", "anomaly_score",
        "cause_confidence", "store_id",
    ] = Field("severity", description="Sort by; `money` is the size of sales_delta.")  # fmt: skip
    order: Literal["asc", "desc"] = Field("desc", description="Ascending or descending; ties by id.")


class EventFilters(Filters):
    """Which events, in which order."""

    store: list[str] | None = Field(None, description="Only events with a report of one of these stores.")
    snoozed: bool | None = Field(None, description="Only those that are snoozed now, or only the others.")
    sort: Literal[
        "severity", "sales_delta", "money", "first_detected_at", "last_detected_at", "n_reports", "n_stores",
        "cause_confidence", "name",
    ] = Field("severity", description="Sort by; `money` is the size of sales_delta.")  # fmt: skip
    order: Literal["asc", "desc"] = Field("desc", description="Ascending or descending; ties by id.")


class Window(When):
    """Which days a time series covers."""

    first: date | None = Field(None, alias="from", description="First day; default: eight weeks before it began.")
    last: date | None = Field(None, alias="to", description="Last day; default: two weeks after its last day.")


class EventWindow(Window):
    """Which days and how many stores an event's time series covers."""

    stores: int = Field(24, ge=0, le=60, description="Small multiples: the stores that deviate most, in money.")


class CompareRuns(BaseModel):
    """Two runs to be compared."""

    left: RunId = Field(description="A run.")
    right: RunId = Field(description="The other run.")
    limit: int = Field(200, ge=1, le=MOST_AT_ONCE, description="Events in each list, the most money first.")


class Reset(Request):
    """A new active run."""

    label: Line | None = Field(None, description="What to call it.")
    run_id: RunId | None = Field(None, description="Its id, or a run to go back to; default: made from the time.")


class ExportRequest(Request):
    """A dataset to take away."""

    dataset: Literal["minority_reports", "minority_events_log", "attribution_ready_sales"] = Field(
        description="The hydrated dataset."
    )
    format: Literal["csv", "parquet"] = Field("csv", description="CSV has its spreadsheet formulas disarmed.")
    run_id: RunId | None = Field(None, description="The run; default: the active one.")
    as_of: Moment | None = Field(None, description="The state as of this time; default: now.")
