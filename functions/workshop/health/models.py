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


class Health(BaseModel):
    """How the pipeline fares."""

    state: State
    stages: list[StageHealth] = Field(description="In the order of the pipeline.")
    feeds: list[FeedHealth]
    ticks: list[TickHealth] = Field(description="The last sixty ticks, newest first.")
    alerts: AlertHealth
    dead_letters: int | None = Field(
        description="Messages that lay in the dead-letter queues when a tick last looked; null: none has."
    )
