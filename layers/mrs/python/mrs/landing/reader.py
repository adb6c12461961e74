"""Landing files as tables: every dataset in its contract's columns, with the file and row that each row came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import Column, Dataset, dataset
from mrs.errors import LandingError
from mrs.landing.coerce import UnknownTypeError, coerce, flags
from mrs.landing.decode import Raw, decode
from mrs.landing.duplicates import find_duplicates
from mrs.landing.faults import Faults
from mrs.landing.files import SALES, by_dataset
from mrs.landing.rejected import SCHEMA as REJECTED_SCHEMA
from mrs.landing.rejected import Rejected, as_text, raw_json
from mrs.landing.rules import broken
from mrs.landing.shard_filter import OwnRows
from mrs.store.log_store import Shard

REJECTIONS = "landing/rejections"
FILES = "landing/files"
FILES_SCHEMA = pa.schema([("feed", pa.string()), ("file", pa.string()), ("rows", pa.int64())])


def landed(name: str) -> str:
    """Return the name under which the usable rows of a landing dataset are handed on."""
    return f"landing/{name}"


@dataclass(frozen=True)
class Landing:
    """What was landed.

    Parameters
    ----------
    tables
        `landed(name)` → usable rows of each dataset that has files: the contract's columns, `file` and `row_number`
        (and `is_imputed` for sales); `REJECTIONS` → the bad rows; `FILES` → each feed's files as `name@sha256`,
        which the first shard names for all, and the rows in them.
    notes
        What a person should know and nothing stops for: unknown files, extra columns, corrected rows.
    """

    tables: Mapping[str, pa.Table]
    notes: Sequence[str]


@dataclass(frozen=True)
class _Piece:
    """The usable rows of one file, and how many rows it has."""

    file: str
    rows: int
    raw: pa.Table
    table: pa.Table
    row_number: npt.NDArray[np.int64]


def read_landing(files: Mapping[str, bytes], shard: Shard | None = None) -> Landing:
    """Read every landing file.

    Parameters
    ----------
    files
        Bytes by the file's name below the landing folder; each is asked for once, in the order of datasets and names.
    shard
        Keep the rows of its stores only; those of no store are the first shard's. None: all.

    Raises
    ------
    LandingError
        Listing every wrong header, unreadable file and unknown column type; or if no sales row is usable, which one
        shard of several cannot say.
    """
    found, notes = by_dataset(files)
    own, faults = OwnRows(shard or Shard()), Faults()
    tables: dict[str, pa.Table] = {}
    rejections, listed = [], []
    for name in sorted(found):
        rejected = Rejected(name)
        pieces = []
        for file in found[name]:
            body = files[file]
            piece = _read_file(dataset(name), file, body, rejected, faults, notes, own)
            if piece is not None:
                pieces.append(piece)
                named = f"{file}@{hashlib.sha256(body).hexdigest()}" if own.are_first else None
                listed.append((name, named, piece.rows))
        if not faults.lines:
            tables[landed(name)] = _merge(dataset(name), pieces, rejected, notes)
        rejections.append(rejected.table())
    faults.stop()
    tables[REJECTIONS] = pa.concat_tables([REJECTED_SCHEMA.empty_table(), *rejections])
    tables[FILES] = pa.table([list(c) for c in zip(*listed, strict=True)], schema=FILES_SCHEMA)
    if own.are_all and tables[landed(SALES)].num_rows == 0:
        why = _first_reason(tables[REJECTIONS])
        raise LandingError(f"{', '.join(found[SALES])}: no usable row; at least one is needed{why}")
    return Landing(tables, notes)


def _first_reason(rejections: pa.Table) -> str:
    """Return why the first sales row was rejected, for a message; empty where there was no row at all."""
    of_sales = rejections.filter(pc.equal(rejections["dataset"], SALES))
    if not of_sales.num_rows:
        return ""
    row = of_sales.slice(0, 1).to_pylist()[0]
    return f"; first: row {row['row_number']} {row['column'] or ''} {row['reason']}".replace("  ", " ")


def _read_file(
    ds: Dataset, file: str, body: bytes, rejected: Rejected, faults: Faults, notes: list[str], own: OwnRows
) -> _Piece | None:
    raw = decode(file, body, ds.columns, faults, own)
    if raw is None:
        return None
    if raw.extra:
        notes.append(f"{file}: columns not in the contract were ignored: {', '.join(raw.extra)}")
    columns: dict[str, pa.Array] = {}
    bad: list[tuple[str, pa.Array, str]] = []
    for column in ds.columns:
        if column.name not in raw.table.column_names:
            columns[column.name] = pa.nulls(raw.table.num_rows, column.arrow_type)
            continue
        try:
            got = coerce(raw.table[column.name], column.type_name)
        except (UnknownTypeError, pa.ArrowException) as error:
            kind = raw.table.schema.field(column.name).type
            faults.add(file, f"column {column.name} has the type {kind}: {str(error).splitlines()[0]}")
            continue
        columns[column.name] = got.values
        if got.reason:
            bad.append((column.name, got.bad, got.reason))
    if faults.lines:
        return None
    if ds.name == SALES:
        _impute_closed(columns)
    bad += list(broken(ds.name, columns)) + list(_needed(ds.columns, columns, bad))
    table = pa.table(list(columns.values()), names=list(columns))
    keep = _reject(file, raw, table, bad, rejected)
    rows = np.flatnonzero(keep)
    if len(rows) == len(keep):
        return _Piece(file, raw.rows, raw.table, table, raw.row_number)
    picked = pa.array(rows)
    return _Piece(file, raw.rows, raw.table.take(picked), table.take(picked), raw.row_number[rows])


def _impute_closed(columns: dict[str, pa.Array]) -> None:
    """Take sales that are not given for a closed store as zero, and say so."""
    fill = flags(pc.and_(pc.is_null(columns["sales"]), pc.invert(columns["is_open"])))
    columns["sales"] = pc.if_else(pa.array(fill), 0.0, columns["sales"])
    columns["is_imputed"] = pa.array(fill)


def _needed(
    declared: Sequence[Column], columns: Mapping[str, pa.Array], bad: Sequence[tuple[str, pa.Array, str]]
) -> list[tuple[str, pa.Array, str]]:
    """Return the rule that a required column holds a value; a value that was no number or date was named already."""
    unreadable = {name: mask for name, mask, _ in bad}
    rules = []
    for column in declared:
        if not column.nullable:
            absent = flags(pc.is_null(columns[column.name]))
            if column.name in unreadable:
                absent &= ~flags(unreadable[column.name])
            rules.append((column.name, pa.array(absent), "is null, and a value is needed"))
    return rules


def _reject(
    file: str, raw: Raw, table: pa.Table, bad: Sequence[tuple[str, pa.Array, str]], rejected: Rejected
) -> npt.NDArray[np.bool_]:
    """Add the rows that break a rule to the rejections; return which rows remain."""
    keep = np.ones(table.num_rows, dtype=bool)
    for column, mask, reason in bad:
        rows = np.flatnonzero(flags(mask))
        if not len(rows):
            continue
        keep[rows] = False
        picked = pa.array(rows)
        reasons: pa.Array | str = reason
        if column in raw.table.column_names and not reason.startswith("is null"):
            value = as_text(raw.table[column].take(picked))
            reasons = pc.binary_join_element_wise("'", pc.fill_null(value, "null"), f"' {reason}", "")
        rejected.add(file, raw.row_number[rows], column, reasons, raw_json(raw.table, rows), _day(table).take(picked))
    for row in raw.ragged:
        reason = f"has {row.found} fields, the header has {row.expected}"
        no_day = pa.nulls(1, pa.date32())
        rejected.add(file, np.array([row.row_number]), None, reason, pa.array([row.text]), no_day)
    return keep


def _day(table: pa.Table) -> pa.Array:
    """Return the date by which a row becomes visible; null where it has none."""
    if "date" in table.column_names:
        return table["date"].combine_chunks()
    return pa.nulls(table.num_rows, pa.date32())


def _merge(ds: Dataset, pieces: Sequence[_Piece], rejected: Rejected, notes: list[str]) -> pa.Table:
    """Put the files of a dataset together, one row a key."""
    names = [p.file for p in pieces]
    sizes = [p.table.num_rows for p in pieces]
    table = pa.concat_tables([p.table for p in pieces]).combine_chunks()
    file = np.repeat(np.arange(len(pieces)), sizes)
    numbers = np.concatenate([p.row_number for p in pieces])
    twins = find_duplicates(table, ds.key, file)
    offset = np.cumsum([0, *sizes])
    words = ", ".join(ds.key)
    for rows, others, text in (
        (twins.repeats, twins.first, f"repeats row {{}}: the same {words} and values"),
        (
            twins.contradicting,
            twins.other,
            f"contradicts row {{}}: same {words}, other values; neither is used",
        ),
    ):
        _reject_twins(table, pieces, file, offset, numbers, rows, others, text, rejected)
    if len(twins.superseded):
        notes.append(f"{ds.name}: {len(twins.superseded)} rows were corrected by a later file")
    keep = np.ones(len(file), dtype=bool)
    for rows in (twins.repeats, twins.contradicting, twins.superseded):
        keep[rows] = False
    origin = pa.DictionaryArray.from_arrays(pa.array(file, pa.int32()), pa.array(names, pa.string()))
    table = table.append_column("file", origin).append_column("row_number", pa.array(numbers))
    return table if keep.all() else table.filter(pa.array(keep))


def _reject_twins(
    table: pa.Table,
    pieces: Sequence[_Piece],
    file: npt.NDArray[np.int64],
    offset: npt.NDArray[np.int64],
    numbers: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    others: npt.NDArray[np.int64],
    text: str,
    rejected: Rejected,
) -> None:
    """Add rows that share a key with `others` to the rejections, file by file."""
    before, after = text.split("{}")
    for position in np.unique(file[rows]):
        mine = file[rows] == position
        picked = rows[mine]
        reason = pc.binary_join_element_wise(before, pa.array(numbers[others[mine]]).cast(pa.string()), after, "")
        raw = raw_json(pieces[position].raw, picked - offset[position])
        rejected.add(pieces[position].file, numbers[picked], None, reason, raw, _day(table).take(pa.array(picked)))
