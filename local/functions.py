"""Runs the real handlers in this process when moto's Lambda, or Step Functions through it, invokes a function.

Each call sees its own function's environment, prints into its own log, and fails with the payload that Lambda gives.
"""

from __future__ import annotations

import contextvars
import ctypes
import importlib
import io
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TextIO
from unittest.mock import patch
from uuid import uuid4

import pyarrow as pa
from moto.awslambda.models import LambdaFunction

Handler = Callable[[Any, Any], Any]

_variables: contextvars.ContextVar[Mapping[str, str] | None] = contextvars.ContextVar("lambda_variables", default=None)
_log: contextvars.ContextVar[io.StringIO | None] = contextvars.ContextVar("lambda_log", default=None)
_importing = threading.Lock()
BEFORE_ANSWERING: list[Callable[[], None]] = []
"""What is done before a function's answer counts: whoever keeps what it wrote (`local.objects.written_through`)."""


@dataclass(frozen=True)
class Context:
    """The context object that a handler is given."""

    function_name: str
    function_version: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    aws_request_id: str
    log_group_name: str
    deadline: float
    log_stream_name: str = "local"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left before the function's timeout."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class _Environ(os._Environ):  # type: ignore[type-arg]
    """`os.environ` with the variables of the function that is being invoked in this thread on top."""

    def __getitem__(self, key: str) -> str:
        own = _variables.get()
        if own is not None and key in own:
            return own[key]
        value: str = super().__getitem__(key)
        return value

    def __iter__(self) -> Iterator[str]:
        yield from {**dict.fromkeys(super().__iter__()), **(_variables.get() or {})}

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Stdout(io.TextIOBase):
    """`sys.stdout` that gives a handler's lines to its function's log and all others to the real one."""

    def __init__(self, real: TextIO) -> None:
        self.real = real

    def write(self, text: str) -> int:
        """Write where this thread's output belongs."""
        return (_log.get() or self.real).write(text)

    def flush(self) -> None:
        """Flush the real output."""
        if _log.get() is None:
            self.real.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def tells_others() -> bool:
    """Whether the function that is being invoked in this thread tells others of what it writes, as soon as it can."""
    return (_variables.get() or {}).get("_HANDLER", "").startswith("functions.notify")


def load(handler: str) -> Handler:
    """Return the function that a Lambda handler string names."""
    module, _, attribute = handler.rpartition(".")
    with _importing:
        found: Handler = getattr(importlib.import_module(module), attribute)
    return found


@contextmanager
def handlers_in_process(handlers: Mapping[str, Handler] | None = None) -> Iterator[None]:
    """Let moto's Lambda call Python functions of this process.

    Mends: moto runs functions in Docker, or answers every invocation with a fixed text.

    Parameters
    ----------
    handlers
        Functions to call in place of those that these handler strings name (tests).
    """
    environ_class = os.environ.__class__
    os.environ.__class__ = _Environ
    try:
        with patch.object(LambdaFunction, "_invoke_lambda", _invoker(handlers or {})):
            yield
    finally:
        os.environ.__class__ = environ_class
        while isinstance(sys.stdout, _Stdout):
            sys.stdout = sys.stdout.real


def _route_stdout() -> None:
    """Put the router before the present screen: a progress bar may have replaced it since the last call."""
    if not isinstance(sys.stdout, _Stdout):
        sys.stdout = _Stdout(sys.stdout)


def _invoker(handlers: Mapping[str, Handler]) -> Callable[..., tuple[str, bool, str]]:
    def invoke(function: LambdaFunction, event: Any = None) -> tuple[str, bool, str]:
        own = contextvars.copy_context()
        body, errored, log = own.run(partial(_call, function, event, handlers))
        function.logs_backend.ensure_log_group(function.logs_group_name)
        function.save_logs(log)
        return body, errored, log

    return invoke


def _call(function: LambdaFunction, event: Any, handlers: Mapping[str, Handler]) -> tuple[str, bool, str]:
    request_id = str(uuid4())
    log = io.StringIO()
    _route_stdout()
    _log.set(log)
    _variables.set(_own_variables(function))
    started = time.monotonic()
    try:
        name = str(function.handler)
        handler = handlers.get(name) or load(name)
        answer = json.dumps(handler(event, _context(function, request_id)))
        for done in BEFORE_ANSWERING:
            done()
    except Exception as error:  # as Lambda does: every error of a handler becomes its answer
        traceback.print_exc(file=log)
        return _error(type(error).__name__, str(error), request_id, error), True, log.getvalue()
    finally:
        _give_back_memory()
    if time.monotonic() - started > int(function.timeout):
        message = f"RequestId: {request_id} Error: Task timed out after {float(function.timeout):.2f} seconds"
        return _error("Sandbox.Timedout", message, request_id), True, log.getvalue()
    return answer, False, log.getvalue()


def _give_back_memory() -> None:
    """Return to the machine what a function has freed, as its end does on AWS: the heap keeps it for the next."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:  # glibc
        trim(0)
    pa.default_memory_pool().release_unused()


def _error(kind: str, message: str, request_id: str, error: Exception | None = None) -> str:
    trace = traceback.format_tb(error.__traceback__) if error else []
    return json.dumps({"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": trace})


def _own_variables(function: LambdaFunction) -> dict[str, str]:
    return {
        **{name: str(value) for name, value in function.environment_vars.items()},
        "_HANDLER": function.handler,
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": str(function.version),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.logs_group_name,
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "POWERTOOLS_TRACE_DISABLED": "1",
    }


def _context(function: LambdaFunction, request_id: str) -> Context:
    return Context(
        function_name=function.function_name,
        function_version=str(function.version),
        invoked_function_arn=function.function_arn,
        memory_limit_in_mb=str(function.memory_size),
        aws_request_id=request_id,
        log_group_name=function.logs_group_name,
        deadline=time.monotonic() + int(function.timeout),
    )
