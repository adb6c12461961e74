"""Bytes of one file as raw columns: no value is judged here, only whether the file can be read and fits the header."""

from __future__ import annotations

import csv
import difflib
import gzip
import io
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from mrs.contracts import Column
from mrs.landing.faults import Faults
from mrs.landing.mapping import FILE as MAPPING_FILE
from mrs.landing.mapping import PLAIN, FeedMapping
from mrs.landing.shape import constants_of, long_table, renamed, with_constants
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


def decode(
    file: str, body: bytes, columns: Sequence[Column], faults: Faults, own: OwnRows, how: FeedMapping = PLAIN
) -> Raw | None:
    """Return the own rows of a file's raw columns, or None after noting why it cannot be read."""
    if not body:
        faults.add(file, "is empty (0 bytes): land it again")
        return None
    kind = kind_of(file)
    try:
        if kind == "parquet" and how.wide is None:
            return _parquet(file, body, columns, faults, own, how)
        return _of_table(file, *READERS[kind](file, body, columns, faults, how), columns, faults, own, how)
    except _HeaderFaultError:
        return None
    except (pa.ArrowException, OSError, UnicodeDecodeError, LookupError, ValueError, csv.Error) as error:
        name = {"csv": f"CSV in {how.encoding.upper()}", "xlsx": "Excel file", "parquet": "Parquet"}[kind]
        reason = " ".join(str(error).split())[:160]
        faults.add(file, f"cannot be read as {name}; it may be truncated or another format: land it again ({reason})")
        return None


def kind_of(file: str) -> str:
    """Return what a file is by the end of its name: `parquet`, `xlsx` or `csv`."""
    name = file.lower()
    return "parquet" if name.endswith(".parquet") else "xlsx" if name.endswith(".xlsx") else "csv"


class _HeaderFaultError(Exception):
    """The header does not fit, and the faults say why."""


def _parquet(
    file: str, body: bytes, columns: Sequence[Column], faults: Faults, own: OwnRows, how: FeedMapping
) -> Raw | None:
    header = list(pq.read_schema(pa.BufferReader(body)).names)
    given = constants_of(file, columns, how)
    known = check_header(file, renamed(header, how), columns, faults, given)
    if known is None:
        return None
    theirs = {name: how.columns.get(name, name) for name in known}
    texts = [theirs[c.name] for c in columns if c.type_name == "string" and c.name in known]
    content = pq.ParquetFile(pa.BufferReader(body), read_dictionary=texts)
    extra = [h for h in renamed(header, how) if h not in known]

    def ours(table: pa.Table) -> pa.Table:
        return with_constants(table.select(list(theirs.values())).rename_columns(known), given)

    if own.are_all:
        table = ours(content.read(columns=list(theirs.values()), use_threads=False))
        return Raw(table, np.arange(1, table.num_rows + 1), table.num_rows, extra=extra)
    kept, numbers, before = [own.of(ours(content.schema_arrow.empty_table()))[0]], [np.empty(0, np.int64)], 0
    for group in range(content.num_row_groups):  # one at a time: a shard keeps little of a large file
        whole = ours(content.read_row_group(group, columns=list(theirs.values()), use_threads=False))
        table, positions = own.of(whole)
        kept.append(table)
        numbers.append(positions + before + 1)
        before += whole.num_rows
    return Raw(pa.concat_tables(kept), np.concatenate(numbers), before, extra=extra)


def _of_table(
    file: str,
    table: pa.Table,
    ragged: Sequence[Ragged],
    columns: Sequence[Column],
    faults: Faults,
    own: OwnRows,
    how: FeedMapping,
) -> Raw | None:
    """Return a table that was read whole, in the contract's names, long, and only the own rows of it."""
    rows = table.num_rows + len(ragged)
    numbers = np.setdiff1d(np.arange(1, rows + 1), [r.row_number for r in ragged])[: table.num_rows]
    table = table.rename_columns(renamed(table.column_names, how))
    if how.wide is not None:
        table, positions = long_table(table, how.wide, {c.name for c in columns})
        numbers = numbers[positions]
    given = constants_of(file, columns, how)
    known = check_header(file, table.column_names, columns, faults, given)
    if known is None:
        return None
    extra = [h for h in table.column_names if h not in known]
    table = with_constants(table.select(known), given)
    if not own.are_all:
        table, positions = own.of(table)
        numbers = numbers[positions]
    return Raw(table, numbers, rows, ragged if own.are_first else (), extra)


def _csv(
    file: str, body: bytes, columns: Sequence[Column], faults: Faults, how: FeedMapping
) -> tuple[pa.Table, list[Ragged]]:
    if file.lower().endswith(".gz"):
        body = gzip.decompress(body)
    text = body.decode("utf-8-sig") if how.encoding.lower() in ("utf-8", "utf8", "utf-8-sig") else None
    if text is None:
        text = body.decode(how.encoding)
        body = text.encode()
    lines = text.split("\n", how.skip_rows + 1)
    first_line = lines[how.skip_rows] if len(lines) > how.skip_rows else ""
    separator = how.separator or ","
    header = next(csv.reader([first_line.rstrip("\r")], delimiter=separator), [])
    other = next((mark for mark in ";\t|" if len(header) == 1 and mark in first_line), None)
    if other is not None and how.separator is None:
        faults.add(
            file, f"its columns are separated by {other!r}: separate them by commas, or say separator in {MAPPING_FILE}"
        )
        raise _HeaderFaultError
    wanted: dict[str, pa.DataType] = {}
    if how.wide is None:
        known = check_header(file, renamed(header, how), columns, faults, constants_of(file, columns, how))
        if known is None:
            raise _HeaderFaultError
        wanted = {how.columns.get(name, name): pa.string() for name in known}
    else:
        wanted = dict.fromkeys(header, pa.string())
    ragged: list[Ragged] = []

    def skip(row: Any) -> str:
        ragged.append(Ragged(row.number - 1 - how.skip_rows, row.expected_columns, row.actual_columns, row.text))
        return "skip"

    table = pacsv.read_csv(
        io.BytesIO(body),
        read_options=pacsv.ReadOptions(use_threads=False, skip_rows=how.skip_rows),
        parse_options=pacsv.ParseOptions(delimiter=separator, newlines_in_values=True, invalid_row_handler=skip),
        convert_options=pacsv.ConvertOptions(
            column_types=wanted,
            include_columns=list(wanted),
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    extra = [h for h in header if h not in wanted]
    for name in extra:  # named in a note, not read
        table = table.append_column(name, pa.nulls(table.num_rows))
    return table, ragged


def _xlsx(
    _file: str, body: bytes, _columns: Sequence[Column], _faults: Faults, how: FeedMapping
) -> tuple[pa.Table, list[Ragged]]:
    import pandas as pd  # here: of all files only these need it

    frame = pd.read_excel(io.BytesIO(body), sheet_name=how.sheet or 0, engine="calamine", skiprows=how.skip_rows)
    arrays = [_cells(frame[name]) for name in frame.columns]
    return pa.table(arrays, names=[_head(name) for name in frame.columns]), []


def _head(name: Any) -> str:
    """Return a header as text: a date as YYYY-MM-DD."""
    return f"{name:%Y-%m-%d}" if isinstance(name, datetime) else str(name)


def _cells(column: Any) -> pa.Array:
    """Return a column of cells: as it is typed, or as text where it holds several types."""
    try:
        return pa.Array.from_pandas(column)
    except pa.ArrowException:
        return pa.array([None if v is None or v != v else _head(v) for v in column], pa.string())


def _whole_parquet(
    _file: str, body: bytes, _columns: Sequence[Column], _faults: Faults, _how: FeedMapping
) -> tuple[pa.Table, list[Ragged]]:
    return pq.read_table(pa.BufferReader(body), use_threads=False), []


READERS = {"csv": _csv, "xlsx": _xlsx, "parquet": _whole_parquet}


def check_header(
    file: str, header: Sequence[str], columns: Sequence[Column], faults: Faults, given: Container[str] = ()
) -> list[str] | None:
    """Return the header's columns that the contract knows, or None after noting every fault of the header."""
    before = len(faults.lines)
    names = {c.name for c in columns}
    for name in sorted({h for h in header if h in names and list(header).count(h) > 1}):
        faults.add(file, f"column {name} is there {list(header).count(name)} times: keep one")
    extras = [h for h in header if h not in names]
    for column in columns:
        if column.name in header or column.name in given:
            continue
        alike = next((h for h in extras if h.strip().lower() == column.name), None)
        if alike is not None:
            faults.add(file, f"column {alike!r} must be called {column.name!r}: rename it")
        elif not column.nullable:
            close = difflib.get_close_matches(column.name, extras, 1, 0.6)
            hint = f" (is it {close[0]!r}? then rename it)" if close else f" (found: {', '.join(header) or 'none'})"
            faults.add(file, f"column {column.name} is missing: add it{hint}")
    return None if len(faults.lines) > before else [h for h in header if h in names and h not in given]
