"""Routes of the pipeline's health, of the stores, of what filters can be set to, and of who is signed in."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop import health, places
from functions.workshop.desk import desk
from functions.workshop.parameters import When
from functions.workshop.state import view_at
from functions.workshop.views_more import Choices, Health, Person, Stores

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get("/api/me", tags=["people"], operation_id="getMe", summary="Who is signed in")
def me() -> Person:
    """Return the user name and the roles of whoever asks."""
    who = desk(router).caller
    return Person(name=who.name, roles=[r.value for r in who.roles])


@router.get("/api/health", tags=["health"], operation_id="getHealth", summary="How the pipeline fares")
def get_health(when: Annotated[When, Query()]) -> Health:
    """Return freshness, coverage, errors and durations by stage, feed and tick; what became of alerts; dead letters."""
    return health.of(view_at(desk(router), when))


@router.get("/api/stores", tags=["places"], operation_id="listStores", summary="The stores")
def list_stores(when: Annotated[When, Query()]) -> Stores:
    """Return every store and where it stands."""
    return places.stores(view_at(desk(router), when))


@router.get("/api/filters", tags=["places"], operation_id="listFilters", summary="What filters can be set to")
def list_filters(when: Annotated[When, Query()]) -> Choices:
    """Return the values that the filters can take, with how many reports and events have them."""
    return places.choices(view_at(desk(router), when))
