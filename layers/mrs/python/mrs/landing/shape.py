"""A file's columns in the contract's names: renamed, filled with constants, and long where the file is wide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np
import pyarrow as pa

from mrs.arrays import IntArray
from mrs.contracts import Column
from mrs.landing.mapping import FeedMapping


def renamed(header: Sequence[str], how: FeedMapping) -> list[str]:
    """Return a header in the contract's names; a header that only looks like one of these is put out of the way."""
    names = how.names
    return [names.get(h, f"{h} (as landed)" if h in how.columns else h) for h in header]


def constants_of(file: str, columns: Sequence[Column], how: FeedMapping) -> dict[str, str]:
    """Return the columns that a file has one value of: by the mapping, or by folders such as `date=2024-06-01/`."""
    known, theirs = {c.name for c in columns}, how.names
    folders = dict(part.split("=", 1) for part in PurePosixPath(file).parts[:-1] if "=" in part)
    found = {theirs.get(name, name): value for name, value in folders.items()}
    said = {c: str(v).lower() if isinstance(v, bool) else str(v) for c, v in how.constants.items()}
    return {name: value for name, value in {**found, **said}.items() if name in known}


def with_constants(table: pa.Table, given: Mapping[str, str]) -> pa.Table:
    """Return the table with a column of text for each constant."""
    for name, value in given.items():
        table = table.append_column(name, pa.repeat(pa.scalar(value), table.num_rows))
    return table


def long_table(table: pa.Table, across: str, known: Collection[str]) -> tuple[pa.Table, IntArray]:
    """Return a wide table as a long one, and the row of the wide one that each row comes from.

    Parameters
    ----------
    table
        Columns of the contract, and others: of these the headers are values of `across`, and the values are sales.
    across
        The column that the headers are values of.
    known
        The contract's columns.
    """
    kept = [c for c in table.column_names if c in known and c != across]
    heads = [c for c in table.column_names if c not in known]
    rows = np.tile(np.arange(table.num_rows), len(heads))
    picked = pa.array(rows)
    columns = {name: table[name].combine_chunks().take(picked) for name in kept if name != "sales"}
    columns[across] = pa.array(np.repeat(np.array(heads, dtype=object), table.num_rows), pa.string())
    values = [table[h].combine_chunks() for h in heads]
    same = len({v.type for v in values}) == 1
    columns["sales"] = pa.concat_arrays(values if same else [v.cast(pa.string()) for v in values])
    long = pa.table(columns)
    return long.filter(long["sales"].is_valid()), rows[np.asarray(long["sales"].is_valid())]
