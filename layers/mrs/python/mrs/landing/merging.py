"""The files of one dataset put together: one row a key, with what was corrected, added up or set aside on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import epoch_days, floats
from mrs.contracts import Dataset, dataset
from mrs.landing.duplicates import find_duplicates
from mrs.landing.faults import Faults
from mrs.landing.files import SALES
from mrs.landing.mapping import FILE as MAPPING
from mrs.landing.mapping import DatasetMapping
from mrs.landing.overlaps import overlap
from mrs.landing.rejected import REJECTED, REPEAT, TOTAL, Rejected, raw_json
from mrs.landing.totals import find_totals
from mrs.store.canonical import group_codes


@dataclass(frozen=True)
class Piece:
    """The usable rows of one file, and how many rows and what sales it has in all."""

    file: str
    rows: int
    sales: float
    raw: pa.Table
    table: pa.Table
    row_number: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Merged:
    """The rows of a dataset, one a key, and the sales of the rows that a later file has replaced."""

    table: pa.Table
    replaced: float


def merge(
    ds: Dataset,
    pieces: Sequence[Piece],
    rejected: Rejected,
    notes: list[str],
    faults: Faults,
    mapping: DatasetMapping,
) -> Merged:
    """Put the files of a dataset together, one row a key."""
    names = [p.file for p in pieces]
    sizes = [p.table.num_rows for p in pieces]
    table = pa.concat_tables([p.table for p in pieces]).combine_chunks()
    file = np.repeat(np.arange(len(pieces)), sizes)
    numbers = np.concatenate([p.row_number for p in pieces])
    twins = find_duplicates(table, ds.key, file)
    offset = np.cumsum([0, *sizes])
    words = ", ".join(ds.key)
    again, against = (
        _Twins(twins.repeats, twins.first, f"repeats {{}}: the same {words} and values", REPEAT),
        _Twins(
            twins.contradicting,
            twins.other,
            f"contradicts {{}}: same {words}, other values; neither is used",
            REJECTED,
        ),
    )
    for found in (again, against):
        _reject_twins(table, pieces, file, offset, numbers, found, rejected)
    keep = np.ones(len(file), dtype=bool)
    for rows in (twins.repeats, twins.contradicting, twins.superseded):
        keep[rows] = False
    replaced = 0.0
    if len(twins.superseded):
        if ds.name == SALES and mapping.several_files == "sum":
            table = _added_up(ds, table, keep, twins.superseded)
        elif ds.name == SALES:
            replaced = float(np.nansum(floats(table["sales"])[twins.superseded]))
        notes += _corrections(ds, table, file, names, keep, twins.superseded, faults, mapping)
    origin = pa.DictionaryArray.from_arrays(pa.array(file, pa.int32()), pa.array(names, pa.string()))
    table = table.append_column("file", origin).append_column("row_number", pa.array(numbers))
    return Merged(table if keep.all() else table.filter(pa.array(keep)), replaced)


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
    sales, day = np.nan_to_num(floats(table["sales"])), epoch_days(table["date"])
    found = []
    for later in np.unique(file[winner]):
        mine = file[winner] == later
        seen = overlap(sales[superseded[mine]], sales[winner[mine]], day[winner[mine]], file[superseded[mine]])
        if not seen.rows:
            continue
        changed = superseded[mine & (sales[superseded] != sales[winner])]
        earlier = ", ".join(names[int(n)] for n in np.unique(file[changed]))
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
        raw, numbers, about = raw_json(own_columns, rows), np.asarray(table["row_number"])[rows], table.take(picked)
        for name in pc.unique(files).to_pylist():
            at = np.flatnonzero(np.asarray(pc.equal(files, name)))
            of_file = pa.array(at)
            rejected.add(name, numbers[at], None, reason, raw.take(of_file), about.take(of_file), outcome=TOTAL)
    return (table.filter(pa.array(~taken)) if taken.any() else table), rejected.table()


@dataclass(frozen=True)
class _Twins:
    """Rows that share a key with `others`, what is wrong with them (`{}` stands for the other row), and the outcome."""

    rows: npt.NDArray[np.int64]
    others: npt.NDArray[np.int64]
    text: str
    outcome: str


def _reject_twins(
    table: pa.Table,
    pieces: Sequence[Piece],
    file: npt.NDArray[np.int64],
    offset: npt.NDArray[np.int64],
    numbers: npt.NDArray[np.int64],
    twins: _Twins,
    rejected: Rejected,
) -> None:
    """Add rows that share a key with others to the rejections, file by file."""
    before, after = twins.text.split("{}")
    for position in np.unique(file[twins.rows]):
        mine = file[twins.rows] == position
        picked, others = twins.rows[mine], pa.array(numbers[twins.others[mine]]).cast(pa.string())
        reason = pc.binary_join_element_wise(f"{before}row ", others, after, "")
        raw = raw_json(pieces[position].raw, picked - offset[position])
        about, rule = table.take(pa.array(picked)), f"{before}another row{after}"
        name, of_rows = pieces[position].file, numbers[picked]
        rejected.add(name, of_rows, None, rule, raw, about, reason=reason, outcome=twins.outcome)
