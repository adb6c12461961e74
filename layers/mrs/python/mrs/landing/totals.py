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
LARGEST = 50
"""A total is among the largest: so many stores are tried."""
MOST_CATEGORIES = 200
SAMPLED = 20_000
"""Categories are compared over so many store-days at the most."""
NEAR_ONE, LEAST_WEIGHT, SHOWN = 0.3, 1e-3, 5
"""How far from one a part's weight may be; what takes part in a sum at all; names in a message."""


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
    """Yield the categories that are the sum of smaller ones of their store and day, the smallest total first."""
    category = pc.fill_null(table["category"], "")
    names = sorted_ids(category)
    if not 2 <= len(names) <= MOST_CATEGORIES:
        return
    code, day = codes_in(category, names), _store_days(table)
    step = 1 + int(day.max()) // SAMPLED
    of_sample = day % step == 0
    grid = np.zeros((1 + int(day.max()) // step, len(names)))
    np.add.at(grid, (day[of_sample] // step, code[of_sample]), np.nan_to_num(floats(table["sales"]))[of_sample])
    size = grid.sum(axis=0) * np.array([1.0 if name else 1 + WITHIN for name in names])
    parts: list[int] = []
    for at in np.argsort(size, kind="stable"):
        name = names[int(at)]
        least = LEAST_PARTS if name else 1  # beside one category, a row without any can only be its total
        own, smaller = grid[:, at], grid[:, parts]
        if _adds_up(own, smaller.sum(axis=1), (smaller != 0).sum(axis=1), least):
            of = "the other categories"
        elif (chosen := _parts_of(own, smaller)) is not None:
            of = f"categories {', '.join(sorted(names[parts[k]] for k in np.flatnonzero(chosen)))}"
        else:
            parts.append(int(at))
            continue
        yield Total(code == at, f"rows of category {name!r}" if name else "rows without a category", of)


def _of_stores(table: pa.Table, rows: BoolArray, regions: pa.Table | None) -> Iterator[Total]:
    """Yield the stores whose sales of a day are the sum of smaller ones: of all, a region's, a retailer's or some."""
    names = sorted_ids(table["store_id"])
    if len(names) <= LEAST_PARTS:
        return
    days = epoch_days(table["date"])
    first = int(days[rows].min()) if rows.any() else 0
    store = codes_in(table["store_id"], names)
    grid = np.zeros((int(days.max()) - first + 1, len(names)))
    np.add.at(grid, (days[rows] - first, store[rows]), np.nan_to_num(floats(table["sales"])[rows]))
    groups, tied = [("all other stores", np.ones(len(names), dtype=bool)), *_groups(names, regions)], _dependent(grid)
    member = np.array([stores for _, stores in groups])
    sums, counts = (np.zeros((len(groups), len(grid))) for _ in range(2))
    parts: list[int] = []
    for position, index in enumerate(np.argsort(grid.sum(axis=0), kind="stable")):
        own, of = grid[:, index], None
        if position >= len(names) - LARGEST:
            of = next((word for (word, _), s, c in zip(groups, sums, counts, strict=True) if _adds_up(own, s, c)), None)
            smaller = [k for k in parts if tied[k]]
            if of is None and tied[index] and (chosen := _parts_of(own, grid[:, smaller])) is not None:
                of = _some(sorted(names[smaller[k]] for k in np.flatnonzero(chosen)))
        if of is not None:
            yield Total(store == index, f"store {names[index]!r}", of)
            continue
        parts.append(int(index))
        sums[member[:, index]] += own
        counts[member[:, index]] += own != 0


def _some(stores: list[str]) -> str:
    more = f" and {len(stores) - SHOWN} more" if len(stores) > SHOWN else ""
    return f"stores {', '.join(stores[:SHOWN])}{more}"


def _dependent(grid: FloatArray) -> BoolArray:
    """Return which columns take part in a sum: the matrix is then short of rank; none where it has too few rows."""
    norm = np.sqrt((grid**2).sum(axis=0))
    sold = norm > 0
    tied = np.zeros(len(norm), dtype=bool)
    if sold.sum() <= LEAST_PARTS or len(grid) <= sold.sum():
        return tied
    scaled = grid[:, sold] / norm[sold]
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    short = values < WITHIN**2
    tied[np.flatnonzero(sold)[(np.abs(vectors[:, short]) > LEAST_WEIGHT).any(axis=1)]] = True
    return tied


def _parts_of(own: FloatArray, parts: FloatArray) -> BoolArray | None:
    """Return which columns of `parts` add up to `own`, by least squares: those of weight one; None if none do."""
    judged = np.flatnonzero((own != 0) & ((parts != 0).sum(axis=1) >= LEAST_PARTS))
    if len(judged) <= max(parts.shape[1], LEAST_DAYS):
        return None
    weights = np.linalg.lstsq(parts[judged], own[judged], rcond=None)[0]
    chosen = np.abs(weights - 1) < NEAR_ONE
    if chosen.sum() < LEAST_PARTS:
        return None
    kept = parts[:, chosen]
    return chosen if _adds_up(own, kept.sum(axis=1), (kept != 0).sum(axis=1)) else None


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


def _adds_up(own: FloatArray, parts: FloatArray, count: FloatArray | IntArray, least: int = LEAST_PARTS) -> bool:
    """Whether a value is the sum of its parts wherever there are `least` parts or more."""
    judged = (count >= least) & (own != 0)
    if judged.sum() < LEAST_DAYS:
        return False
    near = np.abs(own - parts) <= WITHIN * np.abs(parts) + 0.02
    return bool(near[judged].mean() >= LEAST_SHARE)
