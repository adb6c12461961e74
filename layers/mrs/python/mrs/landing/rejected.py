"""Rejected rows as a table: which file, row and column, why, what became of the row, and the row as it was read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SCHEMA = pa.schema(
    [
        ("dataset", pa.string()),
        ("file", pa.string()),
        ("row_number", pa.int64()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("raw", pa.string()),
        ("rule", pa.string()),
        ("outcome", pa.string()),
        ("store_id", pa.string()),
        ("date", pa.date32()),
        ("category", pa.string()),
        ("sales", pa.float64()),
    ]
)
ABOUT = ("store_id", "date", "category", "sales")
"""What a rejected row speaks of, as far as it could be read."""
USED, REJECTED, REPEAT, TOTAL = "used", "rejected", "repeat", "total"
"""What became of a row: used without the value at fault; not used; said by another row; the sum of other rows."""
Rows = npt.NDArray[np.int64]


@dataclass
class Rejected:
    """The rejections of one dataset as they are found."""

    dataset: str
    parts: list[pa.Table] = field(default_factory=list)

    def add(
        self,
        file: str,
        row_number: Rows,
        column: str | None,
        rule: str,
        raw: pa.Array,
        about: pa.Table | None,
        *,
        reason: pa.Array | None = None,
        outcome: str = REJECTED,
    ) -> None:
        """Add rows of one file, all rejected for one column; the arrays are of the rejected rows only.

        Parameters
        ----------
        rule, reason
            What is wrong, and the same with the values of each row in it; None if the rule says it all.
        about
            The rows in the contract's columns, as far as they could be read; None if they could not.
        outcome
            What became of the rows.
        """
        count = len(row_number)
        if not count:
            return
        values: list[Any] = [
            self.dataset,
            file,
            row_number,
            column,
            rule if reason is None else reason,
            raw,
            rule,
            outcome,
        ]
        values += [about[c] if about is not None and c in about.column_names else None for c in ABOUT]
        arrays = [
            value if isinstance(value, pa.Array | pa.ChunkedArray)
            else pa.array(value, f.type) if isinstance(value, np.ndarray)
            else pa.repeat(pa.scalar(value, f.type), count)
            for value, f in zip(values, SCHEMA, strict=True)
        ]  # fmt: skip
        self.parts.append(pa.table(arrays, schema=SCHEMA))

    def table(self) -> pa.Table:
        """Return all rejections, in the order of file, row and column."""
        none = pa.Table.from_batches([], SCHEMA)  # `empty_table` imports pandas, for which a refused file has no use
        whole = pa.concat_tables([none, *self.parts])
        return whole.sort_by([("file", "ascending"), ("row_number", "ascending"), ("column", "ascending")])


def raw_json(table: pa.Table, rows: Rows) -> pa.Array:
    """Return the given rows as JSON objects, every value as the text that was read, or null."""
    if not len(rows) or not table.num_columns:
        return pa.array(["{}"] * len(rows), pa.string())
    picked = table.take(pa.array(rows))
    pieces = []
    for at, (name, column) in enumerate(zip(picked.column_names, picked.columns, strict=True)):
        prefix = ("{" if at == 0 else ", ") + json.dumps(name) + ": "
        pieces.append(pc.binary_join_element_wise(prefix, pc.fill_null(quoted(column), "null"), ""))
    joined = pc.binary_join_element_wise(*pieces, "}", "")
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def as_text(column: pa.ChunkedArray) -> pa.Array:
    """Return any plain column as text, null staying null."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array if array.type == pa.string() else array.cast(pa.string())


def quoted(column: pa.ChunkedArray) -> pa.Array:
    """Return any plain column as JSON strings, null staying null."""
    text = as_text(column)
    escapes: Sequence[tuple[str, str]] = (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t"))
    for mark, escaped in escapes:
        text = pc.replace_substring(text, mark, escaped)
    text = pc.replace_substring_regex(text, r"[\x00-\x1f]", "?")
    return pc.binary_join_element_wise('"', text, '"', "")
