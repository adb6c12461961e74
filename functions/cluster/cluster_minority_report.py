"""Clustering: which reports of a tick are one event, by time, place, course and size; writes MRCL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
from mrs.clustering.loading import PROFILES, load_profiles
from mrs.clustering.rows import MRCL, clustered_rows
from mrs.models.registry import SIMILARITY_MODELS
from mrs.settings import ClusterSettings
from mrs.stage import Stage


def cluster_minority_report(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: ClusterSettings
) -> dict[str, pa.Table]:
    """Cluster the reports of each tick.

    Parameters
    ----------
    tables
        MRDL, the stores, and the baseline log: of all stores, or of those with reports and who of the others traded.
    ticks
        Consecutive business dates; each tick's clusters depend on what was known at that tick only.
    settings
        Which similarity model, and from which probability on two reports are one event.

    Returns
    -------
    dict
        MRCL: one row per report and tick.
    """
    similarity = SIMILARITY_MODELS.load(settings.similarity_model)
    return {MRCL: clustered_rows(tables, ticks, similarity, settings.least_similarity)}


STAGE = Stage(
    name="cluster",
    reads=PROFILES,
    writes=(MRCL,),
    run=cluster_minority_report,
    settings="cluster",
    load=load_profiles,
    feeds=("stores",),
    ticks_apart=True,
)
