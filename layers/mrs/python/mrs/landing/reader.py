"""Landing files as tables: every dataset in its contract's columns, with the file and row that each row came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import floats
from mrs.contracts import Column, Dataset, dataset
from mrs.errors import LandingError
from mrs.landing.coerce import Coerced, UnknownTypeError, coerce, flags
from mrs.landing.decode import Decoded, Raw, decode
from mrs.landing.faults import Faults, listed, printable
from mrs.landing.files import SALES, by_dataset
from mrs.landing.mapping import DatasetMapping, mapping_of
from mrs.landing.merging import Piece, merge, set_totals_aside
from mrs.landing.patterns import grouped_by_dots, ids_written_twice, rows_apart, spread_over_days, unreadable
from mrs.landing.rejected import REJECTED, USED, Rejected, as_text, raw_json
from mrs.landing.rejected import SCHEMA as REJECTED_SCHEMA
from mrs.landing.rules import broken, with_open_end
from mrs.landing.shard_filter import OwnRows
from mrs.store.log_store import Shard

NONE_DIVIDED: Mapping[str, Decoded] = {}
REJECTIONS = "landing/rejections"
FILES = "landing/files"
FILES_SCHEMA = pa.schema(
    [
        ("feed", pa.string()),
        ("file", pa.string()),
        ("rows", pa.int64()),
        ("sales", pa.float64()),
        ("replaced", pa.float64()),
    ]
)


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
        which the first shard names for all, the rows in them, their sales as far as they could be read, and, with the
        last file of the feed, the sales of all rows that a later file has replaced.
    notes
        What a person should know and nothing stops for: unknown files, extra columns, corrected rows.
    """

    tables: Mapping[str, pa.Table]
    notes: Sequence[str]


def read_landing(
    files: Mapping[str, bytes], shard: Shard | None = None, divided: Mapping[str, Decoded] = NONE_DIVIDED
) -> Landing:
    """Read every landing file.

    Parameters
    ----------
    files
        Bytes by the file's name below the landing folder; each is asked for once, in the order of datasets and names.
    shard
        Keep the rows of its stores only; the first shard keeps those without a store. None keeps all.
    divided
        Further files, of which the shard's rows are decoded already.

    Raises
    ------
    LandingError
        Listing every wrong header, unreadable file and unknown column type; or if no sales row is usable, which one
        shard of several cannot say.
    """
    mapping = mapping_of(files)
    found, notes = by_dataset([*files, *divided], mapping)
    own, faults = OwnRows(shard or Shard()), Faults()
    tables: dict[str, pa.Table] = {}
    rejections, listing = [], []
    for name in sorted(found):
        ds, how, rejected = dataset(name), mapping.of(name), Rejected(name)
        pieces = []
        for file in found[name]:
            read = divided.get(file) or _decoded(file, files[file], ds, faults, own, how)
            piece = read and _piece(ds, file, read.raw, rejected, faults, notes, how)
            if read and piece:
                pieces.append(piece)
                named = f"{file}@{read.sha256}" if own.are_first else None
                listing.append((name, named, piece.rows, piece.sales, 0.0))
        if not faults.lines:
            if name == SALES and how.store_ids is None and (twice := ids_written_twice([p.table for p in pieces])):
                faults.add(name, twice)
            merged = merge(ds, pieces, rejected, notes, faults, how)
            tables[landed(name)] = merged.table
            listing[-1] = (*listing[-1][:-1], merged.replaced)
        rejections.append(rejected.table())
    if not faults.lines and mapping.of(SALES).totals == "set_aside":
        sales, stores = tables[landed(SALES)], tables.get(landed("stores"))
        tables[landed(SALES)], totals = set_totals_aside(sales, stores, notes, all_stores=own.are_all)
        rejections.append(totals)
    faults.stop()
    notes += [f"{SALES}: {why}" for found in (spread_over_days, rows_apart) if (why := found(tables[landed(SALES)]))]
    tables[REJECTIONS] = pa.concat_tables([REJECTED_SCHEMA.empty_table(), *rejections])
    tables[FILES] = pa.table([list(c) for c in zip(*listing, strict=True)], schema=FILES_SCHEMA)
    if own.are_all and tables[landed(SALES)].num_rows == 0:
        why = _first_reason(tables[REJECTIONS])
        raise LandingError(printable(f"{listed(found[SALES])}: no usable row; at least one is needed{why}"))
    return Landing(tables, notes)


def _first_reason(rejections: pa.Table) -> str:
    """Return why the first sales row was rejected, for a message; empty where there was no row at all."""
    of_sales = rejections.filter(pc.equal(rejections["dataset"], SALES))
    if not of_sales.num_rows:
        return ""
    row = of_sales.slice(0, 1).to_pylist()[0]
    return f"; first: row {row['row_number']} {row['column'] or ''} {row['reason']}".replace("  ", " ")


def _decoded(
    file: str, body: bytes, ds: Dataset, faults: Faults, own: OwnRows, mapping: DatasetMapping
) -> Decoded | None:
    raw = decode(file, body, ds.columns, faults, own, mapping)
    return None if raw is None else Decoded(raw, hashlib.sha256(body).hexdigest())


def _piece(
    ds: Dataset,
    file: str,
    raw: Raw,
    rejected: Rejected,
    faults: Faults,
    notes: list[str],
    mapping: DatasetMapping,
) -> Piece | None:
    """Return the usable rows of a file, or None after noting a fault of a whole column."""
    if raw.extra:
        notes.append(f"{file}: columns not in the contract were ignored: {', '.join(raw.extra)}")
    columns: dict[str, pa.Array] = {}
    bad: list[tuple[str, pa.Array, str]] = []
    for column in ds.columns:
        if column.name not in raw.table.column_names:
            columns[column.name] = pa.nulls(raw.table.num_rows, column.arrow_type)
            continue
        try:
            got = coerce(raw.table[column.name], column.type_name, mapping)
        except (UnknownTypeError, pa.ArrowException) as error:
            kind = raw.table.schema.field(column.name).type
            faults.add(file, f"column {column.name} has the type {kind}: {str(error).splitlines()[0]}")
            continue
        columns[column.name] = got.values
        if got.reason:
            bad.append((column.name, got.bad, got.reason))
        whole = _pattern(raw.table[column.name], got, column, mapping)
        if whole is not None:
            faults.add(file, f"column {column.name}: {whole}")
    if faults.lines:
        return None
    with_open_end(ds.name, columns, next((mask for name, mask, _ in bad if name == "end_date"), None))
    _apply(mapping, columns)
    if ds.name == SALES:
        _impute_closed(columns)
    bad += list(broken(ds.name, columns)) + list(_needed(ds.columns, columns, bad))
    table = pa.table(list(columns.values()), names=list(columns))
    keep = _reject(ds, file, raw, table, bad, rejected)
    sales = float(np.nansum(floats(table["sales"]))) if ds.name == SALES else 0.0
    table = _without_bad_extras(ds, table, bad)
    rows = np.flatnonzero(keep)
    if len(rows) == len(keep):
        return Piece(file, raw.rows, sales, raw.table, table, raw.row_number)
    picked = pa.array(rows)
    return Piece(file, raw.rows, sales, raw.table.take(picked), table.take(picked), raw.row_number[rows])


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


def _pattern(column: pa.ChunkedArray, got: Coerced, wanted: Column, mapping: DatasetMapping) -> str | None:
    """Return why a column as a whole cannot be read, rather than some of its values; None if it can."""
    if wanted.type_name not in ("double", "date"):
        return None
    raw = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if got.reason and (why := unreadable(raw, flags(got.bad), wanted.type_name)) is not None:
        return why
    return grouped_by_dots(raw, mapping) if wanted.type_name == "double" and not wanted.nullable else None


def _apply(mapping: DatasetMapping, columns: dict[str, pa.Array]) -> None:
    """Take the categories and store ids as the mapping says, and returned goods as sales below zero."""
    if mapping.returns and {"category", "sales"} <= columns.keys():
        returned = pc.is_in(columns["category"], value_set=pa.array(mapping.returns, pa.string()))
        columns["sales"] = pc.if_else(returned, pc.negate(pc.abs(columns["sales"])), columns["sales"])
    if mapping.store_ids == "number" and "store_id" in columns:
        columns["store_id"] = pc.replace_substring_regex(columns["store_id"], r"^0+(\d)", r"\1")
    if mapping.categories and "category" in columns:
        names = pa.array(list(mapping.categories), pa.string())
        to = pa.array(list(mapping.categories.values()), pa.string())
        at = pc.index_in(columns["category"], value_set=names)
        columns["category"] = pc.coalesce(to.take(at), columns["category"])


def _is_extra(ds: Dataset, column: str) -> bool:
    """Whether a row is worth keeping without this column: no part of the key, in which null means all."""
    nullable = next(c.nullable for c in ds.columns if c.name == column)
    return nullable and column not in ds.key


def _without_bad_extras(ds: Dataset, table: pa.Table, bad: Sequence[tuple[str, pa.Array, str]]) -> pa.Table:
    """Return the table with null in place of what is wrong in columns that a row can be used without."""
    for column, mask, _ in bad:
        if column in table.column_names and _is_extra(ds, column):
            values = pc.if_else(pc.fill_null(mask, False), None, table[column])
            table = table.set_column(table.column_names.index(column), column, values)
    return table


def _reject(
    ds: Dataset, file: str, raw: Raw, table: pa.Table, bad: Sequence[tuple[str, pa.Array, str]], rejected: Rejected
) -> npt.NDArray[np.bool_]:
    """Add what breaks a rule to the rejections; return which rows remain.

    A bad value that a row can do without is rejected alone.
    """
    keep = np.ones(table.num_rows, dtype=bool)
    for column, mask, reason in bad:
        rows = np.flatnonzero(flags(mask))
        if not len(rows):
            continue
        picked = pa.array(rows)
        if _is_extra(ds, column):
            reason = f"{reason}: the row is used without it"
        else:
            keep[rows] = False
        in_full = None
        if column in raw.table.column_names and not reason.startswith("is null"):
            value = as_text(raw.table[column].take(picked))
            in_full = pc.binary_join_element_wise("'", pc.fill_null(value, "null"), f"' {reason}", "")
        whole = raw_json(raw.table, rows)
        outcome = USED if _is_extra(ds, column) else REJECTED
        numbers, about = raw.row_number[rows], table.take(picked)
        rejected.add(file, numbers, column, reason, whole, about, reason=in_full, outcome=outcome)
    for row in raw.ragged:
        reason = f"has {row.found} fields, the header has {row.expected}"
        rejected.add(file, np.array([row.row_number]), None, reason, pa.array([row.text]), None)
    return keep
