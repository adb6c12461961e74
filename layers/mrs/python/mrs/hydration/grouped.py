"""Sums and choices by group, in a fixed order: sums of doubles do not depend on the order in which rows come."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import BoolArray, FloatArray, IntArray


def codes(column: pa.Array | pa.ChunkedArray) -> tuple[list[Any], IntArray]:
    """Return the distinct values in order, null last, and where each row's value stands among them."""
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    names: list[Any] = sorted(v for v in pc.unique(values).to_pylist() if v is not None)
    code = np.asarray(pc.fill_null(pc.index_in(values, pa.array(names, values.type)), len(names)), dtype=np.int64)
    return [*names, None], code


def sums(key: IntArray, values: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the distinct keys, ascending, and the sum of each one's values, added in their order."""
    keys, at = np.unique(key, return_inverse=True)
    return keys, np.bincount(at, values, len(keys)).astype(np.float64)


def best_of(n: int, group: IntArray, mass: FloatArray, tie: IntArray) -> IntArray:
    """Return where the greatest mass of each group stands, of equal ones that with the least `tie`; -1 if nowhere."""
    order = np.lexsort((tie, -mass, group))
    groups, first = np.unique(group[order], return_index=True)
    best = np.full(n, -1, dtype=np.int64)
    best[groups] = order[first]
    return best


def pick(values: npt.NDArray[Any], at: IntArray) -> npt.NDArray[Any]:
    """Return the values at some places; 0 where the place is -1."""
    return np.where(at >= 0, np.append(values, 0)[at], 0)


def at_places(values: FloatArray, at: IntArray) -> FloatArray:
    """Return the values at some places; NaN where the place is -1."""
    return np.where(at >= 0, pick(values, at), np.nan)


def names_at(names: list[Any], code: IntArray, at: IntArray) -> pa.Array:
    """Return the names at some codes; null where the place is -1."""
    chosen = [names[c] if k >= 0 else None for c, k in zip(code.tolist(), at.tolist(), strict=True)]
    return pa.array(chosen, pa.string())


def part_of(part: FloatArray, whole: FloatArray) -> FloatArray:
    """Return a part of a whole; NaN where the whole is 0."""
    known = whole != 0
    return np.where(known, part / np.where(known, whole, 1.0), np.nan)


def nullable(values: FloatArray) -> pa.Array:
    """Return values with null for NaN."""
    return pa.array(values, pa.float64(), from_pandas=True)


def floats(column: pa.ChunkedArray) -> FloatArray:
    """Return a column with NaN for null."""
    return np.asarray(column.to_numpy(), dtype=np.float64)


def has_value(column: pa.ChunkedArray, value: str) -> BoolArray:
    """Return which rows have a value."""
    return np.asarray(pc.fill_null(pc.equal(column, value), False), dtype=bool)
