"""Keeps the requests that a function answers side by side apart.

Mends: Powertools holds the request at hand in its class, for an instance of a Lambda function has one at a time. Here
the threads of one process are all the instances there are, and one would answer with what another had been asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from aws_lambda_powertools.event_handler.api_gateway import ApiGatewayResolver, BaseRouter

_KEPT = ("current_event", "lambda_context", "context")
_request: ContextVar[dict[str, Any] | None] = ContextVar("request", default=None)
_resolve = ApiGatewayResolver.resolve


def install() -> None:
    """Let every resolver hold what belongs to a request in the invocation that answers it."""
    if ApiGatewayResolver.resolve is not _resolve:
        return
    for name in _KEPT:
        setattr(ApiGatewayResolver, name, _held(name))
    ApiGatewayResolver.resolve = _resolve_apart  # type: ignore[method-assign]


def _resolve_apart(self: ApiGatewayResolver, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    own = {"current_event": self._to_proxy_event(dict(event)), "lambda_context": context, "context": {}}
    token = _request.set(own)
    try:
        return _resolve(self, event, context)
    finally:
        _request.reset(token)


def _held(name: str) -> property:
    """Return an attribute that the request at hand has, or, between requests, the resolver itself."""

    def get(self: ApiGatewayResolver) -> Any:
        own = _request.get()
        return self.__dict__.get(name, getattr(BaseRouter, name, None)) if own is None else own[name]

    def put(self: ApiGatewayResolver, value: Any) -> None:
        own = _request.get()
        (self.__dict__ if own is None else own)[name] = value

    return property(get, put)
