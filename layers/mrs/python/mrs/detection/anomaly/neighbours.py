"""Pools of neighbouring stores whose deviations confirm or contradict a store's own, as sparse matrices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import BoolArray, IntArray
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.params import NEAREST_IN_REGION, NEAREST_STORES
from mrs.nearest import nearest
from mrs.sparse import csr_matrix


@dataclass(frozen=True)
class Neighbours:
    """For R stores of interest among S: which of the S belong to each of their pools.

    Parameters
    ----------
    pools
        By name an R×S matrix of zeros and ones, never the store itself.
    region
        S, code of the store's region (stores without one share the last code).
    regions
        Number of codes.
    """

    pools: dict[str, csr_matrix]
    region: IntArray
    regions: int


def find_neighbours(stores: StoreTable, rows: IntArray, is_reference: BoolArray) -> Neighbours:
    """Return the pools of the stores at `rows`; without coordinates the nearest are those of the region, by id."""
    region = _codes(stores.regions)
    chain = _codes([f"{g}|{r}" for g, r in zip(region, stores.retailers, strict=True)])
    pools = {f"near_{k}": _nearest(stores, rows, k, None, is_reference) for k in NEAREST_STORES}
    pools["near_region"] = _nearest(stores, rows, NEAREST_IN_REGION, region, is_reference)
    pools["region"] = _same(region, rows, is_reference)
    pools["chain"] = _same(chain, rows, is_reference)
    return Neighbours(pools, region, int(region.max(initial=-1)) + 1)


def _codes(values: list[str] | tuple[str | None, ...]) -> IntArray:
    texts = ["￿" if v is None else v for v in values]
    return np.unique(texts, return_inverse=True)[1].astype(np.int64) if texts else np.zeros(0, dtype=np.int64)


def _same(code: IntArray, rows: IntArray, is_reference: BoolArray) -> csr_matrix:
    groups = int(code.max(initial=-1)) + 1
    member = csr_matrix((np.ones(len(code)), (np.arange(len(code)), code)), shape=(len(code), groups))
    return _without_self((member[rows] @ member.T).tocsr(), rows, is_reference)


def _without_self(matrix: csr_matrix, rows: IntArray, is_reference: BoolArray) -> csr_matrix:
    coo = matrix.tocoo()
    keep = (rows[coo.row] != coo.col) & is_reference[coo.col]
    out = csr_matrix((coo.data[keep], (coo.row[keep], coo.col[keep])), shape=matrix.shape)
    out.sort_indices()
    return out


def _nearest(
    stores: StoreTable, rows: IntArray, count: int, region: IntArray | None, is_reference: BoolArray
) -> csr_matrix:
    """Return the `count` nearest other stores of each row, within its region if one is given; ties by position."""
    total = len(stores.store_ids)
    lat, lon = np.radians(stores.latitude), np.radians(stores.longitude)
    point = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    placed = ~np.isnan(point).any(axis=1)
    at, to = [], []
    groups = np.zeros(total, dtype=np.int64) if region is None else region
    for group in np.unique(groups[rows]):
        members = np.flatnonzero((groups == group) & placed & is_reference)
        wanted = np.flatnonzero((groups[rows] == group) & placed[rows])
        if not len(members) or not len(wanted):
            continue
        distance, found = nearest(point[members], point[rows[wanted]], min(count + 4, len(members)))
        near = members[found]
        distance = np.where(near == rows[wanted][:, None], np.inf, np.round(distance, 9))
        order = np.lexsort((near, distance), axis=1)[:, :count]
        real = np.isfinite(np.take_along_axis(distance, order, axis=1))
        at.append(np.repeat(wanted, order.shape[1])[real.ravel()])
        to.append(np.take_along_axis(near, order, axis=1)[real])
    i = np.concatenate(at) if at else np.zeros(0, dtype=np.int64)
    j = np.concatenate(to) if to else np.zeros(0, dtype=np.int64)
    out = csr_matrix((np.ones(len(i)), (i, j)), shape=(len(rows), total))
    out.sort_indices()
    return out
