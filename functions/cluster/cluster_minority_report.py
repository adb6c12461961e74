"""Clustering: which reports of a tick are one event, by time, place, course and size; writes MRCL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
from mrs.models.registry import model
from mrs.models.similarity.clustering import MEMORY_DAYS, PROFILE_DAYS
from mrs.models.similarity.rows import BASELINE, MRCL, MRDL, STORES, clustered_rows
from mrs.settings import ClusterSettings
from mrs.stage import Read, Span, Stage


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
    return {MRCL: clustered_rows(tables, ticks, similarity, settings.least_similarity)}


STAGE = Stage(
    name="cluster",
    reads=(
        Read(MRDL, Span.UNTIL, days=MEMORY_DAYS),
        Read(BASELINE, Span.UNTIL, days=PROFILE_DAYS, bare=True),
        Read(STORES, Span.UNTIL),
    ),
    writes=(MRCL,),
    run=cluster_minority_report,
    settings="cluster",
    feeds=("stores",),
)
