"""What a tick looks at where there is too much to look at: a sample of a giant event, and of a large chain.

Each sampled row carries a weight, so that shares and means are those of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mrs.arrays import FloatArray, IntArray, codes_in
from mrs.clustering.reports import Reports
from mrs.identity import share_below, smallest_hashes

REFERENCE_STORES = "reference stores"


@dataclass(frozen=True)
class Weighed:
    """Which of a tick's reports are given features: all, but of a giant event a sample.

    Parameters
    ----------
    is_weighed
        (rows of MRDL,) whether the row's report is.
    sampling_weight
        (rows of MRDL,) for how many reports of its event it stands.
    """

    is_weighed: NDArray[np.bool_]
    sampling_weight: FloatArray


def weighed_reports(detected: pa.Table, clustered: pa.Table, most: int | None) -> Weighed:
    """Choose the reports of a tick to weigh: all, or for an event of more than `most` stores a sample of them.

    Parameters
    ----------
    detected, clustered
        MRDL and MRCL rows of the tick.
    most
        The limit; None if there is none.
    """
    chosen, sampling_weight = np.ones(detected.num_rows, dtype=bool), np.ones(detected.num_rows)
    if most is None or detected.num_rows <= most:
        return Weighed(chosen, sampling_weight)
    event = clusters_of(detected["report_id"], clustered)
    for count in pc.value_counts(event).to_pylist():
        if count["values"] is None or count["counts"] <= most:
            continue
        rows = np.flatnonzero(np.asarray(pc.fill_null(pc.equal(event, count["values"]), False)))
        store = detected["store_id"].take(pa.array(rows))
        stores = pc.unique(store).to_pylist()
        if len(stores) > most:
            asked = np.asarray(pc.is_in(store, value_set=pa.array(smallest_hashes(stores, most), pa.string())))
            chosen[rows] = asked
            sampling_weight[rows] = len(rows) / asked.sum()
    return Weighed(chosen, sampling_weight)


def clusters_of(report_ids: pa.ChunkedArray | pa.Array, clustered: pa.Table) -> pa.Array:
    """Return the `cluster_id` of each report, null for none."""
    at = pc.index_in(report_ids, value_set=clustered["report_id"].combine_chunks())
    at = at.combine_chunks() if isinstance(at, pa.ChunkedArray) else at
    return clustered["cluster_id"].combine_chunks().take(at)


@dataclass(frozen=True)
class ReferenceStores:
    """The reference stores of a large chain: a sample of those with the smallest hashes.

    Parameters
    ----------
    is_reference
        (stores,) whether a store of the panel does.
    sampling_weight
        For how many stores each of them stands: where the smallest hashes end says what part of all they are.
    """

    is_reference: NDArray[np.bool_]
    sampling_weight: float

    @classmethod
    def of(cls, named: pa.Table | None, store_ids: pa.Array) -> ReferenceStores | None:
        """Return the reference stores that a table names; None if every store is one."""
        if named is None:
            return None
        is_reference = np.zeros(len(store_ids), dtype=bool)
        code = codes_in(named["store_id"], store_ids)
        is_reference[code[code >= 0]] = True
        return cls(is_reference, 1.0 / max(share_below(s) for s in named["store_id"].to_pylist()))


def background_of(
    reference_stores: ReferenceStores | None, reports: Reports, sampling_weight: FloatArray, n_stores: int
) -> FloatArray:
    """Return, per store of the panel, for how many stores it stands at a tick; 0 where it counts for nothing.

    A store with a report stands for itself (or its part of a giant event), a sampled one without for others like it,
    and a store read only for another tick's report for none. Without a sample, every store stands for itself.
    """
    one = (
        np.ones(n_stores)
        if reference_stores is None
        else np.where(reference_stores.is_reference, reference_stores.sampling_weight, 0.0)
    )
    one[reports.store] = 0.0
    np.maximum.at(one, reports.store, sampling_weight)
    return one


def rest_of(weighed: Weighed, detected: pa.Table, clustered: pa.Table, rows: IntArray, event: IntArray) -> IntArray:
    """Return the event of each row that was left out; `event` is that of the weighed `rows` of MRDL."""
    left = detected.filter(pa.array(~weighed.is_weighed))
    if not left.num_rows:
        return np.zeros(0, dtype=np.int64)
    names = clusters_of(detected["report_id"].take(pa.array(rows)), clustered)
    first = np.asarray(pc.index_in(clusters_of(left["report_id"], clustered), value_set=names)).astype(np.int64)
    return np.asarray(event[first])
