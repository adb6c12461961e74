"""What moto's Step Functions interpreter needs for our definitions to run as they do on AWS, and without delay."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from threading import Event, Thread
from time import sleep
from typing import Any
from unittest.mock import patch

from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.utils import TMP_THREADS

from local.clients import client

# These report every failed state with a screenful of moto's own syntax tree; an execution's outcome says it once.
_NOISY = ("moto.stepfunctions", "moto.cloudformation")

_ended_one = Event()


def pause(seconds: float) -> None:
    """Wait until an execution has ended, but no longer than these seconds."""
    _ended_one.wait(seconds)
    _ended_one.clear()


def programs(definitions: list[str]) -> dict[str, bytes]:
    """Return each definition as the interpreter runs it, pickled: to parse one takes as long as a stage."""
    return {text: pickle.dumps(AmazonStateLanguageParser.parse(text)[0]) for text in definitions}


@contextmanager
def mended(parsed: Mapping[str, bytes]) -> Iterator[None]:
    """Apply the shims for as long as the context lasts; `parsed` are definitions as `programs` returns them."""
    before = {name: logging.getLogger(name).level for name in _NOISY}
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with (
            patch.object(DistributedIterationComponent, "_map_run", _failing_with_its_items()),
            patch.object(BaseExecutionWorkerCommunication, "terminated", _heard()),
            patch.object(ExecutionWorker, "_get_evaluation_entrypoint", _parsed_before(parsed)),
            patch.object(lambda_eval_utils, "boto_client_for", _made_once()),
        ):
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def ended() -> Iterator[None]:
    """Leave no execution behind: wait for those that run; stop them first where the context ends with an error.

    Mends: moto's executions go on in threads of their own, into the account that is mocked next.
    """
    try:
        yield
    except BaseException:
        _stop()
        raise
    finally:
        while TMP_THREADS:
            _ended(TMP_THREADS.pop())


def _ended(execution: Thread) -> None:
    """Wait for the end of an execution's thread; moto lists it a moment before it starts it."""
    while execution.ident is None:
        sleep(0.01)
    execution.join()


def _stop() -> None:
    steps = client("stepfunctions")
    for machine in steps.list_state_machines()["stateMachines"]:
        arn = machine["stateMachineArn"]
        for execution in steps.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"]:
            steps.stop_execution(executionArn=execution["executionArn"])


def _heard() -> Callable[..., None]:
    end = BaseExecutionWorkerCommunication.terminated

    def terminated(self: BaseExecutionWorkerCommunication) -> None:
        end(self)
        _ended_one.set()

    return terminated


def _parsed_before(parsed: Mapping[str, bytes]) -> Callable[[ExecutionWorker], Any]:
    parse = ExecutionWorker._get_evaluation_entrypoint

    def entrypoint(self: ExecutionWorker) -> Any:
        known = parsed.get(self._evaluation_details.state_machine_details.definition)
        return parse(self) if known is None else pickle.loads(known)  # noqa: S301 (made by `programs`)

    return entrypoint


def _made_once() -> Callable[..., Any]:
    """Let every task call functions by one client. Mends: moto makes a new one each time."""
    make = lambda_eval_utils.boto_client_for  # type: ignore[attr-defined]
    made = cache(lambda region, service: make(region=region, service=service))
    return lambda region, service, state_credentials=None: made(region, service)


def _failing_with_its_items() -> Callable[..., None]:
    """Let a distributed map fail when one of its items has failed, as it does where no failure is tolerated.

    Mends: moto lets it succeed even if its items failed.
    """
    run = DistributedIterationComponent._map_run

    def map_run(self: DistributedIterationComponent, env: Any, eval_input: Any) -> None:
        run(self, env, eval_input)
        if eval_input.map_run_record.item_counter.failed.get():
            name, cause = "States.ExceedToleratedFailureThreshold", "an item of the distributed map has failed"
            details = TaskFailedEventDetails(error=name, cause=cause, resource="map", resourceType="map")
            raise FailureEventException(
                FailureEvent(
                    env=env,
                    error_name=ErrorName(name),
                    event_type=HistoryEventType.TaskFailed,
                    event_details=EventDetails(taskFailedEventDetails=details),  # type: ignore[typeddict-item]
                )
            )

    return map_run
