"""Routes of the stores and of the values that filters can take."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop.facets import service
from functions.workshop.facets.models import Choices, Stores
from functions.workshop.http.parameters import When
from functions.workshop.state.context import request_context
from functions.workshop.state.view import view_at

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get("/api/stores", tags=["places"], operation_id="listStores", summary="The stores")
def list_stores(when: Annotated[When, Query()]) -> Stores:
    """Return every store and where it stands."""
    return service.stores(view_at(request_context(router), when))


@router.get("/api/filters", tags=["places"], operation_id="listFilters", summary="What filters can be set to")
def list_filters(when: Annotated[When, Query()]) -> Choices:
    """Return the values that the filters can take, with how many reports and events have them."""
    return service.choices(view_at(request_context(router), when))
