"""The API as a whole: every feature's routes, the errors, the OpenAPI document."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.workshop.acceptance import routes as acceptance
from functions.workshop.acceptance import service as acceptance_service
from functions.workshop.account import routes as account
from functions.workshop.alerts import routes as alerts
from functions.workshop.edits import routes as edits
from functions.workshop.edits.models import Conflict
from functions.workshop.events import routes as events
from functions.workshop.exports import routes as exports
from functions.workshop.facets import routes as facets
from functions.workshop.health import routes as health
from functions.workshop.http import errors, openapi
from functions.workshop.http.auth import Role, least_role
from functions.workshop.moved import routes as moved
from functions.workshop.news import routes as news
from functions.workshop.quality import routes as quality
from functions.workshop.reports import routes as reports
from functions.workshop.rereviews import routes as rereviews
from functions.workshop.runs import routes as runs
from functions.workshop.state.context import request_context
from functions.workshop.views import routes as views

FEATURES = (
    reports,
    events,
    news,
    moved,
    quality,
    edits,
    acceptance,
    rereviews,
    runs,
    alerts,
    views,
    health,
    facets,
    account,
    exports,
)
ROUTERS: tuple[APIGatewayHttpRouter, ...] = tuple(feature.router for feature in FEATURES)


class _Request(APIGatewayProxyEventV2):
    """A request whose parameters come from its raw query.

    API Gateway joins repeated parameters by commas; the framework splits them there, and so any value with a comma.
    """

    @property
    def resolved_query_string_parameters(self) -> dict[str, list[str]]:
        return parse_qs(self.raw_query_string, keep_blank_values=True)


class _Resolver(APIGatewayHttpResolver):
    def _to_proxy_event(self, event: dict[str, Any]) -> _Request:
        return _Request(event)


def make_app() -> APIGatewayHttpResolver:
    """Return the resolver with every route."""
    app = _Resolver(enable_validation=True, serializer=_to_json)
    for router in ROUTERS:
        app.include_router(router)
    app.use(middlewares=[_rules_first])
    errors.register(app)
    app.not_found(_not_found)
    app.get("/api/openapi.json", include_in_schema=False)(lambda: _json_document(app))
    app.get("/api/swagger", include_in_schema=False)(lambda: _swagger(app))
    return app


def _rules_first(app: APIGatewayHttpResolver, following: NextMiddleware) -> Response[Any]:
    """Before the newest events are listed, let rules accept what they accept by themselves."""
    asked = app.current_event
    query = asked.query_string_parameters
    if (asked.http_method, asked.path) == ("GET", "/api/events") and not {"as_of", "cursor"} & query.keys():
        acceptance_service.accept_after_tick(request_context(app))
    return following(app)


def role_needed(app: APIGatewayHttpResolver, event: dict[str, Any]) -> Role:
    """Return the least role for an event's route; viewer if there is no such route."""
    request = APIGatewayProxyEventV2(event)
    found = (r for r in all_routes(app) if r.method == request.http_method and r.rule.match(request.path))
    route = next(found, None)
    return Role.VIEWER if route is None else least_role(route.func)


def document(app: APIGatewayHttpResolver) -> dict[str, Any]:
    """Return the OpenAPI document of the app."""
    return openapi.document(app, Conflict)


def document_text() -> str:
    """Return the OpenAPI document as docs/openapi.json holds it."""
    return json.dumps(document(make_app()), indent=2, ensure_ascii=False) + "\n"


def swagger_page() -> str:
    """Return the Swagger page of the API."""
    return openapi.swagger_page(document(make_app()))


def all_routes(app: APIGatewayHttpResolver) -> list[Route]:
    """Return every route, in the order in which they are tried."""
    return [*app._static_routes, *app._dynamic_routes]


def _to_json(body: object) -> str:
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _not_found(error: NotFoundError) -> Response[str]:
    return errors.problem(HTTPStatus.NOT_FOUND, str(error.msg) if error.msg != "Not Found" else "no such route")


def _json_document(app: APIGatewayHttpResolver) -> Response[str]:
    return Response(200, content_types.APPLICATION_JSON, json.dumps(document(app)))


def _swagger(app: APIGatewayHttpResolver) -> Response[str]:
    return Response(200, content_types.TEXT_HTML, openapi.swagger_page(document(app)))
