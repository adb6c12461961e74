"""How alike two reports are in time, place, course and size: the features that a similarity model weighs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import FloatArray, IntArray
from mrs.clustering.neighbours import unit_sphere_km
from mrs.clustering.panel import ResidualPanel
from mrs.clustering.reports import Places, Reports

_BLOCK = 200_000
_SIZE_SCALE = 0.30
_SAME_REGION = 0.30
_STORE_HETEROGENEITY = 0.12


@dataclass(frozen=True)
class PairFeatures:
    """One row per pair; every value is between 0 and 1, and 1 is alike.

    Parameters
    ----------
    temporal
        Same onset and overlapping days.
    spatial
        Near each other, or part of something as wide as their regions; NaN where the place of either is not known.
    shape
        Same course of the daily deviations from before the onset to after the end.
    magnitude
        Same size of the deviation.
    breadth
        How much of the region that both are in started to deviate in the same days; 0 for two regions.
    chain
        How much of the chain that both belong to started to deviate in the same days; 0 for two chains.
    """

    temporal: FloatArray
    spatial: FloatArray
    shape: FloatArray
    magnitude: FloatArray
    breadth: FloatArray
    chain: FloatArray

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.temporal)


def pair_features(
    i: IntArray,
    j: IntArray,
    reports: Reports,
    panel: ResidualPanel,
    places: Places,
    everyone: Places,
    scale_km: float,
    tick: int,
) -> PairFeatures:
    """Compare the reports `i` with the reports `j`; nothing dated after `tick` is looked at.

    Parameters
    ----------
    places, everyone
        Where the stores of the panel are, and where all stores are that traded lately.
    """
    spatial, breadth, chain = _spatial(i, j, reports, places, everyone, scale_km)
    return PairFeatures(
        temporal=_temporal(i, j, reports),
        spatial=spatial,
        shape=_shape(i, j, reports, panel, tick),
        magnitude=np.exp(-np.abs(reports.size[i] - reports.size[j]) / _SIZE_SCALE),
        breadth=breadth,
        chain=chain,
    )


def _temporal(i: IntArray, j: IntArray, reports: Reports) -> FloatArray:
    overlap = np.minimum(reports.last[i], reports.last[j]) - np.maximum(reports.first[i], reports.first[j]) + 1
    shorter = np.minimum(reports.last[i] - reports.first[i], reports.last[j] - reports.first[j]) + 1
    shared = np.clip(overlap, 0, None) / shorter
    onset = np.exp(-np.abs(reports.first[i] - reports.first[j]) / 3.0)
    return np.asarray(onset * (0.4 + 0.6 * shared))


def started_together(reports: Reports, group: IntArray, members: FloatArray, window: int = 1) -> FloatArray:
    """Return, per report, the share of its group's stores whose reports began within `window` days in its direction.

    Parameters
    ----------
    group
        Per report, the code of its region or chain, -1 for none.
    members
        Number of stores of each group.
    """
    share = np.zeros(len(reports))
    known = np.flatnonzero(group >= 0)
    if not len(known):
        return share
    low = int(reports.first[known].min()) - window
    span = int(reports.first[known].max()) + window - low + 1
    side = (reports.sign[known] > 0).astype(np.int64)
    count = np.zeros((2, len(members), span))
    np.add.at(count, (side, group[known], reports.first[known] - low), 1.0)
    running = np.cumsum(np.pad(count, ((0, 0), (0, 0), (1, 0))), axis=2)
    begin = np.clip(reports.first[known] - window - low, 0, span)
    end = np.clip(reports.first[known] + window + 1 - low, 0, span)
    total = running[side, group[known], end] - running[side, group[known], begin]
    share[known] = np.minimum(total / np.maximum(members[group[known]], 1.0), 1.0)
    return share


def _spatial(
    i: IntArray, j: IntArray, reports: Reports, places: Places, everyone: Places, scale_km: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    region, retailer = places.region[reports.store], places.retailer[reports.store]
    wide = started_together(reports, region, everyone.per_region)
    whole_chain = started_together(reports, retailer, everyone.per_retailer)
    breadth = np.where((region[i] >= 0) & (region[i] == region[j]), np.sqrt(wide[i] * wide[j]), 0.0)
    same_chain = (retailer[i] >= 0) & (retailer[i] == retailer[j])
    xyz = unit_sphere_km(places.latitude[reports.store], places.longitude[reports.store])
    apart = np.linalg.norm(xyz[i] - xyz[j], axis=1) / (2.0 * scale_km)
    near = np.exp(-apart)
    same_region = np.where((region[i] >= 0) & (region[j] >= 0), np.where(region[i] == region[j], 1.0, 0.0), np.nan)
    spatial = np.where(np.isfinite(near), np.fmax(near, _SAME_REGION * same_region), 0.7 * same_region)
    return (
        np.fmax(spatial, np.where(np.isfinite(spatial), breadth, np.nan)),
        breadth,
        np.where(same_chain, whole_chain[i], 0.0),
    )


def _shape(i: IntArray, j: IntArray, reports: Reports, panel: ResidualPanel, tick: int) -> FloatArray:
    out = np.empty(len(i))
    days = np.arange(panel.first_day, tick + 1)
    ratio, spread = panel.log_ratio[:, : len(days)], panel.spread[:, : len(days)]
    for start in range(0, len(i), _BLOCK):
        a, b = i[start : start + _BLOCK], j[start : start + _BLOCK]
        begin = np.minimum(reports.first[a], reports.first[b]) - 2
        end = np.maximum(reports.last[a], reports.last[b]) + 1
        left, right = ratio[reports.store[a]], ratio[reports.store[b]]
        noise = spread[reports.store[a]] ** 2 + spread[reports.store[b]] ** 2
        noise += (_STORE_HETEROGENEITY * np.maximum(np.abs(left), np.abs(right))) ** 2
        counts = (days >= begin[:, None]) & (days <= end[:, None]) & np.isfinite(left) & np.isfinite(right)
        gap = np.where(counts, (left - right) ** 2 / noise, 0.0).sum(axis=1) / np.maximum(counts.sum(axis=1), 1)
        out[start : start + _BLOCK] = np.exp(-np.clip(gap - 0.5, 0.0, None) / 2.0)
    return out
