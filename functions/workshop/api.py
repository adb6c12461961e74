"""The API as a whole: every router, the errors, the Swagger page."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.workshop import (
    errors,
    openapi,
    routes_alerts,
    routes_events,
    routes_exports,
    routes_health,
    routes_reports,
    routes_rereviews,
    routes_runs,
)
from functions.workshop.people import Role, least_role

ROUTERS: tuple[APIGatewayHttpRouter, ...] = (
    routes_reports.router,
    routes_events.router,
    routes_rereviews.router,
    routes_runs.router,
    routes_alerts.router,
    routes_health.router,
    routes_exports.router,
)
SECURITY_HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def make_app() -> APIGatewayHttpResolver:
    """Return the resolver with every route."""
    app = APIGatewayHttpResolver(enable_validation=True, serializer=_to_json)
    for router in ROUTERS:
        app.include_router(router)
    errors.register(app)
    app.not_found(_not_found)
    app.get("/api/openapi.json", include_in_schema=False)(lambda: _json_document(app))
    app.get("/api/swagger", include_in_schema=False)(lambda: _swagger(app))
    return app


def role_needed(app: APIGatewayHttpResolver, event: dict[str, Any]) -> Role:
    """Return the role that the route of an event needs; where there is no such route, any will do."""
    request = APIGatewayProxyEventV2(event)
    found = (r for r in all_routes(app) if r.method == request.http_method and r.rule.match(request.path))
    route = next(found, None)
    return Role.VIEWER if route is None else least_role(route.func)


def all_routes(app: APIGatewayHttpResolver) -> list[Route]:
    """Return every route, in the order in which they are tried."""
    return [*app._static_routes, *app._dynamic_routes]


def _to_json(body: object) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _not_found(error: NotFoundError) -> Response[str]:
    return errors.problem(HTTPStatus.NOT_FOUND, str(error.msg) if error.msg != "Not Found" else "no such route")


def _json_document(app: APIGatewayHttpResolver) -> Response[str]:
    return Response(200, content_types.APPLICATION_JSON, json.dumps(openapi.document(app)))


def _swagger(app: APIGatewayHttpResolver) -> Response[str]:
    return Response(200, content_types.TEXT_HTML, openapi.swagger_page(app))
