"""Bytes of one file as raw columns: no value is judged here, only whether the file can be read and fits the header."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from mrs.contracts import Column
from mrs.landing.faults import Faults
from mrs.landing.shard_filter import OwnRows


@dataclass(frozen=True)
class Ragged:
    """A CSV row with too few or too many fields."""

    row_number: int
    expected: int
    found: int
    text: str


@dataclass(frozen=True)
class Raw:
    """A file's columns of the contract as they were read; `row_number` counts data rows from 1, `rows` is all of them.

    Of a shard, `table` and `row_number` hold its own rows only.
    """

    table: pa.Table
    row_number: npt.NDArray[np.int64]
    rows: int
    ragged: Sequence[Ragged] = ()
    extra: Sequence[str] = ()


def decode(file: str, body: bytes, columns: Sequence[Column], faults: Faults, own: OwnRows) -> Raw | None:
    """Return the own rows of a file's raw columns, or None after noting why it cannot be read."""
    if not body:
        faults.add(file, "is empty (0 bytes): land it again")
        return None
    try:
        return (_csv if file.endswith(".csv") else _parquet)(file, body, columns, faults, own)
    except (pa.ArrowException, OSError, UnicodeDecodeError, ValueError, csv.Error) as error:
        kind = "CSV in UTF-8" if file.endswith(".csv") else "Parquet"
        reason = " ".join(str(error).split())[:160]
        faults.add(file, f"cannot be read as {kind}; it may be truncated or another format: land it again ({reason})")
        return None


def _parquet(file: str, body: bytes, columns: Sequence[Column], faults: Faults, own: OwnRows) -> Raw | None:
    header = list(pq.read_schema(pa.BufferReader(body)).names)
    known = check_header(file, header, columns, faults)
    if known is None:
        return None
    texts = [c.name for c in columns if c.type_name == "string" and c.name in known]
    content, extra = pq.ParquetFile(pa.BufferReader(body), read_dictionary=texts), [h for h in header if h not in known]
    if own.are_all:
        table = content.read(columns=known, use_threads=False)
        return Raw(table, np.arange(1, table.num_rows + 1), table.num_rows, extra=extra)
    kept, numbers, before = [own.of(content.schema_arrow.empty_table().select(known))[0]], [np.empty(0, np.int64)], 0
    for group in range(content.num_row_groups):  # one at a time: a shard keeps little of a large file
        whole = content.read_row_group(group, columns=known, use_threads=False)
        table, positions = own.of(whole)
        kept.append(table)
        numbers.append(positions + before + 1)
        before += whole.num_rows
    return Raw(pa.concat_tables(kept), np.concatenate(numbers), before, extra=extra)


def _csv(file: str, body: bytes, columns: Sequence[Column], faults: Faults, own: OwnRows) -> Raw | None:
    first_line = body.decode("utf-8-sig").partition("\n")[0]
    header = next(csv.reader([first_line.rstrip("\r")]), [])
    other = next((mark for mark in ";\t|" if len(header) == 1 and mark in first_line), None)
    if other is not None:
        faults.add(file, f"its columns are separated by {other!r}: separate them by commas")
        return None
    known = check_header(file, header, columns, faults)
    if known is None:
        return None
    ragged: list[Ragged] = []

    def skip(row: Any) -> str:
        ragged.append(Ragged(row.number - 1, row.expected_columns, row.actual_columns, row.text))
        return "skip"

    table = pacsv.read_csv(
        io.BytesIO(body),
        read_options=pacsv.ReadOptions(use_threads=False),
        parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
        convert_options=pacsv.ConvertOptions(
            column_types=dict.fromkeys(known, pa.string()),
            include_columns=known,
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    rows = table.num_rows + len(ragged)
    numbers = np.setdiff1d(np.arange(1, rows + 1), [r.row_number for r in ragged])[: table.num_rows]
    if not own.are_all:
        table, positions = own.of(table)
        numbers = numbers[positions]
    return Raw(table, numbers, rows, ragged if own.are_first else (), [h for h in header if h not in known])


def check_header(file: str, header: Sequence[str], columns: Sequence[Column], faults: Faults) -> list[str] | None:
    """Return the header's columns that the contract knows, or None after noting every fault of the header."""
    before = len(faults.lines)
    names = {c.name for c in columns}
    for name in sorted({h for h in header if h in names and list(header).count(h) > 1}):
        faults.add(file, f"column {name} is there {list(header).count(name)} times: keep one")
    extras = [h for h in header if h not in names]
    for column in columns:
        if column.name in header:
            continue
        alike = next((h for h in extras if h.strip().lower() == column.name), None)
        if alike is not None:
            faults.add(file, f"column {alike!r} must be called {column.name!r}: rename it")
        elif not column.nullable:
            close = difflib.get_close_matches(column.name, extras, 1, 0.6)
            hint = f" (is it {close[0]!r}? then rename it)" if close else f" (found: {', '.join(header) or 'none'})"
            faults.add(file, f"column {column.name} is missing: add it{hint}")
    return None if len(faults.lines) > before else [h for h in header if h in names]
