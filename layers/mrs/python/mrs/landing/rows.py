"""The rows of one file: what fits is kept, an odd side value counts as not known, and a row that cannot be is named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import BoolArray, IntArray
from mrs.contracts import Column, Dataset
from mrs.landing.coerce import Coerced, UnknownTypeError, coerce, flags
from mrs.landing.decode import Raw, decode
from mrs.landing.faults import Faults
from mrs.landing.files import SALES
from mrs.landing.mapping import FeedMapping
from mrs.landing.patterns import ambiguous, unreadable
from mrs.landing.rejected import Rejected, as_text, raw_json
from mrs.landing.rules import LATEST, broken
from mrs.landing.shard_filter import OwnRows

USED_WITHOUT = "; the row is used without it"
Rule = tuple[str, pa.Array, str]


@dataclass(frozen=True)
class Piece:
    """The usable rows of one file, and how many rows it has."""

    file: str
    rows: int
    raw: pa.Table
    table: pa.Table
    row_number: IntArray


def read_rows(
    ds: Dataset,
    file: str,
    body: bytes,
    rejected: Rejected,
    faults: Faults,
    notes: list[str],
    own: OwnRows,
    how: FeedMapping,
) -> Piece | None:
    """Return a file's usable rows, None after noting why the file as a whole cannot be used."""
    raw = decode(file, body, ds.columns, faults, own, how)
    if raw is None:
        return None
    if raw.extra:
        notes.append(f"{file}: columns not in the contract were ignored: {', '.join(raw.extra)}")
    got = _coerced(ds, file, raw, faults, how)
    if faults.lines:
        return None
    columns = {name: c.values for name, c in got.items()}
    if "end_date" in columns:  # 9999-12-31 is an open end
        ends = columns["end_date"]
        columns["end_date"] = pc.if_else(pc.greater(ends, pa.scalar(LATEST)), pa.scalar(LATEST), ends)
    bad = [(name, c.bad, c.reason) for name, c in got.items() if c.reason]
    rules = list(broken(ds.name, columns))
    side = {c.name for c in ds.columns if c.nullable and c.name not in ds.key}
    for name, mask, _ in rules:
        if name in side:
            columns[name] = pc.if_else(pc.fill_null(mask, False), None, columns[name])
    if ds.name == SALES:
        _impute_closed(columns)
    bad += [*rules, *_needed(ds.columns, columns, bad)]
    table = pa.table(list(columns.values()), names=list(columns))
    keep = _reject(file, raw, table, bad, rejected, side)
    rows = np.flatnonzero(keep)
    if len(rows) == len(keep):
        return Piece(file, raw.rows, raw.table, table, raw.row_number)
    picked = pa.array(rows)
    return Piece(file, raw.rows, raw.table.take(picked), table.take(picked), raw.row_number[rows])


def _coerced(ds: Dataset, file: str, raw: Raw, faults: Faults, how: FeedMapping) -> dict[str, Coerced]:
    """Return every column of the contract in its type; note a column that as a whole cannot be read or understood."""
    found: dict[str, Coerced] = {}
    for column in ds.columns:
        if column.name not in raw.table.column_names:
            nothing = pa.nulls(raw.table.num_rows, column.arrow_type)
            found[column.name] = Coerced(nothing, pa.repeat(pa.scalar(False), raw.table.num_rows), "")
            continue
        values = raw.table[column.name]
        try:
            got = coerce(values, column.type_name, how)
        except (UnknownTypeError, pa.ArrowException) as error:
            kind = raw.table.schema.field(column.name).type
            faults.add(file, f"column {column.name} has the type {kind}: {str(error).splitlines()[0]}")
            continue
        question = ambiguous(ds.name, column.name, values, how) if column.type_name == "double" else None
        said = question or unreadable(ds.name, column.name, values, got, how)
        if said is not None:
            faults.add(file, said)
        found[column.name] = got
    return found


def _impute_closed(columns: dict[str, pa.Array]) -> None:
    """Take sales that are not given for a closed store as zero, and say so."""
    fill = flags(pc.and_(pc.is_null(columns["sales"]), pc.invert(columns["is_open"])))
    columns["sales"] = pc.if_else(pa.array(fill), 0.0, columns["sales"])
    columns["is_imputed"] = pa.array(fill)


def _needed(declared: Sequence[Column], columns: Mapping[str, pa.Array], bad: Sequence[Rule]) -> list[Rule]:
    """Return the rule that a required column holds a value; a value that was no number or date was named already."""
    unread = {name: mask for name, mask, _ in bad}
    rules = []
    for column in declared:
        if not column.nullable:
            absent = flags(pc.is_null(columns[column.name]))
            if column.name in unread:
                absent &= ~flags(unread[column.name])
            rules.append((column.name, pa.array(absent), "is null, and a value is needed"))
    return rules


def _reject(file: str, raw: Raw, table: pa.Table, bad: Sequence[Rule], rejected: Rejected, side: set[str]) -> BoolArray:
    """Add the rows that break a rule to the rejections; return which rows remain: those with an odd side value too."""
    keep = np.ones(table.num_rows, dtype=bool)
    for column, mask, _ in bad:
        if column not in side:
            keep[flags(mask)] = False
    for column, mask, reason in bad:
        rows = np.flatnonzero(flags(mask))
        if not len(rows):
            continue
        picked, used = pa.array(rows), keep[rows]
        said = pc.if_else(pa.array(used), reason + USED_WITHOUT, reason)
        if column in raw.table.column_names and not reason.startswith("is null"):
            value = as_text(raw.table[column].take(picked))
            said = pc.binary_join_element_wise("'", pc.fill_null(value, "null"), "' ", said, "")
        about = table.take(picked)
        rejected.add(file, raw.row_number[rows], column, said, raw_json(raw.table, rows), about, used)
    for row in raw.ragged:
        reason = f"has {row.found} fields, the header has {row.expected}"
        rejected.add(file, np.array([row.row_number]), None, reason, pa.array([row.text]))
    return keep
