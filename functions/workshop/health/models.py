"""Answers about the pipeline's health."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime

from pydantic import BaseModel, Field

from functions.workshop.state.models import State


class StageHealth(BaseModel):
    """How a stage fared in its newest tick."""

    stage: str
    tick: Date
    written_at: datetime
    rows_read: int
    rows_written: int
    took_ms: int | None = Field(
        description="Milliseconds that the call which wrote this took, for all its ticks together; of several shards "
        "the longest; null: not known. Lambda stops a call at 900,000."
    )
    freshness_days: float | None = Field(description="Tick minus the newest date with sales.")
    coverage: float | None = Field(description="Share of known stores with sales on the date.")
    error_rate: float = Field(description="Share of the landing rows that were rejected.")
    degraded_inputs: list[str]


class FeedHealth(BaseModel):
    """A landing feed at the newest tick."""

    feed: str
    is_present: bool
    last_date: Date | None
    rows_new: int
    rows_rejected: int
    coverage: float | None


class TickHealth(BaseModel):
    """A tick in numbers."""

    tick: Date
    written_at: datetime = Field(description="When its last stage wrote.")
    stages: int = Field(description="Stages that ran.")
    freshness_days: float | None
    coverage: float | None
    error_rate: float
    degraded_inputs: list[str]


class AlertHealth(BaseModel):
    """What became of the alerts that were due in the last sixty ticks: the three add up."""

    sent: int
    suppressed: int
    failed: int = Field(description="Not sent, or not yet: tried again every hour, until given up.")


class SetAside(BaseModel):
    """Why landing rows were set aside."""

    reason: str
    rows: int
    sales: float = Field(description="Their sales, as far as they could be read.")


class SalesDayHealth(BaseModel):
    """A date of which sales were set aside, or are not explained."""

    date: Date
    landed: float
    exported: float
    set_aside: float
    unexplained: float


class RestatedDay(BaseModel):
    """A date of which store-days were restated: what is known of them has changed since its tick."""

    date: Date
    store_days: int
    restated_at: datetime = Field(description="The newest of the restatements.")
    why: str = Field(description="Its reason: `late`, `corrected`, `replayed` or `edited`.")


class LandingHealth(BaseModel):
    """What became of the sales that landed, in the window of attribution_ready_sales: exported or set aside."""

    landed: float = Field(description="Newest word on every row that landed: those used and those set aside.")
    exported: float
    set_aside: float
    unexplained: float = Field(description="Not zero: a fault of MRS.")
    set_aside_why: list[SetAside] = Field(description="The most money first.")
    days: list[SalesDayHealth] = Field(description="Dates of which sales were set aside, newest first; at most sixty.")
    quality: dict[str, int] = Field(description="Store-days by quality: ok, partial, no_expectation, missing, closed.")
    restated: list[RestatedDay] = Field(description="Newest date first; at most sixty.")
    replay_due: list[Date] = Field(description="Ticks that were judged by other sales than are known now.")


class Health(BaseModel):
    """How the pipeline fares."""

    state: State
    stages: list[StageHealth] = Field(description="In the order of the pipeline.")
    feeds: list[FeedHealth]
    landing: LandingHealth | None = Field(description="Null: nothing was hydrated yet.")
    ticks: list[TickHealth] = Field(description="The last sixty ticks, newest first.")
    alerts: AlertHealth
    dead_letters: int | None = Field(
        description="Messages that lay in the dead-letter queues when a tick last looked; null: none has."
    )
