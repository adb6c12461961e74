"""Clusters of some ticks as MRCL rows, from log rows; what the daily stage and the rereview share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mrs.arrays import epoch_day, epoch_days
from mrs.clustering.clustering import MEMORY_DAYS, PROFILE_DAYS, Clustering, cluster_reports
from mrs.clustering.panel import all_stores, residual_panel
from mrs.clustering.reports import places_of
from mrs.clustering.trading import TRADING, trading
from mrs.contracts import dataset
from mrs.models.protocols import SimilarityModel

MRDL = "minority_reports_detected_log"
MRCL = "minority_reports_clustered_log"
BASELINE = "baseline_sales_model_prediction_log"
STORES = "stores_data"


def clustered_rows(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], similarity: SimilarityModel, least: float
) -> pa.Table:
    """Return MRCL rows: one per report that lives at one of the ticks.

    Parameters
    ----------
    tables
        MRDL, the baseline log and the stores; with `TRADING`, the baseline log of the stores with reports is enough.
    ticks
        Business dates in order; each tick's clusters depend on what was known at that tick only.
    similarity, least
        The model, and from which probability on two reports are one event.
    """
    if not ticks:
        return dataset(MRCL).stage_schema.empty_table()
    store_ids = all_stores(tables[MRDL])
    first = epoch_day(ticks[0]) - PROFILE_DAYS
    panel = residual_panel(tables[BASELINE], first, epoch_day(ticks[-1]), store_ids)
    places = places_of(tables[STORES], store_ids)
    traded = tables[TRADING] if TRADING in tables else trading([tables[BASELINE]], tables[STORES], ticks)
    chain = places_of(tables[STORES], traded["store_id"].combine_chunks())
    pieces = []
    for tick in ticks:
        everyone = chain.only(_lately(traded, tick) | _reported(tables[MRDL], tick, traded["store_id"]))
        found = cluster_reports(tables[MRDL], panel, places, epoch_day(tick), similarity, least, everyone)
        pieces.append(_rows(found, tick, tables[MRDL], similarity))
    return pa.concat_tables(pieces)


def _lately(traded: pa.Table, tick: date) -> NDArray[np.bool_]:
    return np.asarray(traded[tick.isoformat()].to_numpy(), dtype=bool)


def _reported(detected: pa.Table, tick: date, store_ids: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Say which stores have a report at a tick, or had one a little before."""
    ticks = epoch_days(detected["tick"])
    near = (ticks <= epoch_day(tick)) & (ticks >= epoch_day(tick) - MEMORY_DAYS)
    return np.asarray(pc.is_in(store_ids, value_set=pc.unique(detected["store_id"].filter(pa.array(near)))), dtype=bool)


def _rows(found: Clustering, tick: date, detected: pa.Table, similarity: SimilarityModel) -> pa.Table:
    n = len(found.report_ids)
    columns = {
        "report_id": found.report_ids,
        "cluster_id": found.cluster_ids(str(detected["run_id"][0]) if detected.num_rows else "", tick),
        "is_noise": pa.array(found.is_noise),
        "similarity": pa.array(found.similarity),
        "nearest_report_id": found.nearest,
        "temporal_similarity": pa.array(found.temporal),
        "spatial_similarity": pa.array(found.spatial, from_pandas=True),
        "shape_similarity": pa.array(found.shape),
        "magnitude_similarity": pa.array(found.magnitude),
        "rereview_id": pa.nulls(n, pa.string()),
        "report_status": found.status,
        "model_name": pa.repeat(similarity.name, n),
        "model_version": pa.repeat(similarity.version, n),
        "tick": pa.repeat(pa.scalar(tick, pa.date32()), n),
    }
    schema = dataset(MRCL).stage_schema
    return pa.table([columns[name] for name in schema.names], schema=schema)
