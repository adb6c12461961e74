"""The bodies of acceptance by rule."""

from __future__ import annotations

from mrs.contracts import Cause
from pydantic import Field

from functions.workshop.edits.requests import Approve, EventSeen
from functions.workshop.http.parameters import MOST_AT_ONCE, Line, ObjectId, Request, RunId, Share


class Conditions(Request):
    """What a rule accepts: closed, undecided events of these causes, sure enough and small enough."""

    min_confidence: Share = Field(description="Accept what is at least so sure.")
    most_money: float = Field(gt=0, le=1e15, description="Accept events of at most so much money, up or down.")
    causes: list[Cause] = Field(min_length=1, description="Accept these causes.")


class AcceptancePreview(Conditions):
    """Ask what such a rule would accept now."""

    run_id: RunId | None = Field(None, description="The run; default: the active one.")


class RuleRequest(Conditions):
    """Set a rule."""

    name: Line = Field(max_length=80, description="What to call it.")
    each_tick: bool = Field(False, description="Accept what fits after each tick, without anybody's looking.")


class Apply(Request):
    """Let a rule accept events that it fits."""

    run_id: RunId | None = Field(None, description="The run; default: the active one.")
    events: list[EventSeen] = Field(min_length=1, max_length=MOST_AT_ONCE, description="The events, as previewed.")


class Undo(Request):
    """Take an application of a rule back."""

    run_id: RunId | None = Field(None, description="The run; default: the active one.")


class AcceptedByRule(Approve):
    """An approval that a rule makes; it is no body of a request."""

    rule_id: ObjectId
    application_id: ObjectId
    applied_by: str
    confidence: Share
