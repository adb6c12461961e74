"""Serves the HTTP API that was deployed into moto: its routes, its authorizer, its function.

Mends: moto stores an HTTP API and cannot serve it. Nothing here knows what the API does.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

from werkzeug.wrappers import Request, Response

from local.tokens import InvalidTokenError, JwtAuthorizer

_TEXT = re.compile(r"text/|application/(.+\+)?(json|javascript|xml|x-www-form-urlencoded)")
MOST_BYTES = 10 * 2**20  # what API Gateway takes


@dataclass(frozen=True)
class Route:
    """One deployed route.

    Parameters
    ----------
    key
        As deployed: `GET /api/{proxy+}`.
    method, path
        What it matches; `ANY` and `$default` match every method.
    function
        Name or ARN of the Lambda function behind it.
    authorizer
        Checks tokens; None if the route is open.
    """

    key: str
    method: str
    path: re.Pattern[str]
    function: str
    authorizer: JwtAuthorizer | None

    @property
    def rank(self) -> tuple[bool, int, int, bool]:
        """Sort order: API Gateway takes the most specific route that matches."""
        _, _, path = self.key.partition(" ")
        return (not path, path.count("+}"), path.count("{"), self.method in ("ANY", "$default"))


def deployed_routes(client: Any, api_id: str) -> list[Route]:
    """Return the routes of a deployed API, the most specific first.

    Parameters
    ----------
    client
        A boto3 apigatewayv2 client.
    api_id
        The API.
    """
    functions = {i["IntegrationId"]: i["IntegrationUri"] for i in client.get_integrations(ApiId=api_id)["Items"]}
    authorizers: dict[str, JwtAuthorizer] = {}
    routes = []
    for route in client.get_routes(ApiId=api_id)["Items"]:
        identity = route.get("AuthorizerId")
        if identity and identity not in authorizers:
            settings = client.get_authorizer(ApiId=api_id, AuthorizerId=identity)["JwtConfiguration"]
            authorizers[identity] = JwtAuthorizer(settings["Issuer"], frozenset(settings["Audience"]))
        method, _, path = route["RouteKey"].partition(" ")
        function = functions[route["Target"].split("/")[1]]
        routes.append(Route(route["RouteKey"], method, _pattern(path), function, authorizers.get(identity)))
    return sorted(routes, key=lambda r: r.rank)


def _pattern(path: str) -> re.Pattern[str]:
    if not path:
        return re.compile(r"(?s:.*)")
    pattern = re.sub(r"\\{(\w+)\\\+\\}", r"(?P<\1>(?s:.+))", re.escape(path))
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", pattern) + r"\Z")


@dataclass(frozen=True)
class HttpApi:
    """A deployed HTTP API.

    Parameters
    ----------
    routes
        Its routes, the most specific first.
    functions
        A boto3 Lambda client.
    """

    routes: list[Route]
    functions: Any

    def answer(self, request: Request) -> Response:
        """Answer a request as API Gateway does."""
        for route in self.routes:
            match = route.path.match(request.path)
            if match is None or route.method not in (request.method, "ANY", "$default"):
                continue
            return self._of_route(route, match.groupdict(), request)
        return _message(404, "Not Found")

    def _of_route(self, route: Route, parameters: Mapping[str, str], request: Request) -> Response:
        claims = None
        if route.authorizer is not None:
            try:
                claims = route.authorizer.claims(request.headers.get("Authorization", ""))
            except InvalidTokenError as error:
                refusal = _message(401, "Unauthorized")
                refusal.headers["www-authenticate"] = (
                    f'Bearer scope="" error="invalid_token" error_description="{error}"'
                )
                return refusal
        if (request.content_length or 0) > MOST_BYTES:
            return _message(413, "Request Entity Too Large")
        event = event_of(request, route.key, parameters, claims)
        answer = self.functions.invoke(FunctionName=route.function, Payload=json.dumps(event))
        if answer.get("FunctionError"):
            return _message(500, "Internal Server Error")
        return response_of(json.loads(answer["Payload"].read()))


def event_of(
    request: Request, route_key: str, parameters: Mapping[str, str], claims: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the event (payload format 2.0) that API Gateway hands to a function."""
    moment = time.time()
    context: dict[str, Any] = {
        "accountId": "123456789012",
        "apiId": "local",
        "domainName": request.host,
        "domainPrefix": "local",
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.remote_addr,
            "userAgent": request.user_agent.string,
        },
        "requestId": uuid4().hex,
        "routeKey": route_key,
        "stage": "$default",
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(moment)),
        "timeEpoch": int(moment * 1000),
    }
    if claims is not None:
        context["authorizer"] = {"jwt": {"claims": {k: _claim(v) for k, v in claims.items()}, "scopes": None}}
    query = request.query_string.decode("latin-1")
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": request.path,
        "rawQueryString": query,
        "headers": {k.lower(): v for k, v in request.headers.items() if k.lower() != "cookie"},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if request.cookies:
        event["cookies"] = [f"{k}={v}" for k, v in request.cookies.items()]
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    if joined:
        event["queryStringParameters"] = joined
    if parameters:
        event["pathParameters"] = dict(parameters)
    return event | _body(request)


def _body(request: Request) -> dict[str, Any]:
    content = request.get_data()
    if not content:
        return {}
    if _TEXT.match(request.content_type or "text/"):
        try:
            return {"body": content.decode()}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}


def _claim(value: Any) -> str:
    """Return a claim as API Gateway hands it over: text; a list in brackets, with spaces between."""
    if isinstance(value, list):
        return f"[{' '.join(map(str, value))}]"
    return value if isinstance(value, str) else json.dumps(value)


def response_of(payload: Any) -> Response:
    """Return the HTTP response that API Gateway makes of a function's answer."""
    if not isinstance(payload, dict) or "statusCode" not in payload:
        return Response(json.dumps(payload), 200, content_type="application/json")
    body = payload.get("body") or ""
    content = base64.b64decode(body) if payload.get("isBase64Encoded") else body
    response = Response(content, payload["statusCode"])
    for name, value in (payload.get("headers") or {}).items():
        response.headers[name] = str(value)
    for cookie in payload.get("cookies") or ():
        response.headers.add("Set-Cookie", cookie)
    return response


def _message(status: int, message: str) -> Response:
    return Response(json.dumps({"message": message}), status, content_type="application/json")
