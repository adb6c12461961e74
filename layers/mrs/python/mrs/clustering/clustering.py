"""One tick's clustering, from report rows to clusters; what the daily stage and the rereview share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mrs.arrays import FloatArray, IntArray
from mrs.clustering.grouping import density_clusters, join_wide
from mrs.clustering.neighbours import candidate_pairs, neighbourhood_km
from mrs.clustering.pairs import PairFeatures, pair_features, started_together
from mrs.clustering.panel import ResidualPanel
from mrs.clustering.reports import Places, Reports, reports_at
from mrs.identity import cluster_id
from mrs.models.protocols import SimilarityModel

MEMORY_DAYS = 7
PROFILE_DAYS = 34
NEIGHBOURS = 20
LEAST_BREADTH = 0.35
LEAST_REGIONS, LEAST_REPORTS = 3, 3


@dataclass(frozen=True)
class Clustering:
    """The clusters of one tick; one entry per live report, in the order of `report_id`."""

    report_ids: pa.Array
    status: pa.Array
    labels: IntArray
    is_noise: NDArray[np.bool_]
    similarity: FloatArray
    nearest: pa.Array
    temporal: FloatArray
    spatial: FloatArray
    shape: FloatArray
    magnitude: FloatArray

    def cluster_ids(self, run_id: str, tick: date) -> pa.Array:
        """Return each report's `cluster_id`; a report that stands alone has one of its own."""
        if not len(self.labels):
            return pa.array([], pa.string())
        order = np.argsort(self.labels, kind="stable")
        bounds = np.flatnonzero(np.diff(self.labels[order])) + 1
        members = np.split(np.asarray(self.report_ids)[order], bounds)
        ids = np.array([cluster_id(run_id, tick, m) for m in members], dtype=object)
        return pa.array(ids[self.labels], pa.string())


def cluster_reports(
    detected: pa.Table,
    panel: ResidualPanel,
    places: Places,
    tick: int,
    similarity: SimilarityModel,
    least: float,
    everyone: Places | None = None,
) -> Clustering:
    """Cluster the reports of one tick.

    Parameters
    ----------
    detected
        MRDL rows up to the tick and a little before it; reports that closed lately help to hold an event together.
    panel, places
        Deviations by store and day, and where the stores are; more stores than those with reports change nothing, if
        `everyone` is given.
    tick
        Days since the epoch.
    similarity, least
        The model, and the probability from which on two reports count as neighbours.
    everyone
        The coordinates of all stores that traded lately or have a report; None if the panel holds them all.
    """
    reports, rows = reports_at(detected, tick, MEMORY_DAYS, panel.store_ids)
    recent = _until(panel, tick)
    # the panel may hold stores that traded long ago or that are yet to open: a tick knows those of its own days
    places = places.only(np.isfinite(recent.log_ratio).any(axis=1) | _reported(reports, panel))
    everyone = everyone or places
    scale = neighbourhood_km(everyone)
    i, j = candidate_pairs(reports, places, scale, NEIGHBOURS)
    features = pair_features(i, j, reports, recent, places, everyone, scale, tick)
    score = np.round(similarity.score(features), 9)
    labels = density_clusters(len(reports), i, j, score, least)
    breadth, everywhere = _breadth(reports, places, everyone), _everywhere(reports, labels, places, everyone)
    labels = join_wide(labels, reports, recent, breadth, everywhere, tick, LEAST_BREADTH)
    return _of_live(reports, detected["report_status"].take(pa.array(rows)), i, j, features, score, labels)


def _until(panel: ResidualPanel, tick: int) -> ResidualPanel:
    """Return the part of the panel that matters at a tick: nothing later, and not much earlier."""
    end = panel.column(tick) + 1
    begin = max(end - PROFILE_DAYS - 1, 0)
    return ResidualPanel(
        panel.store_ids, panel.first_day + begin, panel.log_ratio[:, begin:end], panel.spread[:, begin:end]
    )


def _reported(reports: Reports, panel: ResidualPanel) -> NDArray[np.bool_]:
    out = np.zeros(len(panel.store_ids), dtype=bool)
    out[reports.store] = True
    return out


def _breadth(reports: Reports, places: Places, everyone: Places) -> FloatArray:
    """Return the larger of the shares of each report's region and chain that began to deviate with it."""
    of_region = started_together(reports, places.region[reports.store], everyone.per_region)
    return np.maximum(of_region, started_together(reports, places.retailer[reports.store], everyone.per_retailer))


def _everywhere(reports: Reports, labels: IntArray, places: Places, everyone: Places) -> NDArray[np.bool_]:
    """Say which reports of stores that are on no map are part of a wave over all regions.

    Either much of all stores began to deviate together (where regions hold few stores each), or clusters of so many
    regions did that chance would not have it.
    """
    nowhere = ~np.isfinite(places.latitude[reports.store])
    all_stores = float(((everyone.region >= 0) | (everyone.retailer >= 0)).sum())
    out = started_together(reports, np.where(nowhere, 0, -1), np.array([all_stores])) >= LEAST_BREADTH
    region = places.region[reports.store]
    asked = nowhere & (labels >= 0) & (region >= 0)
    size = np.bincount(labels[asked], minlength=int(labels.max(initial=-1)) + 1)
    rows = np.flatnonzero(asked)[size[labels[asked]] >= LEAST_REPORTS]
    if not len(rows):
        return np.asarray(out)
    day = np.unique(2 * reports.first[rows] + (reports.sign[rows] > 0), return_inverse=True)[1]
    regions = np.bincount(np.unique(np.column_stack((day, region[rows])), axis=0)[:, 0])
    out[rows] |= regions[day] >= max(LEAST_REGIONS, LEAST_BREADTH * int((everyone.per_region > 0).sum()))
    return np.asarray(out)


def _of_live(
    reports: Reports,
    status: pa.Array,
    i: IntArray,
    j: IntArray,
    features: PairFeatures,
    score: FloatArray,
    labels: IntArray,
) -> Clustering:
    """Keep the live reports, and describe each by its most similar neighbour within its cluster, or at all."""
    n = len(reports)
    left, right = np.r_[i, j], np.r_[j, i]
    pair = np.r_[np.arange(len(i)), np.arange(len(i))]
    together = (labels[left] >= 0) & (labels[left] == labels[right])
    order = np.lexsort((right, -score[pair], ~together, left))
    best = np.unique(left[order], return_index=True)
    nearest, nearest_pair = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    nearest[best[0]], nearest_pair[best[0]] = right[order][best[1]], pair[order][best[1]]
    inside = np.bincount(left[together], weights=score[pair[together]], minlength=n)
    count = np.bincount(left[together], minlength=n)
    live = np.flatnonzero(reports.live)
    alone = labels[live] < 0
    codes = labels[live].copy()
    codes[alone] = labels.max(initial=-1) + 1 + np.arange(int(alone.sum()))
    codes = np.unique(codes, return_inverse=True)[1]

    def described(values: FloatArray, otherwise: float) -> FloatArray:
        return np.where(nearest_pair[live] >= 0, values[nearest_pair[live]] if len(values) else otherwise, otherwise)

    names = pa.array(np.r_[np.asarray(reports.ids, dtype=object), [None]], pa.string())
    return Clustering(
        report_ids=reports.ids.take(pa.array(live)),
        status=status.take(pa.array(live)),
        labels=codes,
        is_noise=np.bincount(codes)[codes] < 2 if len(codes) else np.zeros(0, dtype=bool),
        similarity=np.where(alone, described(score, 0.0), inside[live] / np.maximum(count[live], 1)),
        nearest=names.take(pa.array(np.where(nearest[live] >= 0, nearest[live], n))),
        temporal=described(features.temporal, 0.0),
        spatial=described(features.spatial, np.nan),
        shape=described(features.shape, 0.0),
        magnitude=described(features.magnitude, 0.0),
    )
