"""What moto's Step Functions interpreter needs for our definitions to run as they do on AWS."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from time import sleep
from typing import Any
from unittest.mock import patch

from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.utils import TMP_THREADS

from local.clients import client

# These report every failed state with a screenful of moto's own syntax tree; an execution's outcome says it once.
_NOISY = ("moto.stepfunctions", "moto.cloudformation")


@contextmanager
def mended() -> Iterator[None]:
    """Apply the shims for as long as the context lasts."""
    before = {name: logging.getLogger(name).level for name in _NOISY}
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with patch.object(DistributedIterationComponent, "_map_run", _failing_with_its_items()):
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def ended() -> Iterator[None]:
    """Leave no execution behind: wait for those that run; stop them first where the context ends with an error.

    Mends: moto's executions go on in threads of their own, into whatever account is mocked next.
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


def _failing_with_its_items() -> Callable[..., None]:
    """Let a distributed map fail when one of its items has failed, as it does where no failure is tolerated.

    Mends: moto lets it succeed, whatever became of its items.
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
