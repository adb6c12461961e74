"""Answers about runs."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime

from mrs.contracts import Cause
from pydantic import BaseModel, Field

from functions.workshop.events.models import Event
from functions.workshop.state.models import State


class RunView(BaseModel):
    """A run."""

    run_id: str
    label: str | None
    changed_by: str = Field(description="Who made it active last.")
    changed_at: datetime = Field(description="When.")
    is_active: bool
    n_ticks: int = Field(description="Business dates that it has processed.")
    first_tick: Date | None
    last_tick: Date | None
    hydrated_tick: Date | None = Field(description="The newest business date with a hydrated state.")


class Runs(BaseModel):
    """All runs."""

    active_run_id: str | None = Field(description="The run that reads without a run_id get; null: there is none.")
    items: list[RunView] = Field(description="The one made active last first.")


class TickView(BaseModel):
    """A processed business date."""

    tick: Date
    written_at: datetime = Field(description="When it was first written; ask `as_of` this for the state after it.")
    is_degraded: bool = Field(description="Whether an input was missing.")


class Ticks(BaseModel):
    """A run's business dates: what the time machine can go back to."""

    run_id: str
    items: list[TickView] = Field(description="Oldest first.")


class EventMatch(BaseModel):
    """An event found in both runs."""

    left: Event
    right: Event
    shared_reports: float = Field(description="Share of their reports that both have, 0 to 1.")
    cause_changed: bool
    status_changed: bool
    sales_delta_change: float = Field(description="Right minus left.")


class CompareTotals(BaseModel):
    """A run in numbers."""

    events: int
    reports: int
    sales_delta: float
    by_cause: dict[Cause, float] = Field(description="Sales delta of the reports by cause in force.")


class Comparison(BaseModel):
    """Two runs side by side."""

    left: State
    right: State
    left_totals: CompareTotals
    right_totals: CompareTotals
    n_in_both: int = Field(description="Events that both found.")
    n_cause_changed: int = Field(description="Those of them whose cause differs.")
    n_only_left: int
    n_only_right: int
    in_both: list[EventMatch] = Field(description="Those that changed most in money first.")
    only_left: list[Event]
    only_right: list[Event]
