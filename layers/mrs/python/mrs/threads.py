"""Work in which NumPy, LAPACK and trees do all that takes time, two pieces at once: they let other threads run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

AT_ONCE = 2
"""As many as a function of four gigabytes has cores; more would be held in memory at once."""

A = TypeVar("A")
B = TypeVar("B")


def two_at_a_time(function: Callable[[A], B], items: Iterable[A]) -> list[B]:
    """Return `function` of each item, in order.

    Whatever the order in which they end, an answer is the same as of one after the other: no piece may change what
    another looks at.
    """
    pieces: Sequence[A] = list(items)
    if len(pieces) < 2:
        return [function(piece) for piece in pieces]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(function, pieces))
