"""Starts executions, follows them and reads why they failed: plain Step Functions calls, here as on AWS."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_FINISHED = {"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"}
_PROGRESS_SECONDS = 1.0
"""Between two looks at how far an execution is, for a person."""


@dataclass(frozen=True)
class Step:
    """One state that was entered or left.

    Parameters
    ----------
    state
        Its name, e.g. `Detect`.
    entered
        True when it was entered, False when it was left.
    event
        What the state was given, or {}: run, ticks, shard.
    """

    state: str
    entered: bool
    event: Mapping[str, Any]


@dataclass(frozen=True)
class Failure:
    """Why an execution failed.

    Parameters
    ----------
    error
        The exception's class name, or Step Functions' own error name.
    message
        The exception's message, without JSON around it.
    trace
        The handler's stack trace, where it had one.
    """

    error: str
    message: str
    trace: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """How an execution ended: its status, its output where it succeeded, its failure where not."""

    status: str
    output: Mapping[str, Any]
    failure: Failure | None

    @property
    def succeeded(self) -> bool:
        """Whether it did all that it should."""
        return self.status == "SUCCEEDED"


@dataclass(frozen=True)
class Executions:
    """The executions of one account's state machines.

    Parameters
    ----------
    client
        A boto3 Step Functions client.
    poll_seconds
        How often to ask whether an execution has ended.
    pause
        Waits for so many seconds; no longer than until the execution has ended, where it can tell.
    """

    client: Any
    poll_seconds: float = 0.25
    pause: Callable[[float], None] = time.sleep

    def start(self, state_machine_arn: str, name: str, event: Mapping[str, Any]) -> str:
        """Start an execution and return its ARN; the same name with the same event is the same execution."""
        started = self.client.start_execution(stateMachineArn=state_machine_arn, name=name, input=json.dumps(event))
        arn: str = started["executionArn"]
        return arn

    def follow(self, execution_arn: str) -> Iterator[Step]:
        """Yield each state as it is entered and left, until the execution has ended."""
        seen = 0
        finished = False
        while not finished:
            finished = self._status(execution_arn) in _FINISHED
            events = self._history(execution_arn, seen)
            yield from (step for step in map(_step, events) if step)
            seen = events[-1]["id"] if events else seen
            if not finished:
                self.pause(_PROGRESS_SECONDS)

    def wait(self, execution_arn: str) -> Outcome:
        """Wait for the end of an execution and return how it ended."""
        while self._status(execution_arn) not in _FINISHED:
            self.pause(self.poll_seconds)
        return self.outcome(execution_arn)

    def outcome(self, execution_arn: str) -> Outcome:
        """Return how a finished execution ended."""
        found = self.client.describe_execution(executionArn=execution_arn)
        status: str = found["status"]
        failure = None if status == "SUCCEEDED" else _failure(status, found.get("error"), found.get("cause"))
        return Outcome(status, json.loads(found.get("output") or "{}"), failure)

    def notes(self, execution_arn: str) -> list[str]:
        """Return what the functions noted for people, in order, each note once."""
        said = (event.get("lambdaFunctionSucceededEventDetails", {}) for event in self._history(execution_arn, 0))
        answers = (json.loads(details.get("output") or "{}") for details in said)
        return list(dict.fromkeys(note for answer in answers for note in answer.get("notes", ())))

    def _status(self, execution_arn: str) -> str:
        status: str = self.client.describe_execution(executionArn=execution_arn)["status"]
        return status

    def _history(self, execution_arn: str, seen: int) -> list[dict[str, Any]]:
        """Return the events after number `seen`, in order: a history grows long, so it is read from its end."""
        pages = self.client.get_paginator("get_execution_history").paginate(
            executionArn=execution_arn, reverseOrder=True, PaginationConfig={"PageSize": 100}
        )
        found: list[dict[str, Any]] = []
        for page in pages:
            found += [event for event in page["events"] if event["id"] > seen]
            if any(event["id"] <= seen for event in page["events"]):
                break
        return sorted(found, key=lambda event: int(event["id"]))


def _step(event: Mapping[str, Any]) -> Step | None:
    if "stateEnteredEventDetails" in event:
        details = event["stateEnteredEventDetails"]
        return Step(details["name"], True, json.loads(details.get("input") or "{}"))
    if "stateExitedEventDetails" in event:
        details = event["stateExitedEventDetails"]
        return Step(details["name"], False, json.loads(details.get("output") or "{}"))
    return None


def _failure(status: str, error: str | None, cause: str | None) -> Failure:
    try:
        payload = json.loads(cause or "")
    except ValueError:
        payload = None
    if isinstance(payload, dict) and "errorMessage" in payload:
        return Failure(
            payload.get("errorType") or error or status, payload["errorMessage"], tuple(payload["stackTrace"])
        )
    return Failure(error or status, cause or "the execution did not say why")
