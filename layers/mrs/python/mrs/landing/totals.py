"""Totals among their parts, found by arithmetic: rows that are the sum of others of the same file or day."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import BoolArray, FloatArray, IntArray

LEAST_DAYS = 5
MOSTLY = 0.95
CLOSE = 0.002
CANDIDATES = 12
MOST_STORES = 5000


def category_totals(table: pa.Table) -> tuple[BoolArray, str | None]:
    """Return which rows are the total of the other categories of their store-day, and the category that they have.

    A category (null being one) is a total if on nearly all of its store-days that have another category it is their
    sum; where there is but one other, only a null can be a total of it.
    """
    none = np.zeros(table.num_rows, dtype=bool)
    if table["category"].null_count == table.num_rows:
        return none, None
    names = pc.fill_null(table["category"], "").combine_chunks().dictionary_encode()
    code = np.asarray(names.indices.to_numpy(), dtype=np.int64)
    known = names.dictionary.to_pylist()
    if len(known) < 2:
        return none, None
    cell = _cells(table)
    sales = np.asarray(table["sales"].to_numpy(), dtype=np.float64)
    whole, count = np.bincount(cell, weights=sales), np.bincount(cell)
    rest = whole[cell] - sales
    for at, name in enumerate(known):
        mine = code == at
        among = mine & (count[cell] >= (2 if name == "" else 3)) & ((sales != 0) | (rest != 0))
        if among.sum() < LEAST_DAYS:
            continue
        equal = np.abs(rest - sales) <= np.maximum(0.02 * count[cell], CLOSE * np.abs(sales))
        if equal[among].mean() >= MOSTLY:
            return mine & (count[cell] >= 2) & equal, name
    return none, None


def store_totals(table: pa.Table) -> list[str]:
    """Return the stores whose sales are, day by day, the sum of smaller ones: the chain's total, or a region's.

    A candidate is one of the largest stores; least squares over the days says which smaller ones it is the sum of.
    """
    sold = table.filter(table["sales"].is_valid())
    codes = sold["store_id"].combine_chunks().dictionary_encode()
    stores = codes.dictionary.to_pylist()
    if not 3 <= len(stores) <= MOST_STORES:
        return []
    matrix = _matrix(sold, np.asarray(codes.indices.to_numpy(), dtype=np.int64), len(stores))
    order = np.lexsort((np.array(stores), matrix.sum(axis=0)))
    found: list[int] = []
    for position in range(max(2, len(order) - CANDIDATES), len(order)):
        candidate = int(order[position])
        parts = np.array([k for k in order[:position] if k not in found], dtype=np.int64)
        if _is_sum(matrix[:, candidate], matrix[:, parts]):
            found.append(candidate)
    return sorted(stores[k] for k in found)


def _is_sum(total: FloatArray, parts: FloatArray) -> bool:
    """Whether a column is the sum of some of the others: of all, or of those that least squares picks."""
    days = total != 0
    if days.sum() < LEAST_DAYS or parts.shape[1] < 2:
        return False
    total, parts = total[days], parts[days]
    if _near(total, parts.sum(axis=1)):
        return True
    if len(total) < 2 * parts.shape[1]:
        return False
    weights, *_ = np.linalg.lstsq(parts, total, rcond=None)
    chosen = weights > 0.5
    return bool(chosen.sum() >= 2 and _near(total, parts[:, chosen].sum(axis=1)))


def _near(total: FloatArray, summed: FloatArray) -> bool:
    close = np.abs(total - summed) <= np.maximum(0.05, CLOSE * np.abs(total))
    return bool(close.mean() >= MOSTLY)


def _cells(table: pa.Table) -> IntArray:
    store = np.asarray(table["store_id"].combine_chunks().dictionary_encode().indices.to_numpy(), dtype=np.int64)
    day = np.asarray(table["date"].cast(pa.int32()).to_numpy(), dtype=np.int64)
    _, cell = np.unique(store * 2**20 + day, return_inverse=True)
    return np.asarray(cell, dtype=np.int64).reshape(-1)


def _matrix(table: pa.Table, store: IntArray, stores: int) -> FloatArray:
    """Return days × stores, 0 where nothing was sold."""
    days, row = np.unique(table["date"].cast(pa.int32()).to_numpy(), return_inverse=True)
    sales = np.asarray(table["sales"].to_numpy(), dtype=np.float64)
    summed = np.bincount(row * stores + store, weights=sales, minlength=len(days) * stores)
    return np.asarray(summed.reshape(len(days), stores), dtype=np.float64)
