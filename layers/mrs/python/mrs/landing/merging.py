"""The files of one dataset put together: one row a key, with what was corrected, added up or set aside on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import floats
from mrs.contracts import Dataset, dataset
from mrs.landing.duplicates import find_duplicates
from mrs.landing.faults import Faults
from mrs.landing.files import SALES
from mrs.landing.mapping import FILE as MAPPING
from mrs.landing.mapping import DatasetMapping
from mrs.landing.overlaps import overlap
from mrs.landing.rejected import Rejected, raw_json
from mrs.landing.totals import find_totals
from mrs.store.canonical import group_codes


@dataclass(frozen=True)
class Piece:
    """The usable rows of one file, and how many rows it has."""

    file: str
    rows: int
    raw: pa.Table
    table: pa.Table
    row_number: npt.NDArray[np.int64]


def day_of(table: pa.Table) -> pa.Array:
    """Return the date by which a row becomes visible; null where it has none."""
    if "date" in table.column_names:
        return table["date"].combine_chunks()
    return pa.nulls(table.num_rows, pa.date32())


def merge(
    ds: Dataset,
    pieces: Sequence[Piece],
    rejected: Rejected,
    notes: list[str],
    faults: Faults,
    mapping: DatasetMapping,
) -> pa.Table:
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
    keep = np.ones(len(file), dtype=bool)
    for rows in (twins.repeats, twins.contradicting, twins.superseded):
        keep[rows] = False
    if len(twins.superseded):
        if ds.name == SALES and mapping.several_files == "sum":
            table = _added_up(ds, table, keep, twins.superseded)
        notes += _corrections(ds, table, file, names, keep, twins.superseded, faults, mapping)
    origin = pa.DictionaryArray.from_arrays(pa.array(file, pa.int32()), pa.array(names, pa.string()))
    table = table.append_column("file", origin).append_column("row_number", pa.array(numbers))
    return table if keep.all() else table.filter(pa.array(keep))


def _corrections(
    ds: Dataset,
    table: pa.Table,
    file: npt.NDArray[np.int64],
    names: Sequence[str],
    keep: npt.NDArray[np.bool_],
    superseded: npt.NDArray[np.int64],
    faults: Faults,
    mapping: DatasetMapping,
) -> list[str]:
    """Return what later files changed, in words and money; files that may be parts of one sum are a fault."""
    count = len(superseded)
    if ds.name != SALES or mapping.several_files == "sum":
        said = (
            "added up with those of other files, as the mapping says"
            if ds.name == SALES
            else "corrected by a later file"
        )
        return [f"{ds.name}: {count} rows were {said}"]
    codes = group_codes(table, ds.key)
    order = np.argsort(codes, kind="stable")
    winners = order[keep[order]]
    winner = winners[np.searchsorted(codes[winners], codes[superseded])]
    sales = np.nan_to_num(floats(table["sales"]))
    found = []
    for later in np.unique(file[winner]):
        mine = (file[winner] == later) & (sales[superseded] != sales[winner])
        if not mine.any():
            continue
        earlier = ", ".join(names[int(n)] for n in np.unique(file[superseded[mine]]))
        seen = overlap(sales[superseded[mine]], sales[winner[mine]])
        again = f"{names[int(later)]} ({seen.after:,.2f})"
        words = f"{seen.rows:,} rows of {earlier} ({seen.before:,.2f}) are there again in {again}"
        if seen.is_ambiguous and mapping.several_files is None:
            faults.add(
                ds.name,
                f"{words} with very different sales: a correction, or parts of one sum? Say it in {MAPPING}: "
                'several_files = "replace" or "sum"',
            )
        else:
            found.append(f"{ds.name}: {words}: the later file counts")
    return found


def _added_up(ds: Dataset, table: pa.Table, keep: npt.NDArray[np.bool_], superseded: npt.NDArray[np.int64]) -> pa.Table:
    """Return the table with the sales and units of superseded rows added to the row of their key that remains."""
    codes = group_codes(table, ds.key)
    _, group = np.unique(codes, return_inverse=True)
    part = keep.copy()
    part[superseded] = True
    for name in ("sales", "units"):
        values = floats(table[name])
        known = part & ~np.isnan(values)
        sums = np.bincount(group[known], weights=values[known], minlength=int(group.max()) + 1)
        seen = np.bincount(group[known], minlength=int(group.max()) + 1) > 0
        whole = np.where(seen, sums, np.nan)[group]
        table = table.set_column(table.column_names.index(name), name, pa.array(whole, from_pandas=True))
    return table


def set_totals_aside(
    table: pa.Table, stores: pa.Table | None, notes: list[str], *, all_stores: bool
) -> tuple[pa.Table, pa.Table]:
    """Return the sales without the rows that are the sum of other rows, and these as rejections.

    `all_stores` is False for the rows of one shard: totals over stores cannot be seen there.
    """
    rejected = Rejected(SALES)
    taken = np.zeros(table.num_rows, dtype=bool)
    for total in find_totals(table, stores, all_stores=all_stores):
        rows = np.flatnonzero(total.rows & ~taken)
        taken[rows] = True
        money = float(np.nansum(floats(table["sales"])[rows]))
        reason = f"is a total: {total.name}, the sum of {total.of}"
        notes.append(
            f"{SALES}: {len(rows):,} rows ({money:,.2f}) were set aside as totals: {total.name}, "
            f'the sum of {total.of}. If they are no totals, say it in {MAPPING}: totals = "keep"'
        )
        picked = pa.array(rows)
        own_columns = table.select([c.name for c in dataset(SALES).columns])
        files = table["file"].take(picked).cast(pa.string()).combine_chunks()
        raw, numbers, days = (
            raw_json(own_columns, rows),
            np.asarray(table["row_number"])[rows],
            day_of(table).take(picked),
        )
        for name in pc.unique(files).to_pylist():
            at = np.flatnonzero(np.asarray(pc.equal(files, name)))
            rejected.add(name, numbers[at], None, reason, raw.take(pa.array(at)), days.take(pa.array(at)))
    return (table.filter(pa.array(~taken)) if taken.any() else table), rejected.table()


def _reject_twins(
    table: pa.Table,
    pieces: Sequence[Piece],
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
        rejected.add(pieces[position].file, numbers[picked], None, reason, raw, day_of(table).take(pa.array(picked)))
