"""Time series in answers: lines of sales, and the context of the stores."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from typing import Literal

from pydantic import BaseModel, Field

from functions.workshop.state.models import State


class Line(BaseModel):
    """A store's days, or the sum over several stores; the lists are as long as `dates`."""

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
    source: str | None = Field(description="The competitor, or the channel of campaigns.")
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
    """Signals, promotions and calendar entries that concern the stores."""

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


class LearningDay(BaseModel):
    """The event's stores on a day: the sums over those whose sales are known."""

    date: Date
    observed_sales: float = Field(description="What was sold.")
    expected_sales: float = Field(description="What was expected.")
    adjusted_sales: float = Field(description="What the MAB and the MMM learn from: observed minus taken out.")
    taken_out: float = Field(description="The part that no campaign explains; signed.")


class EventLearning(BaseModel):
    """What MRS did to the sales that the MAB and the MMM learn from, on the days that an event's reports cover."""

    report_group_id: str
    days: list[LearningDay] = Field(description="In order; empty if the window of attribution_ready_sales is over.")
    store_days: int = Field(description="Store-days that the sums are over.")
    deviation: float = Field(description="Observed minus expected sales of those days.")
    taken_out: float = Field(description="How much of it was taken out of learning.")
    excluded_store_days: float = Field(description="Expected number of store-days not to be learned from at all.")
    state: State
