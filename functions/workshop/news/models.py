"""Answers about what has changed since a moment."""

from __future__ import annotations

from enum import StrEnum

from mrs.contracts import Cause, Status
from pydantic import BaseModel, Field

from functions.workshop.state.models import State


class Kind(StrEnum):
    """What happened to an event; of several, the first that applies."""

    DECIDED = "decided"
    NEW = "new"
    CLOSED = "closed"
    GREW = "grew"


class NewsItem(BaseModel):
    """An event that has changed."""

    report_group_id: str = Field(description="The event.")
    kind: Kind = Field(
        description="`decided`: edited by another person since; `new`: not there then; `closed`: it has ended since; "
        "`grew`: its money has grown by a tenth or more, or it has reached more stores."
    )
    name: str | None = Field(description="Its title.")
    event_status: Status = Field(description="Its status now.")
    cause: Cause = Field(description="The cause in force.")
    sales_delta: float = Field(description="Observed minus expected sales, now.")
    sales_delta_before: float | None = Field(description="The same then; null if it is new.")
    by: str | None = Field(description="Who edited it last since then, if it was decided.")


class News(BaseModel):
    """What has changed in the events of a run between two states."""

    items: list[NewsItem] = Field(description="The changed events, those with the most money first.")
    before: State = Field(description="The state that was compared with.")
    state: State
