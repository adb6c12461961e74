"""SciPy's sparse matrices, without three modules that it imports and nothing here uses: a twentieth of a cold start.

SciPy takes all names of NumPy, so that NumPy imports its compiler of Fortran, its tests' tools and its ctypes.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

from mrs.arrays import IntArray


def _later(name: str) -> None:
    """Let a module of NumPy be imported when something of it is first used."""
    full = f"{np.__name__}.{name}"
    if full in sys.modules:
        return
    stand_in = ModuleType(full)

    def load(attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if sys.modules.get(full) is stand_in:
            del sys.modules[full]
        return getattr(import_module(full), attribute)

    stand_in.__getattr__ = load  # type: ignore[method-assign]
    sys.modules[full] = stand_in
    setattr(np, name, stand_in)


for _name in ("f2py", "testing", "ctypeslib"):
    _later(_name)

from scipy.sparse import csr_matrix  # noqa: E402

__all__ = ["connected_parts", "csr_matrix"]


def connected_parts(graph: csr_matrix) -> IntArray:
    """Return of each node of an undirected graph the number of its connected part, in the order of first members.

    Parts take the smallest number of what they touch until none is smaller (Shiloach and Vishkin, 1982). SciPy's own
    imports its solvers, which takes longer than all that is asked of a tick's graph.
    """
    edges = graph.tocoo()
    part = np.arange(graph.shape[0])
    while True:
        a, b = part[edges.row], part[edges.col]
        less = part.copy()
        for end in (a, b):
            np.minimum.at(less, end, np.minimum(a, b))
        less = less[less]
        if np.array_equal(less, part):
            return np.unique(part, return_inverse=True)[1].astype(np.int64)
        part = less
