"""SciPy's sparse matrices, without three modules that it imports and nothing here uses: a twentieth of a cold start.

SciPy takes all names of NumPy, so that NumPy imports its compiler of Fortran, its tests' tools and its ctypes.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np


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
from scipy.sparse.csgraph import connected_components  # noqa: E402

__all__ = ["connected_components", "csr_matrix"]
