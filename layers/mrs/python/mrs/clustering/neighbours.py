"""Which reports are worth comparing: the nearest in place, time and size, never all with all."""

from __future__ import annotations

import numpy as np

from mrs.arrays import FloatArray, IntArray
from mrs.clustering.reports import Places, Reports
from mrs.nearest import nearest

EARTH_RADIUS_KM = 6371.0


def unit_sphere_km(latitude: FloatArray, longitude: FloatArray) -> FloatArray:
    """Return (n, 3) coordinates in km, in which straight distance is distance on the ground for neighbours."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    return EARTH_RADIUS_KM * np.column_stack((np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)))


def neighbourhood_km(places: Places, k: int = 8) -> float:
    """Return the usual distance from a store to its `k`-th nearest, the scale of "near"; NaN without coordinates."""
    known = np.isfinite(places.latitude)
    n = int(known.sum())
    if n < 2:
        return float("nan")
    xyz = unit_sphere_km(places.latitude[known], places.longitude[known])
    distance, _ = nearest(xyz, xyz, min(k + 1, n))
    return float(max(np.median(distance[:, -1]), 1.0))


def candidate_pairs(reports: Reports, places: Places, scale_km: float, k: int) -> tuple[IntArray, IntArray]:
    """Return pairs (i < j) of reports of one direction that are near each other.

    Each report looks for its `k` nearest in four views: on the map, in its region, in its chain, and by time and size
    alone; so the number of pairs grows with the number of reports, not with its square.
    """
    n = len(reports)
    when_and_size = np.column_stack((reports.first / 1.5, reports.last / 6.0, reports.size / 0.25))
    found = [np.empty((0, 2), dtype=np.int64)]
    xyz = unit_sphere_km(places.latitude[reports.store], places.longitude[reports.store])
    region, retailer = places.region[reports.store], places.retailer[reports.store]
    for sign in (-1, 1):
        mine = reports.sign == sign
        on_map = np.flatnonzero(mine & np.isfinite(xyz[:, 0]))
        if np.isfinite(scale_km):
            found.append(_nearest(np.column_stack((xyz[on_map] / scale_km, when_and_size[on_map])), on_map, k))
        for codes, share in ((region, 1.0), (retailer, 0.5)):
            for code in np.unique(codes[mine & (codes >= 0)]):
                block = np.flatnonzero(mine & (codes == code))
                found.append(_nearest(when_and_size[block], block, max(int(k * share), 4)))
        everyone = np.flatnonzero(mine)
        found.append(_nearest(when_and_size[everyone], everyone, max(k // 4, 4)))
    pairs = np.concatenate(found)
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    key = np.unique(low[low < high] * n + high[low < high])
    return key // n, key % n


def _nearest(features: FloatArray, index: IntArray, k: int) -> IntArray:
    """Return (index, index) of each row and its `k` nearest; equal distances come in the order of the index."""
    if len(index) < 2:
        return np.empty((0, 2), dtype=np.int64)
    # a shift far below any meaningful distance, by rank, so that ties do not fall to the tree's whim
    tie = np.linspace(0.0, 1e-6, len(index))[:, None]
    rows = np.hstack((features, tie))
    _, near = nearest(rows, rows, min(k + 1, len(index)))
    return np.column_stack((np.repeat(index, near.shape[1]), index[near.ravel()]))
