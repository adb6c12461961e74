"""Columns of the logs for some stores and days, cut from log objects that the cache holds as compact columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from mrs.contracts import Dataset
from mrs.store.keys import LogKey
from mrs.store.log_store import in_force
from mrs.store.objects import StoredObject, in_parallel

from functions.workshop.state.view import View

Mask = npt.NDArray[np.bool_]


def objects_in_force(
    view: View, ds: Dataset, first: date | None = None, last: date | None = None
) -> list[tuple[LogKey, StoredObject]]:
    """Return the objects of a dataset that a state sees, of ticks from and to these dates, in key order."""
    if view.snapshot is None:
        return []
    key = (view.snapshot, ds.name, first, last)
    found: list[tuple[LogKey, StoredObject]] = view.cache.listings.get(key, lambda: _in_force(view, ds, first, last))
    return found


def _in_force(view: View, ds: Dataset, first: date | None, last: date | None) -> list[tuple[LogKey, StoredObject]]:
    assert view.snapshot is not None  # noqa: S101 (checked by the caller)
    tick, written_at = view.snapshot.tick, view.snapshot.written_at

    def sees(key: LogKey) -> bool:
        return key.tick < tick or key.written_at <= written_at

    return in_force(ds, view.logs.find(ds, view.run_id, first=first, last=min(last or tick, tick), visible=sees))


def columns_of(view: View, found: Sequence[tuple[LogKey, StoredObject]], names: Sequence[str]) -> list[pa.Table]:
    """Return some columns of each object, text as dictionaries."""
    return in_parallel(lambda item: _columns(view, item[1], tuple(names)), list(found))


def _columns(view: View, stored: StoredObject, names: tuple[str, ...]) -> pa.Table:
    key = (stored.key, stored.etag)
    table = view.cache.columns.get(key, names.__contains__)
    if table is None:
        file = pq.ParquetFile(pa.BufferReader(view.logs.objects.get(stored.key)))
        table = _as_dictionaries(file.read(columns=list(names), use_threads=False))
        view.cache.columns.put(key, file.schema_arrow.names, table)
    return table.select(list(names))


def _as_dictionaries(table: pa.Table) -> pa.Table:
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            table = table.set_column(at, field.name, table[field.name].combine_chunks().dictionary_encode())
    return table.combine_chunks()


def is_one_of(table: pa.Table, column: str, values: Collection[str]) -> Mask:
    """Return which rows of a dictionary column hold one of the values."""
    encoded = _encoded(table, column)
    wanted = pc.is_in(encoded.dictionary, value_set=pa.array(sorted(values), pa.string()))
    hit = np.append(wanted.to_numpy(zero_copy_only=False).astype(bool), False)
    return np.asarray(hit[_codes(encoded)], dtype=bool)


def is_null(table: pa.Table, column: str) -> Mask:
    """Return which rows of a dictionary column are null."""
    return _codes(_encoded(table, column)) < 0


def text(table: pa.Table, column: str) -> npt.NDArray[Any]:
    """Return a dictionary column's texts, null as None."""
    encoded = _encoded(table, column)
    words = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    return words[_codes(encoded)]


def numbers(table: pa.Table, column: str) -> npt.NDArray[np.float64]:
    """Return a column of numbers or booleans as floats, null as NaN."""
    values = pc.cast(table[column], pa.float64()).to_numpy()
    return np.asarray(values, dtype=np.float64)


def days(table: pa.Table, column: str = "date") -> npt.NDArray[np.int64]:
    """Return dates as days since 1970-01-01."""
    return np.asarray(pc.cast(table[column], pa.int32()).to_numpy(), dtype=np.int64)


def _encoded(table: pa.Table, column: str) -> pa.DictionaryArray:
    values = table[column]
    return values.chunk(0) if values.num_chunks == 1 else pa.array([], values.type)


def _codes(encoded: pa.DictionaryArray) -> npt.NDArray[np.int64]:
    return np.asarray(pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
