"""Clusters of some ticks as MRCL rows, from log rows; what the daily stage and the rereview share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa

from mrs.contracts import dataset
from mrs.models.protocols import SimilarityModel
from mrs.models.similarity.clustering import PROFILE_DAYS, Clustering, cluster_reports
from mrs.models.similarity.panel import all_stores, epoch_day, residual_panel
from mrs.models.similarity.reports import places_of

MRDL = "minority_reports_detected_log"
MRCL = "minority_reports_clustered_log"
BASELINE = "baseline_sales_model_prediction_log"
STORES = "stores_data"
_LEFT_TO_HARNESS = frozenset({"run_id", "written_at", "config_hash", "is_degraded", "degraded_inputs"})


def clustered_rows(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], similarity: SimilarityModel, least: float
) -> pa.Table:
    """Return MRCL rows: one per report that lives at one of the ticks.

    Parameters
    ----------
    tables
        MRDL, the baseline log and the stores.
    ticks
        Business dates in order; each tick's clusters depend on what was known at that tick only.
    similarity, least
        The model, and from which probability on two reports are one event.
    """
    if not ticks:
        return rows_schema().empty_table()
    store_ids = all_stores(tables[BASELINE], tables[MRDL])
    first = epoch_day(ticks[0]) - PROFILE_DAYS
    panel = residual_panel(tables[BASELINE], first, epoch_day(ticks[-1]), store_ids)
    places = places_of(tables[STORES], store_ids)
    pieces = []
    for tick in ticks:
        found = cluster_reports(tables[MRDL], panel, places, epoch_day(tick), similarity, least)
        pieces.append(_rows(found, tick, tables[MRDL], similarity))
    return pa.concat_tables(pieces)


def rows_schema() -> pa.Schema:
    """Return MRCL's columns but for those that the harness stamps."""
    return pa.schema([f for f in dataset(MRCL).schema if f.name not in _LEFT_TO_HARNESS])


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
    schema = rows_schema()
    return pa.table([columns[name] for name in schema.names], schema=schema)
