"""Keeps out of this process what a laptop's AWS would not use: imports, and threads that wait for nothing."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pyarrow as pa
from mrs.store import objects

THREADS = 2  # objects lie on this machine's disk: more threads than these only wait for each other
M_ARENA_MAX = -8
"""mallopt(3): how many heaps there are at the most."""


def one_heap() -> None:
    """Let all threads of this process share one heap, as in the deployed functions (glibc; elsewhere nothing is done).

    Of a heap for each thread, what a thread has freed is kept for it: some 170 MB of a backfill.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def without_ec2() -> None:
    """Import what Step Functions' interpreter wants of moto's Batch, the names of its states, and not its models.

    Mends: they import those of EC2, which takes half a second.
    """
    package = "moto.batch"
    if package in sys.modules:
        return
    spec = find_spec(package)
    stand_in = ModuleType(package)
    stand_in.__path__ = list(spec.submodule_search_locations or ()) if spec else []
    sys.modules[package] = stand_in
    try:
        import_module(f"{package}.utils")
    finally:
        del sys.modules[package]


def without_pandas() -> None:
    """Let pyarrow know of no pandas in this process: it imports it, a quarter of a second, to look at any value.

    For a process of a command that makes no frame; pyarrow does not look again.
    """
    sys.meta_path.insert(0, _NoPandas)
    try:
        pa.array([None])
    finally:
        sys.meta_path.remove(_NoPandas)


class _NoPandas:
    @staticmethod
    def find_spec(name: str, _path: Any = None, _target: Any = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


@contextmanager
def few_threads() -> Iterator[None]:
    """Let the store read with as many threads as a disk is worth: its sixteen wait for S3."""
    objects._pool.cache_clear()
    with patch.object(objects, "THREADS", THREADS):
        yield
    objects._pool.cache_clear()
