"""Route of the pipeline's health."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop.health import service
from functions.workshop.health.models import Health
from functions.workshop.http.parameters import When
from functions.workshop.state.context import request_context
from functions.workshop.state.view import view_at

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get("/api/health", tags=["health"], operation_id="getHealth", summary="How the pipeline fares")
def get_health(when: Annotated[When, Query()]) -> Health:
    """Return freshness, coverage, errors and durations by stage, feed and tick; alerts by outcome; dead letters."""
    return service.of(view_at(request_context(router), when))
