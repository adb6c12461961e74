"""Further answers: runs, health, places, exports, the signed-in person, and what went wrong."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime
from typing import Any, Literal

from mrs.contracts.landing import Store
from pydantic import BaseModel, Field

from functions.workshop.views import Edit, Event, Report, State


class FieldFault(BaseModel):
    """One thing in a request that does not fit."""

    where: str = Field(description="The parameter or the path into the body.")
    message: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = Field(description="`about:blank`, or the kind of problem.")
    title: str = Field(description="The kind, in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What to do about it.")
    errors: list[FieldFault] = Field(default=[], description="Which parts of the request do not fit.")


class Clash(BaseModel):
    """An object that has changed since the author saw it."""

    object_id: str = Field(description="The report or event.")
    based_on: datetime = Field(description="The version that the edit was based on.")
    current_version: datetime | None = Field(description="The version now; null: there is no such object.")
    seen: Report | Event | None = Field(description="The object as the author saw it; null: not known.")
    current: Report | Event | None = Field(description="The object now.")
    edits_since: list[Edit] = Field(description="What others did in between, oldest first.")


class Conflict(Problem):
    """An edit of something that has changed since; nothing was written."""

    conflicts: list[Clash] = Field(description="Every object that has changed.")


class Person(BaseModel):
    """Who is signed in."""

    name: str = Field(description="The user name; the author of this person's edits.")
    roles: list[Literal["viewer", "analyst", "manager"]] = Field(description="What the person may do.")


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
    by_cause: dict[str, float] = Field(description="Sales delta of the reports by cause in force.")


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


class Stores(BaseModel):
    """The stores."""

    items: list[Store]


class Choice(BaseModel):
    """A value that a filter can take."""

    value: str
    reports: int
    events: int


class Choices(BaseModel):
    """The values that the filters can take in a state."""

    status: list[Choice]
    cause: list[Choice]
    direction: list[Choice]
    region: list[Choice]
    retailer: list[Choice]
    state: State


class Export(BaseModel):
    """A file to fetch."""

    url: str = Field(description="A signed link; it needs no token.")
    expires_in: int = Field(description="Seconds until the link is dead.")
    file_name: str
    rows: int
    bytes: int
    state: State


class RereviewView(BaseModel):
    """A rereview."""

    rereview_id: str
    run_id: str
    status: Literal["running", "succeeded", "failed"]
    progress: float = Field(description="0 to 1.")
    stage: str | None = Field(description="The stage at work.")
    requested_by: str
    requested_at: datetime
    reason: str | None
    n_reports: int = Field(description="Reports on its worklist.")
    selection: dict[str, Any] = Field(description="What was asked for.")
    models: dict[str, Any] = Field(description="The models that it uses.")
    decision: Literal["accepted", "dismissed", "partly"] | None = Field(description="What people made of it.")
    error: str | None = Field(description="Why it failed.")


class Rereviews(BaseModel):
    """Rereviews, the newest first."""

    items: list[RereviewView]


class ReportDifference(BaseModel):
    """A report before and after a rereview."""

    report_id: str
    store_id: str
    report_group_id: str | None
    sales_delta: float
    cause_before: str | None
    confidence_before: float | None
    cause_after: str | None
    confidence_after: float | None
    cluster_before: str | None
    cluster_after: str | None
    changed: bool = Field(description="Whether the cause differs.")
    decided: bool = Field(description="Whether an analyst has decided it; then it is only flagged.")
    based_on: datetime = Field(description="Version of the report that the difference speaks of.")


class EventDifference(BaseModel):
    """An event before and after a rereview."""

    report_group_id: str
    name: str
    n_reports: int = Field(description="Its reports in the rereview.")
    n_changed: int
    sales_delta: float
    cause_before: str | None
    cause_after: str | None


class Difference(BaseModel):
    """What a rereview would change."""

    rereview_id: str
    reports: list[ReportDifference] = Field(description="Those that changed first, then by money.")
    events: list[EventDifference]
    n_changed: int
    n_decided: int = Field(description="Reports where the new model disagrees with an analyst's decision.")
    sales_delta_changed: float = Field(description="Size of the sales delta whose cause changed.")


class DecisionTaken(BaseModel):
    """What accepting or dismissing a rereview wrote."""

    rereview_id: str
    decision: Literal["accepted", "dismissed"]
    edits: list[Edit] = Field(description="Accepting sets causes, as edits; dismissing comments.")
    flagged: list[str] = Field(description="Reports left as an analyst decided them.")
    visible_from: datetime
