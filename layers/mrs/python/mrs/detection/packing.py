"""Arrays of stores as a table, to the bit: a row is a store, a column an array, and what is of no store goes beside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Arrays = Mapping[str, npt.NDArray[Any]]
_ABOUT = b"mrs-about"


def packed(store_ids: Sequence[str], arrays: Arrays, about: Mapping[str, Any]) -> pa.Table:
    """Return S stores' arrays, S×… each, as one table.

    Parameters
    ----------
    store_ids, arrays
        The stores and the arrays, by name.
    about
        What JSON can say; floats come back as they were.
    """
    columns, kinds = {"store_id": pa.array(list(store_ids), pa.string())}, {}
    for name, values in arrays.items():
        rows = np.ascontiguousarray(values)
        width = rows[:1].nbytes if len(rows) else rows.itemsize * int(np.prod(rows.shape[1:]))
        columns[name] = pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(width), len(rows), [None, pa.py_buffer(rows.tobytes())]
        )
        kinds[name] = [rows.dtype.str, list(rows.shape[1:])]
    told = json.dumps({"arrays": kinds, "about": about})
    return pa.table(columns).replace_schema_metadata({_ABOUT: told})


def unpacked(table: pa.Table) -> tuple[tuple[str, ...], dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return what `packed` was given."""
    told = json.loads(table.schema.metadata[_ABOUT])
    arrays = {}
    for name, (kind, shape) in told["arrays"].items():
        if not table.num_rows:
            arrays[name] = np.zeros((0, *shape), dtype=np.dtype(kind))
            continue
        column = table[name].combine_chunks()
        array = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
        values = np.frombuffer(array.buffers()[1], dtype=np.dtype(kind), count=table.num_rows * int(np.prod(shape)))
        arrays[name] = values.reshape(table.num_rows, *shape)
    return tuple(table["store_id"].to_pylist()), arrays, told["about"]
