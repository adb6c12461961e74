"""What the API answers with: the hydrated contracts, times with their zone, JSON columns opened."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime
from typing import Any, Literal

from mrs.contracts.hydrated import MinorityEventState, MinorityReport
from pydantic import BaseModel, Field


class Edit(BaseModel):
    """An edit, as it was logged."""

    edit_id: str = Field(description="Its identity: the same edit sent twice is one.")
    about: Literal["report", "event"] = Field(description="What it edits.")
    object_id: str = Field(description="The report or event.")
    action: str = Field(description="What was done.")
    cause: str | None = Field(description="The cause set or approved.")
    comment: str | None = Field(description="Free text.")
    value: dict[str, Any] = Field(description="All that the action holds; where it decides about a rereview, which.")
    author: str = Field(description="Who.")
    edited_at: datetime = Field(description="When.")
    based_on: datetime = Field(description="The version that the author saw.")
    tick: Date = Field(description="The tick under which it is logged.")
    pending: bool = Field(description="Not yet in the hydrated state; it is shown in the object already.")


class Alternative(BaseModel):
    """Another candidate cause."""

    cause: str = Field(description="The cause.")
    confidence: float = Field(description="How sure the model is of it.")


class _Current(BaseModel):
    version: datetime = Field(description="State version: what an edit of it must be based on.")
    pending: list[Edit] = Field(description="Edits that the hydrated state does not hold yet, oldest first.")
    sentence: str | None = Field(description="Why, in words.")


class Report(MinorityReport, _Current):
    """A minority report as it stands, pending edits included."""

    first_detected_at: Date = Field(description="The first anomalous business date.")  # type: ignore[assignment]
    last_detected_at: Date = Field(description="The last anomalous business date.")  # type: ignore[assignment]
    alternatives: list[Alternative] | None = Field(  # type: ignore[assignment]
        description="The other candidates; null in lists."
    )
    evidence: dict[str, Any] | None = Field(  # type: ignore[assignment]
        description="The evidence for the proposed cause; null in lists."
    )


class Snoozed(BaseModel):
    """A snooze that holds: nobody is alerted, and nobody is asked to decide."""

    author: str = Field(description="Who made it.")
    since: datetime = Field(description="When.")
    until: datetime | None = Field(description="Until this time.")
    until_worse_by: float | None = Field(description="Until the severity has risen by so much.")
    until_closed: bool = Field(description="Until the event closes.")


class Event(MinorityEventState, _Current):
    """A Minority Event as it stands, pending edits included."""

    first_detected_at: Date = Field(description="First anomalous business date of its reports.")  # type: ignore[assignment]
    last_detected_at: Date = Field(description="Last anomalous business date of its reports.")  # type: ignore[assignment]
    evidence: dict[str, Any] | None = Field(  # type: ignore[assignment]
        description="The evidence of its strongest report; null in lists."
    )
    snoozed: Snoozed | None = Field(description="The snooze that holds; null: none does.")


class ReportDetail(Report):
    """A report with all its edits."""

    edits: list[Edit] = Field(description="Every edit of it and of its event, oldest first.")


class EventDetail(Event):
    """An event with all its edits."""

    edits: list[Edit] = Field(description="Every edit of it, oldest first.")


class State(BaseModel):
    """The state that an answer speaks of."""

    run_id: str = Field(description="The run.")
    tick: Date | None = Field(description="The business date; null: the run has nothing yet.")
    written_at: datetime | None = Field(description="When the hydrated state was written.")
    edits_until: datetime | None = Field(description="Edits up to this time are in it; null: all.")
    pending_edits: int = Field(description="Edits in it that the hydrated state does not hold yet.")


class Totals(BaseModel):
    """Sums over all rows of a list, not only the page."""

    rows: int = Field(description="How many.")
    sales_delta: float = Field(description="Observed minus expected sales; merged events count where they are now.")
    sales_above: float = Field(description="The part of sales_delta above expectation; the rest is below it.")
    expected_sales: float = Field(description="Expected sales; likewise.")


class ReportPage(BaseModel):
    """A page of reports."""

    items: list[Report]
    next_cursor: str | None = Field(description="For the next page; null: this is the last.")
    totals: Totals
    state: State


class EventPage(BaseModel):
    """A page of events."""

    items: list[Event]
    next_cursor: str | None = Field(description="For the next page; null: this is the last.")
    totals: Totals
    state: State


class Line(BaseModel):
    """A store's days, or a sum of stores'; the lists are as long as `dates`."""

    dates: list[Date] = Field(description="Business dates, each day.")
    observed: list[float | None] = Field(description="Sales; null: not known.")
    expected: list[float | None] = Field(description="Expected sales; null: not predicted.")
    low: list[float | None] = Field(description="Lower end of the 90 % interval (of a sum: stores err together).")
    high: list[float | None] = Field(description="Upper end of the 90 % interval.")
    score: list[float | None] = Field(description="Anomaly score, 0 to 1 (of a sum: the largest).")
    is_anomalous: list[bool | None] = Field(description="Whether the score passed the threshold (of a sum: anywhere).")


class Signal(BaseModel):
    """A context signal."""

    feed: str = Field(description="The landing dataset.")
    signal: str = Field(description="What is measured.")
    source: str | None = Field(description="The campaign or competitor.")
    category: str | None = Field(description="The category it speaks of; null: all.")
    scope: Literal["store", "region", "everywhere"] = Field(description="For which place.")
    dates: list[Date]
    values: list[float]


class PromotionSpan(BaseModel):
    """A promotion that covers the store."""

    promotion_id: str
    start_date: Date
    end_date: Date
    category: str | None
    mechanic: str | None
    depth: float | None


class CalendarSpan(BaseModel):
    """A holiday, school holiday or local event that covers the store."""

    start_date: Date
    end_date: Date
    name: str
    kind: str


class Context(BaseModel):
    """What went on around the stores."""

    signals: list[Signal]
    promotions: list[PromotionSpan]
    calendar: list[CalendarSpan]


class ReportSeries(Context):
    """A report's store over time."""

    report_id: str
    store_id: str
    first_detected_at: Date
    last_detected_at: Date
    line: Line
    state: State


class StoreLine(BaseModel):
    """One store of an event."""

    store_id: str
    region: str | None
    report_ids: list[str]
    sales_delta: float
    line: Line


class EventSeries(Context):
    """An event's stores over time: their sum, and the stores that deviate most."""

    report_group_id: str
    first_detected_at: Date
    last_detected_at: Date
    total: Line
    stores: list[StoreLine]
    n_stores: int = Field(description="Stores in the sum.")
    state: State


class LogRow(BaseModel):
    """One row of one log."""

    dataset: str = Field(description="The log.")
    short: str | None = Field(description="Its short name.")
    written_at: datetime = Field(description="When it was written.")
    tick: Date = Field(description="Under which tick.")
    row: dict[str, Any] = Field(description="The row, every column.")


class History(BaseModel):
    """The lineage: every log row about an object, in the order of writing."""

    items: list[LogRow]
    next_cursor: str | None = Field(description="For the next page; null: this is the last.")
    n_rows: int = Field(description="Rows on all pages.")
    state: State


class EditsAccepted(BaseModel):
    """What became of an edit."""

    created: bool = Field(description="False: the very same edit was there already, and nothing was written.")
    edits: list[Edit]
    visible_from: datetime = Field(description="From when the hydrated state holds it; until then it is pending.")
    refresh: str | None = Field(
        description="Name of the execution that brings it there; null: it is there already, or a tick is under way and "
        "it will be there some time after its end."
    )


class ReportEditsAccepted(EditsAccepted):
    """What became of an edit of reports."""

    reports: list[Report] = Field(description="The reports as they stand now.")


class EventEditsAccepted(EditsAccepted):
    """What became of an edit of events."""

    events: list[Event] = Field(description="The events as they stand now.")
