"""Totals among parts: rows that are the sum of other rows of the same feed, found by arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import BoolArray, FloatArray, IntArray, codes_in, epoch_days, floats, sorted_ids

LEAST_DAYS = 10
"""So many days, or store-days, must add up before a row counts as a total: two parts add up by chance now and then."""
LEAST_SHARE = 0.95
"""Of the days on which there are parts, so many must add up: totals are sometimes corrected later than their parts."""
WITHIN = 0.002
"""Relative difference that rounding of the parts may leave."""
LEAST_PARTS = 2


@dataclass(frozen=True)
class Total:
    """Rows that are sums of others.

    Parameters
    ----------
    rows
        N, which rows of the table they are.
    name
        What they are called: a category, `rows without a category`, or a store.
    of
        What they are the sum of, in words.
    """

    rows: BoolArray
    name: str
    of: str


def find_totals(table: pa.Table, regions: pa.Table | None = None, *, all_stores: bool = True) -> list[Total]:
    """Return the totals of a sales feed.

    Parameters
    ----------
    table
        `store_id`, `category`, `date` and `sales` of the feed's rows.
    regions
        The stores' `store_id`, `region` and `retailer`, where known: a row of a region's name may be its total.
    all_stores
        False where the table holds one shard's stores only: totals of stores cannot be seen then.
    """
    if not table.num_rows:
        return []
    found = [*_of_categories(table)]
    if all_stores:
        taken = np.any([t.rows for t in found], axis=0) if found else np.zeros(table.num_rows, dtype=bool)
        found += _of_stores(table, ~taken, regions)
    return found


def _of_categories(table: pa.Table) -> Iterator[Total]:
    """Yield the category whose rows are the sum of the other rows of their store and day."""
    category = pc.fill_null(table["category"], "")
    names = sorted_ids(category)
    if len(names) < 2:
        return
    code = codes_in(category, names)
    day, sales = _store_days(table), np.nan_to_num(floats(table["sales"]))
    whole, count = _sums(day, sales)
    for at, name in enumerate(names):
        rows = code == at
        least = LEAST_PARTS if name else 1  # beside one category, a row without any can only be its total
        if _adds_up(sales[rows], (whole - sales)[rows], (count - 1)[rows], least):
            words = f"rows of category {name!r}" if name else "rows without a category"
            yield Total(rows, words, "the other categories")


def _of_stores(table: pa.Table, rows: BoolArray, regions: pa.Table | None) -> Iterator[Total]:
    """Yield the stores whose sales of a day are the sum of all others', or of those of one region or retailer."""
    names = sorted_ids(table["store_id"])
    if len(names) <= LEAST_PARTS:
        return
    days = epoch_days(table["date"])
    first = int(days[rows].min()) if rows.any() else 0
    grid = np.zeros((len(names), int(days.max()) - first + 1))
    at = (codes_in(table["store_id"], names)[rows], days[rows] - first)
    np.add.at(grid, at, np.nan_to_num(floats(table["sales"])[rows]))
    sold = (grid != 0).sum(axis=0)
    store = codes_in(table["store_id"], names)
    left, groups, all_left = np.ones(len(names), dtype=bool), list(_groups(names, regions)), grid.sum(axis=0)
    for index in np.argsort(-grid.sum(axis=1), kind="stable")[:LARGEST]:
        own = grid[index]
        if _adds_up(own, all_left - own, sold - 1):
            left[index], all_left = False, all_left - own
            yield Total(store == index, f"store {names[index]!r}", "all other stores")
            continue
        for word, members in groups:
            part = members & left
            part[index] = False
            if part.sum() >= LEAST_PARTS and _adds_up(own, grid[part].sum(axis=0), (grid[part] != 0).sum(axis=0)):
                left[index], all_left = False, all_left - own
                yield Total(store == index, f"store {names[index]!r}", word)
                break


LARGEST = 50
"""A total is among the largest: so many stores are tried."""


def _groups(names: list[str], regions: pa.Table | None) -> Iterator[tuple[str, BoolArray]]:
    if regions is None:
        return
    place = codes_in(pa.array(names, pa.string()), regions["store_id"].combine_chunks())
    for column in ("region", "retailer"):
        values = regions[column].combine_chunks()
        for value in sorted_ids(values):
            rows = np.flatnonzero(np.asarray(pc.fill_null(pc.equal(values, value), False)))
            yield f"the stores of {column} {value!r}", np.isin(place, rows)


def _store_days(table: pa.Table) -> IntArray:
    stores = codes_in(table["store_id"], sorted_ids(table["store_id"]))
    days = epoch_days(table["date"])
    _, code = np.unique(stores * 10_000_000 + days, return_inverse=True)
    return np.asarray(code, dtype=np.int64)


def _sums(group: IntArray, values: FloatArray) -> tuple[FloatArray, IntArray]:
    return np.bincount(group, weights=values)[group].astype(np.float64), np.bincount(group)[group].astype(np.int64)


def _adds_up(own: FloatArray, parts: FloatArray, count: IntArray, least: int = LEAST_PARTS) -> bool:
    """Whether a value is the sum of its parts wherever there are `least` parts or more."""
    judged = (count >= least) & (own != 0)
    if judged.sum() < LEAST_DAYS:
        return False
    near = np.abs(own - parts) <= WITHIN * np.abs(parts) + 0.02
    return bool(near[judged].mean() >= LEAST_SHARE)
