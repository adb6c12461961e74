"""Faults under boto3: the nth call of some kind fails before it takes effect, or after it, as AWS's calls do."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

EFFECTS = ("PutObject", "BatchCreatePartition", "StartQueryExecution", "Publish", "SendEmail")
READS = ("GetObject", "ListObjectsV2", "GetQueryExecution", "GetQueryResults", "GetPartitions")
KINDS = ("refused", "throttled", "no route", "answer lost", "server error")
"""`answer lost` strikes after the effect; all others before it."""


def _error(kind: str, operation: str) -> Exception:
    if kind == "no route":
        return EndpointConnectionError(endpoint_url="https://aws")
    if kind == "answer lost":
        return ReadTimeoutError(endpoint_url="https://aws")
    code = {"refused": "AccessDenied", "throttled": "SlowDown", "server error": "InternalError"}[kind]
    return ClientError({"Error": {"Code": code, "Message": f"injected: {kind}"}}, operation)


@dataclass
class Faults:
    """Which calls fail, and what has been called since.

    Parameters
    ----------
    operations
        The operations that count.
    at
        The kind of fault of each call that fails, by its number among those that count, from 0.
    calls
        The operations called so far, in order.
    struck
        How many calls have failed.
    """

    operations: tuple[str, ...] = EFFECTS
    at: dict[int, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    struck: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, operation: str) -> str | None:
        """Count a call; return the fault that strikes it, if any."""
        with self._lock:
            if operation not in self.operations:
                return None
            number = len(self.calls)
            self.calls.append(operation)
            kind = self.at.pop(number, None)
            self.struck += kind is not None
            return kind

    @contextmanager
    def injected(self) -> Iterator[Faults]:
        """Let the faults strike the calls of every boto3 client of this process."""
        real = BaseClient._make_api_call  # type: ignore[attr-defined]

        def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
            lands = (
                operation == "PutObject" and "landing" in arguments["Bucket"]
            )  # the command's own, before all stages
            kind = None if lands else self.next(operation)
            if kind is not None and kind != "answer lost":
                raise _error(kind, operation)
            answer = real(client, operation, arguments)
            if kind is not None:
                raise _error(kind, operation)
            return answer

        with patch.object(BaseClient, "_make_api_call", call):
            yield self
