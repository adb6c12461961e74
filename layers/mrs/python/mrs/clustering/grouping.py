"""From likenesses to clusters: density first, then what is one event though its stores lie apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrs.arrays import FloatArray, IntArray
from mrs.clustering.panel import ResidualPanel
from mrs.clustering.reports import Reports
from mrs.sparse import connected_parts, csr_matrix

_MIN_CORE = 3
_SAME_ONSET_DAYS = 0.6
_REGIONAL_NOISE = 0.04


def density_clusters(n: int, i: IntArray, j: IntArray, similarity: FloatArray, least: float) -> IntArray:
    """Return a cluster code per report, -1 for noise, from the sparse graph of pairs.

    Pairs below `least` are not neighbours. A report with two neighbours is a core; reports that are only each other's
    neighbour form a pair of their own. Codes are numbered by their first member. This is DBSCAN (Ester et al. 1996) by
    the connected parts of the graph of cores.
    """
    keep = similarity >= least
    if not keep.any():
        return np.full(n, -1, dtype=np.int64)
    a, b, distance = i[keep], j[keep], 1.0 - similarity[keep]
    distance = np.maximum(distance, 1e-9)
    graph = csr_matrix((np.r_[distance, distance], (np.r_[a, b], np.r_[b, a])), shape=(n, n))
    graph.sort_indices()
    labels = _by_best_core(_of_cores(graph), graph)
    left = np.flatnonzero(labels < 0)
    pairs = connected_parts(graph[left][:, left])
    size = np.bincount(pairs)
    paired = size[pairs] >= 2
    labels[left[paired]] = pairs[paired] + labels.max(initial=-1) + 1
    return numbered(labels)


def _of_cores(graph: csr_matrix) -> IntArray:
    """Return the clusters of the cores, numbered by their first core; of others that of their first core, or -1."""
    core = np.flatnonzero(np.diff(graph.indptr) >= _MIN_CORE - 1)  # a report is its own neighbour too
    labels = np.full(graph.shape[0], -1, dtype=np.int64)
    parts = connected_parts(graph[core][:, core])
    labels[core] = numbered(parts)
    coo = graph.tocoo()
    reached = (labels[coo.row] < 0) & (labels[coo.col] >= 0)
    first = np.full(len(labels), np.iinfo(np.int64).max)
    np.minimum.at(first, coo.row[reached], labels[coo.col[reached]])
    border = first < np.iinfo(np.int64).max
    labels[border] = first[border]
    return labels


def _by_best_core(labels: IntArray, graph: csr_matrix) -> IntArray:
    """Give each noise report that has clustered neighbours to the cluster of the most similar of them."""
    out = labels.copy()
    coo = graph.tocoo()
    open_edge = (labels[coo.row] < 0) & (labels[coo.col] >= 0)
    row, column, distance = coo.row[open_edge], coo.col[open_edge], coo.data[open_edge]
    order = np.lexsort((column, distance, row))
    row, column = row[order], column[order]
    first = np.r_[True, row[1:] != row[:-1]] if len(row) else np.zeros(0, dtype=bool)
    out[row[first]] = labels[column[first]]
    return out


def numbered(labels: IntArray) -> IntArray:
    """Return the labels renumbered 0, 1, … in the order of each cluster's first member; -1 stays."""
    out = np.full(len(labels), -1, dtype=np.int64)
    inside = np.flatnonzero(labels >= 0)
    if len(inside):
        _, first, inverse = np.unique(labels[inside], return_index=True, return_inverse=True)
        rank = np.empty(len(first), dtype=np.int64)
        rank[np.argsort(first, kind="stable")] = np.arange(len(first))
        out[inside] = rank[inverse]
    return out


@dataclass(frozen=True)
class _Courses:
    """Mean course, noise and timing of each cluster."""

    mean: FloatArray
    error: FloatArray
    sign: IntArray
    onset: FloatArray
    end: FloatArray
    size: FloatArray
    members: IntArray
    wide: FloatArray
    first_day: int


def join_wide(
    labels: IntArray,
    reports: Reports,
    panel: ResidualPanel,
    breadth: FloatArray,
    everywhere: NDArray[np.bool_],
    tick: int,
    least_breadth: float,
) -> IntArray:
    """Join clusters that cover much of their regions or chains and run the same course in the same days.

    Parameters
    ----------
    breadth
        Per report, the share of its region (or chain) that started to deviate together.
    everywhere
        Per report, whether it is part of a wave over all regions, so that it may join by itself.
    least_breadth
        Mean breadth from which on a cluster counts as wide.
    """
    single = (labels < 0) & everywhere
    apart = labels.copy()
    apart[single] = labels.max(initial=-1) + 1 + np.arange(int(single.sum()))
    count = int(apart.max(initial=-1)) + 1
    if count < 2:
        return labels
    courses = _courses(apart, count, reports, panel, breadth, tick)
    wave = np.bincount(apart[apart >= 0], weights=everywhere[apart >= 0], minlength=count) >= courses.members / 2
    wide = np.flatnonzero(wave | ((courses.wide >= least_breadth) & (courses.members >= _MIN_CORE)))
    order = wide[np.lexsort((wide, courses.size[wide], courses.onset[wide], courses.sign[wide]))]
    a, b = _near_in_order(order)
    same = (courses.sign[a] == courses.sign[b]) & (np.abs(courses.onset[a] - courses.onset[b]) <= _SAME_ONSET_DAYS)
    same &= np.abs(courses.end[a] - courses.end[b]) <= 2.0
    a, b = a[same], b[same]
    alike = _alike(a, b, courses)
    graph = csr_matrix((np.ones(int(alike.sum())), (a[alike], b[alike])), shape=(count, count))
    merged = connected_parts(graph)
    out = np.where(apart >= 0, merged[apart], -1)
    out[single & (np.bincount(out[out >= 0], minlength=count)[out] < 2)] = -1
    return numbered(out)


def _near_in_order(order: IntArray, reach: int = 12) -> tuple[IntArray, IntArray]:
    """Return the pairs of each cluster with the next `reach` in the order of sign, onset and size."""
    left = [order[:-k] for k in range(1, min(reach, len(order) - 1) + 1)]
    right = [order[k:] for k in range(1, min(reach, len(order) - 1) + 1)]
    empty = np.zeros(0, dtype=np.int64)
    return np.concatenate([empty, *left]), np.concatenate([empty, *right])


def _courses(
    labels: IntArray, count: int, reports: Reports, panel: ResidualPanel, breadth: FloatArray, tick: int
) -> _Courses:
    inside = np.flatnonzero(labels >= 0)
    code = labels[inside]
    members = np.bincount(code, minlength=count)
    indicator = csr_matrix((np.ones(len(inside)), (code, np.arange(len(inside)))), shape=(count, len(inside)))
    days = tick - panel.first_day + 1
    rows = panel.log_ratio[reports.store[inside], :days]
    noise = panel.spread[reports.store[inside], :days]
    known = np.isfinite(rows)
    n = indicator @ known.astype(float)
    mean = (indicator @ np.where(known, rows, 0.0)) / np.maximum(n, 1.0)
    variance = (indicator @ np.where(known, noise**2 + 0.1**2, 0.0)) / np.maximum(n, 1.0) ** 2
    mean[n == 0] = np.nan

    def average(values: FloatArray) -> FloatArray:
        return np.asarray((indicator @ values) / members)

    return _Courses(
        mean=mean,
        error=variance,
        sign=np.sign(average(reports.sign[inside].astype(float))).astype(np.int64),
        onset=average(reports.first[inside].astype(float)),
        end=average(reports.last[inside].astype(float)),
        size=average(reports.size[inside]),
        members=members,
        wide=average(breadth[inside]),
        first_day=panel.first_day,
    )


def _alike(a: IntArray, b: IntArray, courses: _Courses) -> NDArray[np.bool_]:
    """Say which pairs of clusters run the same course, in relation to its height."""
    days = np.arange(courses.mean.shape[1]) + courses.first_day
    begin, end = np.minimum(courses.onset[a], courses.onset[b]) - 2, np.maximum(courses.end[a], courses.end[b]) + 1
    gap = courses.mean[a] - courses.mean[b]
    known = np.isfinite(gap) & (days >= begin[:, None]) & (days <= end[:, None])
    n = np.maximum(known.sum(axis=1), 1)
    distance = np.sqrt(np.where(known, gap**2, 0.0).sum(axis=1) / n)
    noise = np.sqrt(np.where(known, courses.error[a] + courses.error[b] + _REGIONAL_NOISE**2, 0.0).sum(axis=1) / n)
    height = np.maximum(np.abs(courses.size[a]), np.abs(courses.size[b]))
    near_in_size = np.abs(courses.size[a] - courses.size[b]) <= 0.15 * height + noise
    return np.asarray((distance <= 0.12 * height + noise) & near_in_size & (known.sum(axis=1) > 0))
