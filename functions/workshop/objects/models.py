"""What the answers about reports and events share: edits, pages, decisions, lineage."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime
from typing import Any, Literal

from mrs.contracts import Cause
from mrs.decisions.in_force import CauseSource
from pydantic import BaseModel, Field

from functions.workshop.state.models import State


class Edit(BaseModel):
    """An edit, as it was logged."""

    edit_id: str = Field(description="Its identity: the same edit sent twice is one.")
    about: Literal["report", "event"] = Field(description="What it edits.")
    object_id: str = Field(description="The report or event.")
    action: str = Field(description="What was done.")
    cause: Cause | None = Field(description="The cause set or approved.")
    comment: str | None = Field(description="Free text.")
    value: dict[str, Any] = Field(description="All that the action holds; where it decides about a rereview, which.")
    author: str = Field(description="Who.")
    edited_at: datetime = Field(description="When.")
    based_on: datetime = Field(description="The version that the author saw.")
    tick: Date = Field(description="The tick under which it is logged.")
    pending: bool = Field(description="Not yet in the hydrated state; it is shown in the object already.")


class DecidedCause(BaseModel):
    """What a decision about the cause changes beside the cause itself."""

    cause_source: CauseSource = Field(description="Who says which cause is in force after it.")
    cause_confidence: float = Field(description="How sure the cause is after it.")


class Current(BaseModel):
    """What every shown object has beside its row."""

    version: datetime = Field(description="State version: what an edit of it must be based on.")
    pending: list[Edit] = Field(description="Edits that the hydrated state does not hold yet, oldest first.")
    sentence: str | None = Field(description="Why, in words.")
    worth: float = Field(
        description="What a decision is worth: |sales_delta| × the chance that its cause is wrong; 0: decided."
    )


class Totals(BaseModel):
    """Sums over all rows of a list, not only the page."""

    rows: int = Field(description="How many.")
    sales_delta: float = Field(description="Observed minus expected sales; merged events count where they are now.")
    sales_above: float = Field(description="The part of sales_delta above expectation; the rest is below it.")
    expected_sales: float = Field(description="Expected sales; likewise.")


class Group(Totals):
    """The part of a list that has one value."""

    value: str | None = Field(description="The value; null: those without one.")
    label: str | None = Field(description="What the value is called: the name of an event; null: as it is written.")
    worth: float = Field(description="What deciding all of them is worth.")


class Groups(BaseModel):
    """A list, grouped."""

    items: list[Group] = Field(description="Those with the most money, up and down, first.")
    totals: Totals
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
