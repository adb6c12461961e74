"""What every route works with: the log store, the moment of the request, who asks. Made from the event, kept warm."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from mrs.environment import Environment, client
from mrs.store.log_store import LogStore
from mrs.store.runs import active_run

from functions.workshop.memory import Memory
from functions.workshop.people import Caller, caller, least_role


@dataclass(frozen=True)
class Surroundings:
    """What the function is told about the stack: the names of what it may start, ask and write to."""

    environment: Environment
    logs: LogStore
    memory: Memory
    hydrate_function: str
    refresh_machine: str
    rereview_machine: str
    export_bucket: str


@lru_cache(maxsize=4)
def _surroundings(_log_bucket: str, _s3: int) -> Surroundings:
    environment = Environment.read()
    return Surroundings(
        environment,
        environment.logs(),
        Memory(),
        os.environ.get("HYDRATE_FUNCTION", ""),
        os.environ.get("REFRESH_STATE_MACHINE_ARN", ""),
        os.environ.get("REREVIEW_STATE_MACHINE_ARN", ""),
        os.environ.get("EXPORT_BUCKET", ""),
    )


def surroundings() -> Surroundings:
    """Return the surroundings, made once a process, so that a warm function keeps its connections and caches."""
    return _surroundings(os.environ["LOG_BUCKET"], id(client("s3")))


@dataclass(frozen=True)
class Desk:
    """One request's view of the world.

    Parameters
    ----------
    caller
        Who asks.
    at
        When the gateway took the request, UTC, to the millisecond: the only clock there is.
    around
        The stack.
    """

    caller: Caller
    at: datetime
    around: Surroundings

    @property
    def logs(self) -> LogStore:
        """The log store."""
        return self.around.logs

    def run(self, run_id: str | None) -> str:
        """Return the run that is meant: the one named, or the active one.

        Raises
        ------
        BadInputError
            If neither is there.
        """
        return run_id or active_run(self.logs)


def desk(router: APIGatewayHttpRouter) -> Desk:
    """Return the desk of the present request, for a person who holds the role that its route needs."""
    event: dict[str, Any] = router.current_event.raw_event
    moment = datetime.fromtimestamp(event["requestContext"]["timeEpoch"] / 1000, UTC).replace(tzinfo=None)
    return Desk(caller(event, least_role(router.context["_route"].func)), moment, surroundings())
