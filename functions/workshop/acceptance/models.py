"""Answers about rules of acceptance and what they did."""

from __future__ import annotations

from datetime import datetime

from mrs.contracts import Cause
from pydantic import BaseModel, Field

from functions.workshop.state.models import State


class Fit(BaseModel):
    """An event that a rule accepts."""

    report_group_id: str
    name: str
    cause: Cause
    cause_confidence: float
    sales_delta: float
    version: datetime = Field(description="What its acceptance must be based on.")


class Fitting(BaseModel):
    """The events that a rule would accept now."""

    n_events: int = Field(description="How many, also beyond the items.")
    sales_above: float = Field(description="Their money above expectation.")
    sales_below: float = Field(description="Their money below expectation; not positive.")
    items: list[Fit] = Field(description="The events, those with the most money first; at most 500.")
    state: State


class Rule(BaseModel):
    """A rule of acceptance that is in force."""

    rule_id: str
    name: str
    min_confidence: float = Field(description="It accepts what is at least so sure.")
    most_money: float = Field(description="It accepts events of at most so much money, up or down.")
    causes: list[Cause] = Field(description="It accepts these causes.")
    each_tick: bool = Field(description="Whether it accepts by itself what fits after each tick.")
    author: str = Field(description="Who set it.")
    edited_at: datetime = Field(description="When.")
    n_fitting: int = Field(description="Events that it would accept now.")
    fitting_money: float = Field(description="Their money, up and down added up without sign.")


class Rules(BaseModel):
    """The rules in force."""

    items: list[Rule]


class Application(BaseModel):
    """One application of a rule."""

    application_id: str
    rule_id: str
    rule: str = Field(description="The rule, and who set it.")
    applied_by: str = Field(description="Who applied it.")
    applied_at: datetime
    n_events: int = Field(description="Events that it accepted.")
    n_in_force: int = Field(description="Those of them whose acceptance still holds.")
    money: float = Field(description="The money of those events now, up and down added up without sign.")


class Applications(BaseModel):
    """The applications of rules in a run, the newest first."""

    items: list[Application]


class Applied(BaseModel):
    """What an application, or its undoing, did."""

    application_id: str
    created: bool = Field(description="False: it was done already, and nothing was written.")
    n_events: int = Field(description="Events that it decided.")
    visible_from: datetime = Field(description="From when the hydrated state holds it; until then it is pending.")
