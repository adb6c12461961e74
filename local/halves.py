"""Runs the later half of a chunk's ticks in a second process, of a stage whose ticks may be run apart.

The handlers of this process share one interpreter, so that threads would wait for each other; on AWS a function is
alone. The second process is a copy of this one that ends with its answer: it is given and tells nothing but tables.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import select
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from unittest.mock import patch

import pyarrow as pa
from mrs.stage import harness
from mrs.stage.declaration import Stage

LEAST_TICKS = 4
"""Ticks below which a second process costs more than it gains."""
WAIT, AS_LONG = 10.0, 4.0
"""Seconds, and times what the earlier half took, after which the later half is made here: a copy of a process lacks its
threads, and would wait for ever for what one of them held."""
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when its parent ends."""
_in_one = harness.call


@contextmanager
def in_two_processes() -> Iterator[None]:
    """Let stages run this way for as long as the context lasts, where there are two processors for it."""
    has_two = hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1  # Linux, where a copy is safe
    if not has_two:
        yield
        return
    with patch.object(harness, "call", _halved):
        yield


def _halved(stage: Stage, tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> dict[str, pa.Table]:
    if not stage.ticks_apart or len(ticks) < LEAST_TICKS:
        return _in_one(stage, tables, ticks, settings)
    middle = (len(ticks) + 1) // 2
    answer, asked = os.pipe()
    parent, copy = os.getpid(), os.fork()
    if copy == 0:
        os.close(answer)
        _answer(parent, asked, stage, tables, ticks[middle:], settings)
    os.close(asked)
    said, began = None, time.monotonic()
    try:
        earlier = _in_one(stage, tables, ticks[:middle], settings)
        said = _heard(answer, WAIT + AS_LONG * (time.monotonic() - began))
    finally:
        os.close(answer)
        if said is None:
            os.kill(copy, signal.SIGKILL)
        _, status = os.waitpid(copy, 0)
    whole = said if status == 0 else None
    # of a process that said nothing, this one says why
    later = _in_one(stage, tables, ticks[middle:], settings) if whole is None else pickle.loads(whole)  # noqa: S301
    return {name: pa.concat_tables([table, later[name]]) for name, table in earlier.items()}


def _heard(answer: int, seconds: float) -> bytes | None:
    """Return all that comes through a pipe until it ends; None if it has not ended by then."""
    ends, said = time.monotonic() + seconds, []
    while select.select([answer], [], [], max(ends - time.monotonic(), 0.0))[0]:
        said.append(os.read(answer, 2**20))
        if not said[-1]:
            return b"".join(said)
    return None


def _answer(
    parent: int, to: int, stage: Stage, tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any
) -> None:
    """Write a pickled answer, and end the process with nothing else done: as 0 if the answer is whole.

    It ends with its parent, so that it does not hold the state's lock for longer.
    """
    status = 1
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent:
            said = pickle.dumps(_in_one(stage, tables, ticks, settings), pickle.HIGHEST_PROTOCOL)
            with open(to, "wb") as file:
                file.write(said)
            status = 0
    finally:
        os._exit(status)
