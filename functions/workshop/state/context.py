"""The context of a request: the caller, its moment, and the stack (log store, caches, names of what it may start)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from mrs.environment import Environment, client
from mrs.store.log_store import LogStore
from mrs.store.runs import active_run

from functions.workshop.http.auth import Caller, caller, least_role
from functions.workshop.state.cache import Cache


@dataclass(frozen=True)
class Stack:
    """What outlives a request in a warm function: log store, caches, and the names of what it may start or write to."""

    environment: Environment
    logs: LogStore
    cache: Cache
    hydrate_function: str
    refresh_machine: str
    rereview_machine: str
    export_bucket: str
    user_pool: str


@lru_cache(maxsize=4)
def _stack(_log_bucket: str, _s3: int) -> Stack:
    environment = Environment.read()
    return Stack(
        environment,
        environment.logs(),
        Cache(),
        os.environ.get("HYDRATE_FUNCTION", ""),
        os.environ.get("REFRESH_STATE_MACHINE_ARN", ""),
        os.environ.get("REREVIEW_STATE_MACHINE_ARN", ""),
        os.environ.get("EXPORT_BUCKET", ""),
        os.environ.get("USER_POOL_ID", ""),
    )


def stack() -> Stack:
    """Return the stack, made once per process, so that a warm function keeps its connections and caches."""
    return _stack(os.environ["LOG_BUCKET"], id(client("s3")))


@dataclass(frozen=True)
class RequestContext:
    """What a route knows about its request.

    Parameters
    ----------
    caller
        The signed-in person.
    at
        When the gateway received the request: UTC without a zone, to the millisecond. There is no other clock.
    stack
        The stack.
    """

    caller: Caller
    at: datetime
    stack: Stack

    @property
    def logs(self) -> LogStore:
        """The log store."""
        return self.stack.logs

    def run(self, run_id: str | None) -> str:
        """Return the named run, or the active one if None.

        Raises
        ------
        BadInputError
            If no run is named and none is active.
        """
        return run_id or active_run(self.logs)


def request_context(router: APIGatewayHttpRouter | APIGatewayHttpResolver) -> RequestContext:
    """Return the context of the present request, given the router of its route or the resolver of all routes.

    Raises
    ------
    ForbiddenError
        If the caller lacks the role that the route requires.
    """
    event: dict[str, Any] = router.current_event.raw_event
    moment = datetime.fromtimestamp(event["requestContext"]["timeEpoch"] / 1000, UTC).replace(tzinfo=None)
    return RequestContext(caller(event, least_role(router.context["_route"].func)), moment, stack())
