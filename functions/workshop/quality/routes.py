"""The route of how good the system is: by people's decisions, and by what detection learned on the chain's own past."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from mrs.contracts import Cause
from pydantic import BaseModel, Field

from functions.workshop.http.parameters import When
from functions.workshop.quality import service
from functions.workshop.state.context import request_context
from functions.workshop.state.models import State
from functions.workshop.state.view import view_at

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class Agreed(BaseModel):
    """What people made of the proposals of a cause in a week."""

    cause: Cause = Field(description="What the model proposed.")
    week: Date = Field(description="The Monday of the week in which the events ended.")
    agreed: int = Field(description="Proposals that people confirmed.")
    corrected: int = Field(description="Proposals in whose place people set another cause.")
    rejected: int = Field(description="Proposals about what people found to be no event.")


class Reliable(BaseModel):
    """How often people agreed with proposals of about the same confidence."""

    low: float
    high: float
    n: int = Field(description="How many proposals were decided.")
    said: float = Field(description="Their mean confidence.")
    agreed: float = Field(description="The share that people agreed with.")
    agreed_low: float = Field(description="Lower end of its 90 % interval.")
    agreed_high: float = Field(description="Upper end of its 90 % interval.")


class Labels(BaseModel):
    """What a training on people's decisions would learn from."""

    reports: int = Field(description="Reports whose cause people have decided.")
    contrary: int = Field(description="Those of them to which the model proposes another cause now.")
    by_rules: int = Field(description="Reports that rules have accepted: nothing is learned from them.")


class Found(BaseModel):
    """How many events of a size of effect detection finds."""

    size: str = Field(description="The size of the effect on a store's sales.")
    share: float | None = Field(description="The share that it found of those planted into the past; null: none was.")


class Right(BaseModel):
    """How often detection was right where it said a probability."""

    said: float
    right: float


class Quality(BaseModel):
    """How good the proposals were, and what to expect of detection."""

    causes: list[Agreed] = Field(description="By cause, then week.")
    reliability: list[Reliable] = Field(description="By confidence.")
    labels: Labels
    found: list[Found] = Field(description="By size; empty: the past was too short to learn from.")
    calibrated: list[Right] = Field(description="What detection said, and how often it was right.")
    false_store_days: float | None = Field(description="Store-days a week that are reported though nothing happened.")
    expected: list[str] = Field(description="What to expect of detection, in plain words.")
    state: State


@router.get("/api/quality", tags=["health"], operation_id="getQuality", summary="How good the proposals are")
def get_quality(when: Annotated[When, Query()]) -> Quality:
    """Return how often people agreed with the proposals, and what to expect of detection here."""
    return Quality.model_validate(service.quality(view_at(request_context(router), when)))
