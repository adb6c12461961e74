"""Answers about the stores and the values that filters can take."""

from __future__ import annotations

from mrs.contracts.landing import Store
from pydantic import BaseModel, Field

from functions.workshop.state.models import State


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
    cluster: list[Choice] = Field(description="The largest clusters of at least two reports, by id.")
    state: State
