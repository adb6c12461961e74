"""The canonical form of a table: the contract's columns and types, sorted, rounded; and the hash of its content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import Dataset
from mrs.errors import ContractError

DECIMALS = 6


def conform(ds: Dataset, table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return `table` with exactly `schema`'s columns and types; doubles rounded to six decimals, rows sorted by key.

    Raises
    ------
    ContractError
        Listing every column that is missing, has another type, or is null where the contract forbids it.
    """
    faults = [f"column {f.name} is missing" for f in schema if f.name not in table.column_names]
    columns: list[pa.ChunkedArray] = []
    required = {c.name for c in ds.columns if not c.nullable}
    for field in schema:
        if field.name not in table.column_names:
            continue
        column = table[field.name]
        try:
            column = column if column.type == field.type else column.cast(field.type)
        except pa.ArrowInvalid as error:
            faults.append(f"column {field.name}: {error}")
            continue
        if column.null_count and field.name in required:
            faults.append(f"column {field.name} has {column.null_count} nulls")
        columns.append(_tidy(column))
    if faults:
        raise ContractError(f"{ds.name}: {'; '.join(faults)}")
    return sorted_by_key(ds, pa.table(columns, schema=schema))


def fitted(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return an object's rows with the columns and types of today's schema; what its release did not know is null."""
    if table.schema.equals(schema):
        return table
    columns = [
        table[f.name].cast(f.type) if f.name in table.column_names else pa.nulls(table.num_rows, f.type) for f in schema
    ]
    return pa.table(columns, schema=schema)


def _tidy(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Round doubles, and fold NaN and −0.0 into null and 0.0."""
    if not pa.types.is_floating(column.type):
        return column
    values = np.asarray(column.to_numpy(), dtype=np.float64)  # null is NaN
    mask = np.isnan(values)
    rounded = np.round(np.where(mask, 0.0, values), DECIMALS) + 0.0
    return pa.chunked_array([pa.array(rounded, mask=mask if mask.any() else None)])


def sorted_by_key(ds: Dataset, table: pa.Table) -> pa.Table:
    """Return the rows in the order of the dataset's key, nulls first; rows of equal keys keep their order."""
    if table.num_rows < 2:
        return table.combine_chunks()
    rank = group_codes(table, [k for k in ds.key if k in table.column_names])
    if bool(np.all(np.diff(rank) >= 0)):
        return table.combine_chunks()
    return table.take(pa.array(np.argsort(rank, kind="stable"))).combine_chunks()


def group_codes(table: pa.Table, by: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return one code a row, int64: equal where rows agree in all of `by`, ordered as the columns are, nulls first."""
    codes = np.zeros(table.num_rows, dtype=np.int64)
    size = 1
    for name in by:
        rank, count = _ranks(table[name])
        if size * count >= 2**62:
            values, codes = np.unique(codes, return_inverse=True)
            size = len(values)
        codes, size = codes * count + rank, size * count
    return codes


def partners(
    rows: pa.Table, others: pa.Table, key: Sequence[str]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return which rows have their key in another table, and where in it; where they have not, the place means nothing.

    Of several others of one key it is the first.
    """
    if not rows.num_rows or not others.num_rows:
        return np.zeros(rows.num_rows, dtype=bool), np.zeros(rows.num_rows, dtype=np.int64)
    codes = group_codes(pa.concat_tables([rows.select(key), others.select(key)]), key)
    mine, theirs = codes[: rows.num_rows], codes[rows.num_rows :]
    order = np.argsort(theirs, kind="stable")
    at = order[np.minimum(np.searchsorted(theirs[order], mine), len(order) - 1)]
    return np.asarray(theirs[at] == mine, dtype=bool), at


def _ranks(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], int]:
    """Return a rank a row, 0 for null, and a number above all: equal and ordered as the values are."""
    if pa.types.is_date32(column.type) and column.null_count < len(column):
        days = column.combine_chunks().cast(pa.int32())
        first = pc.min(days).as_py()
        ranks = np.asarray(_filled(days, first - 1).to_numpy(zero_copy_only=False), dtype=np.int64) - (first - 1)
        return ranks, int(ranks.max()) + 1
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    indices = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order) + 1, dtype=np.int64)
    rank[order], rank[-1] = np.arange(1, len(order) + 1), 0
    return rank[indices], len(order) + 1


def content(ds: Dataset, table: pa.Table) -> pa.Table:
    """Return what of a table counts as its content: without what was observed while it was made.

    The one rule for all that compares rows, or asks whether the same was written before.
    """
    return table.drop_columns([name for name in table.column_names if name in ds.observed])


def content_hash(ds: Dataset, table: pa.Table) -> str:
    """Return the SHA-256 of a conformed table's logical content, independent of chunks and Parquet version."""
    digest, table = hashlib.sha256(), content(ds, table)
    for name, column in zip(table.column_names, table.columns, strict=True):
        digest.update(f"{name}:{_type_name(column.type)}:{len(column)};".encode())
        _hash_array(digest, column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)
    return digest.hexdigest()


def _text_of(array: pa.StringArray) -> memoryview:
    """Return all strings as one run of UTF-8, as they lie in memory."""
    _, ends, text = array.buffers()
    if text is None or not len(array):
        return memoryview(b"")
    bounds = np.frombuffer(ends, dtype=np.int32, count=len(array) + 1, offset=4 * array.offset)
    return memoryview(text)[bounds[0] : bounds[-1]]


def _type_name(kind: pa.DataType) -> str:
    """Return a type's name; what a list calls its elements is no part of the content."""
    return f"list<element: {kind.value_type}>" if pa.types.is_list(kind) else str(kind)


def _hash_array(digest: Any, array: pa.Array) -> None:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    nulls = array.null_count
    digest.update(
        np.packbits(array.is_null().to_numpy(zero_copy_only=False)).tobytes() if nulls else bytes(-(-len(array) // 8))
    )
    if pa.types.is_list(array.type):
        digest.update(np.asarray(_filled(pc.list_value_length(array), 0), dtype=np.int64).tobytes())
        _hash_array(digest, array.flatten())
    elif pa.types.is_string(array.type):
        filled = _filled(array, "")
        digest.update(np.asarray(pc.binary_length(filled), dtype=np.int64).tobytes())
        digest.update(_text_of(filled))
    elif pa.types.is_boolean(array.type):
        digest.update(np.packbits(_filled(array, False).to_numpy(zero_copy_only=False)).tobytes())
    elif pa.types.is_floating(array.type):
        digest.update(np.asarray(_filled(array, 0.0), dtype="<f8").tobytes())
    else:
        whole = array.cast(pa.int32()).cast(pa.int64()) if pa.types.is_date32(array.type) else array.cast(pa.int64())
        digest.update(np.asarray(_filled(whole, 0), dtype="<i8").tobytes())


def _filled(array: pa.Array, value: Any) -> pa.Array:
    return pc.fill_null(array, value) if array.null_count else array
