"""The API as a whole: every router, the errors, the Swagger page."""

from __future__ import annotations

import json
from http import HTTPStatus

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

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


def _to_json(body: object) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _not_found(error: NotFoundError) -> Response[str]:
    return errors.problem(HTTPStatus.NOT_FOUND, str(error.msg) if error.msg != "Not Found" else "no such route")


def _json_document(app: APIGatewayHttpResolver) -> Response[str]:
    return Response(200, content_types.APPLICATION_JSON, json.dumps(openapi.document(app)))


def _swagger(app: APIGatewayHttpResolver) -> Response[str]:
    return Response(200, content_types.TEXT_HTML, openapi.swagger_page(app))
