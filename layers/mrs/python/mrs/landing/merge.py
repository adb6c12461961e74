"""The files of one dataset put together, one row a key: later files correct earlier ones, and totals are set aside."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import IntArray
from mrs.contracts import Dataset
from mrs.landing.duplicates import Duplicates, find_duplicates
from mrs.landing.faults import Faults
from mrs.landing.files import SALES
from mrs.landing.later import replaced
from mrs.landing.mapping import FILE, FeedMapping
from mrs.landing.patterns import contradictions
from mrs.landing.rejected import Rejected, raw_json
from mrs.landing.rows import Piece
from mrs.landing.totals import category_totals, store_totals
from mrs.store.canonical import group_codes


class _Merge:
    """The rows of some files, and where each came from."""

    def __init__(self, pieces: Sequence[Piece], rejected: Rejected) -> None:
        self.pieces, self.rejected = pieces, rejected
        self.names = [p.file for p in pieces]
        sizes = [p.table.num_rows for p in pieces]
        self.table = pa.concat_tables([p.table for p in pieces]).combine_chunks()
        self.file = np.repeat(np.arange(len(pieces)), sizes)
        self.numbers = np.concatenate([p.row_number for p in pieces])
        self.offset = np.cumsum([0, *sizes])
        self.keep = np.ones(len(self.file), dtype=bool)

    def set_aside(self, rows: IntArray, reason: str, others: IntArray | None = None, *, is_lost: bool = False) -> None:
        """Add rows to the rejections, file by file; `{}` in the reason is the row number of each one's other.

        `is_lost`: no other row says what these say, so that sales are missing.
        """
        self.keep[rows] = False
        for position in np.unique(self.file[rows]):
            mine = self.file[rows] == position
            picked = rows[mine]
            said: pa.Array | str = reason
            if others is not None:
                before, after = reason.split("{}")
                number = pa.array(self.numbers[others[mine]]).cast(pa.string())
                said = pc.binary_join_element_wise(before, number, after, "")
            raw = raw_json(self.pieces[position].raw, picked - self.offset[position])
            about = self.table.take(pa.array(picked))
            used = pa.repeat(pa.scalar(False if is_lost else None, pa.bool_()), len(picked))
            self.rejected.add(self.names[position], self.numbers[picked], None, said, raw, about, used)

    def money(self, rows: IntArray) -> float:
        """Return the sales of some rows."""
        return float(pc.sum(self.table["sales"].take(pa.array(rows))).as_py() or 0.0)

    def rest(self) -> pa.Table:
        """Return the rows that remain, with `file` and `row_number`."""
        names = pa.array(self.names, pa.string())
        origin = pa.DictionaryArray.from_arrays(pa.array(self.file, pa.int32()), names)
        table = self.table.append_column("file", origin).append_column("row_number", pa.array(self.numbers))
        return table if self.keep.all() else table.filter(pa.array(self.keep))


def merged(
    ds: Dataset,
    pieces: Sequence[Piece],
    rejected: Rejected,
    notes: list[str],
    faults: Faults,
    how: FeedMapping,
    is_whole: bool,
) -> pa.Table:
    """Put the files of a dataset together, one row a key.

    Parameters
    ----------
    ds, pieces
        The dataset and the usable rows of its files, the later files last.
    rejected, notes, faults
        Where to say what was set aside, what a person should know, and what stops the run.
    how
        The mapping: whether rows of one key are summed, which stores and categories are totals.
    is_whole
        Whether the rows are those of all stores: a total of stores shows only among these.
    """
    merge = _Merge(pieces, rejected)
    if ds.name == SALES:
        _set_named_totals_aside(merge, how)
        if how.same_key == "sum":
            merge.table, merge.keep = _summed(merge, ds.key)
    _set_twins_aside(merge, ds, how, notes, faults)
    if ds.name == SALES and not how.keep_totals:
        _set_totals_aside(merge, notes, is_whole)
    return merge.rest()


def _set_named_totals_aside(merge: _Merge, how: FeedMapping) -> None:
    for column, values in (("store_id", how.not_stores), ("category", how.not_categories)):
        if values:
            found = pc.is_in(pc.fill_null(merge.table[column], ""), value_set=pa.array(values, pa.string()))
            rows = np.flatnonzero(np.asarray(found) & merge.keep)
            merge.set_aside(rows, f"is a total by {FILE}: {column}")


def _summed(merge: _Merge, key: Sequence[str]) -> tuple[pa.Table, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return the rows with sales and units summed over those of one key, into the first of them, and which remain."""
    table, kept = merge.table, np.flatnonzero(merge.keep)
    codes = group_codes(table, key)
    _, first, group = np.unique(codes[kept], return_index=True, return_inverse=True)
    rows = kept[first]
    for name in ("sales", "units"):
        values = np.asarray(table[name].combine_chunks().to_numpy(zero_copy_only=False), dtype=np.float64)[kept]
        has = ~np.isnan(values)
        total = np.bincount(group.reshape(-1), weights=np.where(has, values, 0.0))
        some = np.bincount(group.reshape(-1), weights=has) > 0
        summed = np.full(table.num_rows, np.nan)
        summed[rows] = np.where(some, total, np.nan)
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, pa.array(summed, from_pandas=True))
    keep = np.zeros(table.num_rows, dtype=bool)
    keep[rows] = True
    return table, keep


def _set_twins_aside(merge: _Merge, ds: Dataset, how: FeedMapping, notes: list[str], faults: Faults) -> None:
    kept = np.flatnonzero(merge.keep)
    found = find_duplicates(merge.table.take(pa.array(kept)), ds.key, merge.file[kept])
    twins = Duplicates(*(kept[getattr(found, name)] for name in Duplicates.__dataclass_fields__))
    words = ", ".join(ds.key)
    if ds.name == SALES:
        for position in np.unique(merge.file[twins.contradicting]):
            mine = twins.contradicting[merge.file[twins.contradicting] == position]
            piece = merge.pieces[position]
            said = contradictions(piece.table.num_rows, len(mine), merge.money(mine))
            if said is not None:
                faults.add(piece.file, said)
    merge.set_aside(twins.repeats, f"repeats row {{}}: the same {words} and values", twins.first)
    disagree = f"contradicts row {{}}: same {words}, other values; neither is used"
    merge.set_aside(twins.contradicting, disagree, twins.other, is_lost=True)
    merge.keep[twins.superseded] = False
    if not len(twins.superseded):
        return
    if ds.name != SALES:
        notes.append(f"{ds.name}: {len(twins.superseded)} rows were corrected by a later file")
        return
    for said_anew in replaced(merge.table, merge.file, merge.names, twins.superseded, twins.successor):
        if said_anew.is_unclear and how.same_key is None:
            faults.add(said_anew.later, said_anew.question)
        else:
            notes.append(said_anew.note)


def _set_totals_aside(merge: _Merge, notes: list[str], is_whole: bool) -> None:
    kept = np.flatnonzero(merge.keep)
    mask, category = category_totals(merge.table.take(pa.array(kept)))
    if mask.any():
        rows = kept[mask]
        named = f"category {category!r}" if category else "rows without a category"
        notes.append(
            f"{SALES}: {named} are the sum of the other categories: {len(rows)} rows, "
            f"sales of {merge.money(rows):,.2f}, set aside (to keep them, say keep_totals = true in {FILE})"
        )
        merge.set_aside(rows, "is the total of the other categories of the store and day")
    if not is_whole:
        return
    kept = np.flatnonzero(merge.keep)
    for store in store_totals(merge.table.take(pa.array(kept))):
        rows = kept[np.asarray(pc.equal(merge.table["store_id"].take(pa.array(kept)), store))]
        notes.append(
            f"{SALES}: {store!r} is the sum of other stores, not a store: {len(rows)} rows, sales of "
            f"{merge.money(rows):,.2f}, set aside (to keep it, say keep_totals = true in {FILE})"
        )
        merge.set_aside(rows, "is the total of other stores of the day")
