"""Runs the later half of a chunk's ticks in a second process, of a stage whose ticks may be run apart.

The handlers of this process share one interpreter, so that threads would wait for each other; on AWS a function is
alone. The second process is a copy of this one that ends with its answer: it is given and tells nothing but tables.
"""

from __future__ import annotations

import os
import pickle
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
    copy = os.fork()
    if copy == 0:
        _answer(asked, stage, tables, ticks[middle:], settings)
    os.close(asked)
    try:
        earlier = _in_one(stage, tables, ticks[:middle], settings)
        with open(answer, "rb", closefd=False) as told:
            said = told.read()
    finally:
        os.close(answer)
        os.waitpid(copy, 0)
    # of a process that said nothing, this one says why
    later = pickle.loads(said) if said else _in_one(stage, tables, ticks[middle:], settings)  # noqa: S301 (our own)
    return {name: pa.concat_tables([table, later[name]]) for name, table in earlier.items()}


def _answer(to: int, stage: Stage, tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> None:
    """Write a pickled answer, whole or not at all, and end the process with nothing else done."""
    try:
        said = pickle.dumps(_in_one(stage, tables, ticks, settings), pickle.HIGHEST_PROTOCOL)
        with open(to, "wb") as file:
            file.write(said)
    finally:
        os._exit(0)
