"""Clustering: which reports of a tick are one event, by time, place, course and size; writes MRCL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
from mrs.contracts import dataset
from mrs.models.protocols import SimilarityModel
from mrs.models.registry import model
from mrs.models.similarity.clustering import MEMORY_DAYS, PROFILE_DAYS, Clustering, cluster_reports
from mrs.models.similarity.panel import epoch_day, residual_panel, sorted_unique
from mrs.models.similarity.reports import places_of
from mrs.settings import ClusterSettings
from mrs.stage import Read, Span, Stage

MRDL = "minority_reports_detected_log"
MRCL = "minority_reports_clustered_log"
BASELINE = "baseline_sales_model_prediction_log"
STORES = "stores_data"


def cluster_minority_report(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: ClusterSettings
) -> dict[str, pa.Table]:
    """Cluster the reports of each tick.

    Parameters
    ----------
    tables
        MRDL, the baseline log and the stores.
    ticks
        Consecutive business dates; each tick's clusters depend on what was known at that tick only.
    settings
        Which similarity model, and from which probability on two reports are one event.

    Returns
    -------
    dict
        MRCL: one row per report and tick.
    """
    similarity = model("similarity", settings.similarity_model)
    store_ids = sorted_unique(tables[BASELINE]["store_id"])
    first = epoch_day(ticks[0]) - PROFILE_DAYS
    panel = residual_panel(tables[BASELINE], first, epoch_day(ticks[-1]), store_ids)
    places = places_of(tables[STORES], store_ids)
    pieces = []
    for tick in ticks:
        found = cluster_reports(tables[MRDL], panel, places, epoch_day(tick), similarity, settings.least_similarity)
        pieces.append(_rows(found, tick, tables[MRDL], similarity))
    return {MRCL: pa.concat_tables(pieces) if pieces else _rows_schema().empty_table()}


def _rows_schema() -> pa.Schema:
    left_to_harness = {"run_id", "written_at", "config_hash", "is_degraded", "degraded_inputs"}
    return pa.schema([f for f in dataset(MRCL).schema if f.name not in left_to_harness])


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
    schema = _rows_schema()
    return pa.table([columns[name] for name in schema.names], schema=schema)


STAGE = Stage(
    name="cluster",
    reads=(
        Read(MRDL, Span.UNTIL, days=MEMORY_DAYS),
        Read(BASELINE, Span.UNTIL, days=PROFILE_DAYS),
        Read(STORES, Span.UNTIL),
    ),
    writes=(MRCL,),
    run=cluster_minority_report,
    settings="cluster",
    feeds=("stores",),
)
