"""Bytes of one file as raw columns: no value is judged here, only whether the file can be read and fits the header."""

from __future__ import annotations

import csv
import difflib
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from mrs.contracts import Column
from mrs.landing.excel import SUFFIX as EXCEL
from mrs.landing.excel import sheet_table
from mrs.landing.faults import Faults, listed
from mrs.landing.files import READ_AS_TEXT
from mrs.landing.limits import TooLargeError, check_columns, check_size, unpacked
from mrs.landing.mapping import FILE as MAPPING
from mrs.landing.mapping import PLAIN, DatasetMapping
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


@dataclass(frozen=True)
class Decoded:
    """A file's raw columns, and the SHA-256 of its bytes."""

    raw: Raw
    sha256: str


@dataclass(frozen=True)
class _Content:
    """A file's columns under the contract's names, before a shard takes its own rows."""

    table: pa.Table
    row_number: npt.NDArray[np.int64]
    rows: int
    ragged: Sequence[Ragged] = ()


def decode(
    file: str, body: bytes, columns: Sequence[Column], faults: Faults, own: OwnRows, mapping: DatasetMapping = PLAIN
) -> Raw | None:
    """Return the own rows of a file's raw columns, or None after noting why it cannot be read."""
    if not body:
        faults.add(file, "is empty (0 bytes): land it again")
        return None
    is_text, is_excel = file.lower().endswith(READ_AS_TEXT), file.lower().endswith(EXCEL)
    try:
        check_size(file, body)
        if not is_text and not is_excel and not mapping.wide and not own.are_all:
            return _parquet_by_group(file, body, columns, faults, own, mapping)
        if is_excel:
            header, read = _excel(body, mapping)
        else:
            header, read = _text(file, body, faults, mapping) if is_text else _parquet(body, columns, mapping)
        if read is None:
            return None
        check_columns(len(header))
        names = _contract_names(file, header, columns, faults, mapping)
        return None if names is None else _own_rows(read(names), file, header, names, columns, own, mapping)
    except TooLargeError as error:
        faults.add(file, str(error))
        return None
    except (pa.ArrowException, OSError, UnicodeDecodeError, ValueError, csv.Error, EOFError, zlib.error) as error:
        kind = "Excel" if is_excel else f"CSV in {mapping.encoding.upper()}" if is_text else "Parquet"
        reason = " ".join(str(error).split())[:160]
        faults.add(file, f"cannot be read as {kind}; it may be truncated or another format: land it again ({reason})")
        return None


def _own_rows(
    content: _Content,
    file: str,
    header: Sequence[str],
    names: Mapping[str, str],
    columns: Sequence[Column],
    own: OwnRows,
    mapping: DatasetMapping,
) -> Raw:
    table, numbers = content.table, content.row_number
    if mapping.wide:
        table, numbers = _long(table, numbers, [h for h in header if h not in names])
    table = _with_constants(table, file, columns, mapping)
    if not own.are_all:
        table, positions = own.of(table)
        numbers = numbers[positions]
    extra = () if mapping.wide else [h for h in header if h not in names]
    return Raw(table, numbers, content.rows, content.ragged if own.are_first else (), extra)


def _parquet(body: bytes, columns: Sequence[Column], mapping: DatasetMapping) -> tuple[list[str], Any]:
    texts = [mapping.columns.get(c.name, c.name) for c in columns if c.type_name == "string"]
    schema = pq.read_schema(pa.BufferReader(body))
    header = list(schema.names)
    nested = {f.name for f in schema if pa.types.is_nested(f.type)}  # such a column has no dictionary of its own
    content = pq.ParquetFile(
        pa.BufferReader(body), read_dictionary=[t for t in texts if t in header and t not in nested]
    )

    def read(names: Mapping[str, str]) -> _Content:
        wanted = header if mapping.wide else list(names)
        table = content.read(columns=wanted, use_threads=False)
        table = table.rename_columns([names.get(n, n) for n in table.column_names])
        return _Content(table, np.arange(1, table.num_rows + 1), table.num_rows)

    return header, read


def _parquet_by_group(
    file: str, body: bytes, columns: Sequence[Column], faults: Faults, own: OwnRows, mapping: DatasetMapping
) -> Raw | None:
    """Return a shard's rows of a Parquet file, read one row group at a time: a shard keeps little of a large file."""
    content = pq.ParquetFile(pa.BufferReader(body))
    header = list(content.schema_arrow.names)
    names = _contract_names(file, header, columns, faults, mapping)
    if names is None:
        return None
    renamed = [names[h] for h in names]
    empty = _with_constants(
        content.schema_arrow.empty_table().select(list(names)).rename_columns(renamed), file, columns, mapping
    )
    kept, numbers, before = [own.of(empty)[0]], [np.empty(0, np.int64)], 0
    for group in range(content.num_row_groups):
        whole = content.read_row_group(group, columns=list(names), use_threads=False)
        whole = whole.select(list(names)).rename_columns(renamed)
        table, positions = own.of(_with_constants(whole, file, columns, mapping))
        kept.append(table)
        numbers.append(positions + before + 1)
        before += whole.num_rows
    return Raw(pa.concat_tables(kept), np.concatenate(numbers), before, extra=[h for h in header if h not in names])


def _excel(body: bytes, mapping: DatasetMapping) -> tuple[list[str], Any]:
    whole = sheet_table(body, mapping.sheet)

    def read(names: Mapping[str, str]) -> _Content:
        table = whole if mapping.wide else whole.select(list(names))
        table = table.rename_columns([names.get(n, n) for n in table.column_names])
        return _Content(table, np.arange(1, table.num_rows + 1), table.num_rows)

    return list(whole.column_names), read


def _text(file: str, body: bytes, faults: Faults, mapping: DatasetMapping) -> tuple[list[str], Any]:
    plain = "utf-8-sig" if mapping.encoding.lower() in ("utf-8", "utf8") else mapping.encoding
    text = lines_below(unpacked(body).decode(plain), mapping.skip_lines)
    first_line = text.partition("\n")[0].rstrip("\r")
    header = next(csv.reader([first_line], delimiter=mapping.separator), [])
    other = next((mark for mark in ";\t|," if len(header) == 1 and mark in first_line), None)
    if other is not None:
        faults.add(
            file,
            f"its columns are separated by {other!r}: separate them by {_word(mapping.separator)}, "
            f"or say so in {MAPPING}: separator = {json.dumps(other)}",
        )
        return header, None

    def read(names: Mapping[str, str]) -> _Content:
        ragged: list[Ragged] = []

        def skip(row: Any) -> str:
            ragged.append(Ragged(row.number - 1, row.expected_columns, row.actual_columns, row.text))
            return "skip"

        wanted = header if mapping.wide else list(names)
        table = pacsv.read_csv(
            io.BytesIO(text.encode()),
            read_options=pacsv.ReadOptions(use_threads=False),
            parse_options=pacsv.ParseOptions(
                delimiter=mapping.separator, newlines_in_values=True, invalid_row_handler=skip
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(wanted, pa.string()),
                include_columns=wanted,
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
        rows = table.num_rows + len(ragged)
        numbers = np.setdiff1d(np.arange(1, rows + 1), [r.row_number for r in ragged])[: table.num_rows]
        table = table.rename_columns([names.get(n, n) for n in table.column_names])
        return _Content(table, numbers, rows, ragged)

    return header, read


def lines_below(text: str, skip: int) -> str:
    """Return a text without its first lines; an old Mac's carriage returns are line ends too."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    for _ in range(skip):
        text = text.partition("\n")[2]
    return text


def _word(separator: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}.get(separator, repr(separator))


def _long(
    table: pa.Table, numbers: npt.NDArray[np.int64], dates: Sequence[str]
) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """Return a table whose dates are columns as one row a date, with `date` and `sales`; empty cells are left out."""
    keys = [c for c in table.column_names if c not in dates]
    parts, kept = [], []
    for date in dates:
        given = np.flatnonzero(table[date].is_valid().to_numpy())
        rows = table.select(keys).take(pa.array(given))
        rows = rows.append_column("date", pa.repeat(pa.scalar(date), len(given)))
        parts.append(rows.append_column("sales", table[date].take(pa.array(given))))
        kept.append(numbers[given])
    return pa.concat_tables(parts), np.concatenate(kept)


def _with_constants(table: pa.Table, file: str, columns: Sequence[Column], mapping: DatasetMapping) -> pa.Table:
    """Add the columns that the mapping, or a folder of the kind `date=2024-06-01`, gives one value for all rows."""
    known = {c.name for c in columns}
    folders = dict(part.split("=", 1) for part in PurePosixPath(file).parts[:-1] if "=" in part)
    given = {mapping.contract_name(name): value for name, value in folders.items()} | dict(mapping.constants)
    for name, value in given.items():
        if name in known and name not in table.column_names:
            table = table.append_column(name, pa.repeat(pa.scalar(value), table.num_rows))
    return table


def _contract_names(
    file: str, header: Sequence[str], columns: Sequence[Column], faults: Faults, mapping: DatasetMapping
) -> dict[str, str] | None:
    """Return the contract's name of each column of the file that it knows, or None after noting every fault."""
    missing = [own for own in mapping.columns.values() if own not in header]
    for own in missing:
        faults.add(file, f"column {own!r} is not there, which {MAPPING} names (found: {listed(header)})")
    if missing:
        return None
    named = [mapping.contract_name(h) for h in header]
    given = {mapping.contract_name(p.split("=", 1)[0]) for p in PurePosixPath(file).parts[:-1] if "=" in p}
    given |= set(mapping.constants) | ({"date", "sales"} if mapping.wide else set())
    known = check_header(file, named, [c for c in columns if c.name not in given or c.name in named], faults)
    if known is None:
        return None
    return {h: n for h, n in zip(header, named, strict=True) if n in known}


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
            faults.add(file, f"column {alike!r} must be called {column.name!r}: rename it, or map it in {MAPPING}")
        elif not column.nullable:
            close = difflib.get_close_matches(column.name, extras, 1, 0.6)
            hint = f" (is it {close[0]!r}? then rename it)" if close else f" (found: {listed(header)})"
            faults.add(file, f"column {column.name} is missing: add it{hint}, or map it in {MAPPING}")
    return None if len(faults.lines) > before else [h for h in header if h in names]
