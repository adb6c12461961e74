"""What a service's answer says about a send: accepted, refused, or unknown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    SSLError,
)

# Failures on the way to a service: no request has reached it.
_NEVER_REACHED = (EndpointConnectionError, ConnectTimeoutError, SSLError)
# HTTP statuses with which a service says that it has not done what was asked.
_SERVICE_UNAVAILABLE = 503
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Outcome:
    """How a send ended.

    Parameters
    ----------
    phase
        `accepted`; `refused`, when it was surely not sent; `unknown`.
    provider_message_id
        The service's id of what it took.
    error
        What was said, where it was not accepted.
    """

    phase: str
    provider_message_id: str | None = None
    error: str | None = None


def outcome_of(send: Callable[[], str]) -> Outcome:
    """Return how a send ended that returns the service's message id or raises what boto3 raises."""
    try:
        return Outcome("accepted", send())
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        unclear = status >= _SERVER_ERROR and status != _SERVICE_UNAVAILABLE
        said = error.response.get("Error", {})
        return Outcome("unknown" if unclear else "refused", None, f"{said.get('Code')}: {said.get('Message')}")
    except _NEVER_REACHED as error:
        return Outcome("refused", None, f"{type(error).__name__}: {error}")
    except HTTPClientError as error:  # the request may have arrived: time-outs while reading, broken connections
        return Outcome("unknown", None, f"{type(error).__name__}: {error}")
    except BotoCoreError as error:  # never left this process: parameters, credentials
        return Outcome("refused", None, f"{type(error).__name__}: {error}")
