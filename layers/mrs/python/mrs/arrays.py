"""Arrow columns as NumPy arrays, days as numbers, and constants of the normal distribution, shared by all models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
StrArray = npt.NDArray[np.str_]
Scalar = TypeVar("Scalar", bound=np.generic)
Rows = TypeVar("Rows", bound="DataclassInstance")
Column: TypeAlias = "pa.ChunkedArray | pa.Array"

EPOCH = date(1970, 1, 1)
NEVER = int(np.iinfo(np.int64).min)
"""The day number of a missing date: before all others."""

NORMAL_90 = 1.6448536269514722
"""Half the width of a 90 % interval of a normal distribution, in standard deviations (two-sided)."""
NORMAL_UPPER_DECILE = 1.2816
"""The 90th percentile of a standard normal distribution (one-sided)."""
MAD_TO_SIGMA = 1.4826
"""A normal's standard deviation over its median absolute deviation (Rousseeuw and Croux, 1993)."""
MEAN_ABS_TO_SIGMA = 1.2533
"""A normal's standard deviation over its mean absolute deviation, sqrt(pi / 2)."""


def known_or_zero(values: FloatArray) -> FloatArray:
    """Return finite values as they are, and 0 where NaN: `nan_to_num` looks for infinities too, and takes thrice."""
    return np.where(np.isnan(values), 0.0, values)


def epoch_day(day: date) -> int:
    """Return a date as days since 1970-01-01."""
    return (day - EPOCH).days


def epoch_days(column: Column) -> IntArray:
    """Return a date or timestamp column as days since 1970-01-01, null as `NEVER`."""
    days = pc.fill_null(column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64()), NEVER)
    return np.asarray(days)


def date_array(days: IntArray, null: BoolArray | None = None) -> pa.Array:
    """Return days since 1970-01-01 as a date32 array, null where `null` is True."""
    return pa.array(days.astype(np.int32), pa.int32(), mask=null).cast(pa.date32())


def floats(column: Column) -> FloatArray:
    """Return a numeric column as float64, null as NaN."""
    return np.asarray(pc.fill_null(column.cast(pa.float64()), np.nan))


def codes_in(column: Column, vocabulary: pa.Array | Sequence[str]) -> IntArray:
    """Return the position of each value in `vocabulary`, -1 where it is null or not in it."""
    known = vocabulary if isinstance(vocabulary, pa.Array) else pa.array(list(vocabulary), pa.string())
    return np.asarray(pc.fill_null(pc.index_in(column, value_set=known), -1), np.int64)


def sorted_unique(column: Column) -> pa.Array:
    """Return the distinct values in order, without null."""
    values = pc.unique(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column).drop_null()
    return values.take(pc.sort_indices(values))


def sorted_ids(column: Column) -> list[str]:
    """Return the distinct values of a string column in code point order, without null."""
    found: list[str] = sorted_unique(column).to_pylist()
    return found


def days_first(values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Return the last axis, days, as the first: what goes from day to day reads each day in one piece."""
    return np.ascontiguousarray(np.moveaxis(values, -1, 0))


def with_rows(whole: Rows, at: IntArray, some: Rows) -> Rows:
    """Return a dataclass of arrays with the rows at `at` taken from another of its kind, which holds these alone."""
    merged: dict[str, Any] = {}
    for field in fields(whole):
        mine, other = getattr(whole, field.name), getattr(some, field.name)
        if isinstance(mine, np.ndarray):
            merged[field.name] = mine.copy()
            merged[field.name][at] = other
        elif is_dataclass(mine):
            merged[field.name] = with_rows(mine, at, other)
    return replace(whole, **merged)


def days_last(values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
    """Undo `days_first`."""
    return np.ascontiguousarray(np.moveaxis(values, 0, -1))
