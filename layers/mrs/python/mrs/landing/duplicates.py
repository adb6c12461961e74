"""Rows that share a key: within a file, repeats and contradictions are rejected; a later file corrects an earlier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mrs.arrays import IntArray
from mrs.store.canonical import group_codes


@dataclass(frozen=True)
class Duplicates:
    """What to do with rows that share a key, as row indices.

    Parameters
    ----------
    repeats, first
        Rows that say again what row `first` of the same file says.
    contradicting, other
        Rows whose key another row of the same file has with other values; none of these is used.
    superseded, successor
        Rows that a later file corrects, and the row that does.
    """

    repeats: IntArray
    first: IntArray
    contradicting: IntArray
    other: IntArray
    superseded: IntArray
    successor: IntArray


def find_duplicates(table: pa.Table, key: Sequence[str], file: IntArray) -> Duplicates:
    """Return the rows that share a key; `file` is the position of each row's file, later ones correcting earlier ones.

    Whichever way the rows of a file are ordered, the values that remain are the same.
    """
    none = np.empty(0, dtype=np.int64)
    codes = group_codes(table, key)
    order = np.lexsort((np.arange(len(codes)), file, codes))
    sorted_codes = codes[order]
    twin = np.zeros(len(codes), dtype=bool)
    twin[1:] = sorted_codes[1:] == sorted_codes[:-1]
    if not twin.any():
        return Duplicates(none, none, none, none, none, none)
    twin[:-1] |= twin[1:]
    rows = order[twin]
    return _judge(table.take(pa.array(rows)), codes[rows], file[rows], rows)


def _judge(table: pa.Table, codes: IntArray, file: IntArray, rows: IntArray) -> Duplicates:
    """Sort out the rows that share a key; they come in the order of key, file and row."""
    content = group_codes(_plain(table), table.column_names)
    _, group = np.unique(np.column_stack([codes, file]), axis=0, return_inverse=True)
    group = group.reshape(-1)
    start = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    first = start[group]
    differs = content != content[first]
    contradicts = np.bincount(group, weights=differs)[group] > 0
    repeat = ~contradicts & (np.arange(len(rows)) != first)
    other = np.where(np.arange(len(rows)) == first, np.minimum(first + 1, len(rows) - 1), first)
    kept = ~contradicts & ~repeat
    at = np.flatnonzero(kept)
    follows = codes[at[1:]] == codes[at[:-1]]
    old, new = rows[at[:-1][follows]], rows[at[1:][follows]]
    return Duplicates(rows[repeat], rows[first][repeat], rows[contradicts], rows[other][contradicts], old, new)


def _plain(table: pa.Table) -> pa.Table:
    """Return the table with flags as integers, which can be ranked."""
    columns = [c.cast(pa.int8()) if pa.types.is_boolean(c.type) else c for c in table.columns]
    return pa.table(columns, names=table.column_names)
