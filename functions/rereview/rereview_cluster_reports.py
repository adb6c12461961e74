"""Clustering again: the reports on a worklist, each at the tick of its last state, with the chosen similarity model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from mrs.clustering.loading import PROFILES, load_profiles
from mrs.clustering.rows import MRCL, clustered_rows
from mrs.models.registry import SIMILARITY_MODELS
from mrs.rereviews.worklist import WORKLIST, is_listed, marked, ticks_of
from mrs.settings import ClusterSettings
from mrs.stage import Read, Span, Stage


def rereview_cluster_reports(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: ClusterSettings
) -> dict[str, pa.Table]:
    """Cluster the reports of the worklist's ticks.

    Returns
    -------
    dict
        MRCL: the listed reports, and those that share a cluster with one, for the cause of an event is judged by all of
        its reports.
    """
    worklist = tables[WORKLIST]
    similarity = SIMILARITY_MODELS.load(settings.similarity_model)
    found = clustered_rows(tables, ticks_of(worklist, ticks), similarity, settings.least_similarity)
    of_listed = pc.unique(found.filter(is_listed(found, worklist))["cluster_id"])
    return {MRCL: marked(found.filter(pc.is_in(found["cluster_id"], value_set=of_listed)), worklist)}


STAGE = Stage(
    name="recluster",
    reads=(
        Read(WORKLIST, Span.TICKS, rereview=True),
        *PROFILES,
    ),
    writes=(MRCL,),
    run=rereview_cluster_reports,
    settings="cluster",
    load=load_profiles,
    feeds=("stores",),
)
