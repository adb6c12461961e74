"""Candidate causes of some ticks' reports as MRPAL rows, from log rows; what the daily stage and the rereview share."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import FloatArray, IntArray, date_array, epoch_days
from mrs.attribution.evidence import EvidenceWriter, candidates, ranks
from mrs.attribution.features import CauseFeatures, possible_causes
from mrs.attribution.params import BEGAN_DAYS
from mrs.attribution.probabilities import with_priors
from mrs.attribution.sampling import REFERENCE_STORES, clusters_of
from mrs.attribution.signal_specs import CAUSES
from mrs.attribution.tick_evidence import (
    BASELINE,
    CALENDAR,
    MRCL,
    MRDL,
    PROMOTIONS,
    SALES,
    SIGNALS,
    STORES,
    TickEvidence,
    World,
    build_world,
    known_by,
    tick_evidence,
)
from mrs.contracts import Cause, dataset
from mrs.models.protocols import CauseModel
from mrs.models.registry import CAUSE_MODELS
from mrs.settings import AttributeSettings

MRPAL = "minority_reports_proposed_attribution_log"
ARTIFACT = "cause_model_artifact"
_CONTEXT = (BASELINE, SALES, SIGNALS, PROMOTIONS, CALENDAR, STORES, MRDL)


def chosen_model(tables: Mapping[str, pa.Table], name: str, version: str) -> CauseModel:
    """Return the cause model of a name and version; its parameters come with the tables where the layer lacks them."""
    given = tables.get(ARTIFACT)
    more = {} if given is None else {"parameters": json.loads(given["artifact"][0].as_py())}
    return CAUSE_MODELS.load(name, version=version, **more)


def proposed_rows(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], cause_model: CauseModel, settings: AttributeSettings
) -> pa.Table:
    """Return MRPAL rows: the candidates of each report and tick, whose confidences sum to 1.

    Parameters
    ----------
    tables
        MRDL and MRCL of the ticks; the baseline log, sales and context that reach back to know what is usual. Of a
        large chain also the reference stores; the logs are then those of these and of the reported ones only.
    ticks
        Consecutive business dates; each tick is judged by what was known at it.
    cause_model, settings
        The model; from which confidence on a cause is a candidate, how many stores of an event are weighed, and what
        share a cause has that cannot be seen.
    """
    pieces = [
        _rows(evidence, detected, clustered, tick, cause_model, settings)
        for tick, evidence, detected, clustered in evidence_of(tables, ticks, settings.neighbour_stores)
    ]
    return pa.concat_tables(pieces) if pieces else dataset(MRPAL).stage_schema.empty_table()


def evidence_of(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], most: int | None = None
) -> Iterator[tuple[date, TickEvidence, pa.Table, pa.Table]]:
    """Yield the evidence of each tick that has reports, with its MRDL and MRCL rows.

    Of an event with more than `most` stores so many are weighed.
    """
    for world, part in _worlds(tables, ticks):
        for tick in part:
            at = pa.scalar(tick, pa.date32())
            detected = tables[MRDL].filter(pc.equal(tables[MRDL]["tick"], at))
            if detected.num_rows:
                clustered = tables[MRCL].filter(pc.equal(tables[MRCL]["tick"], at))
                yield tick, tick_evidence(world, detected, clustered, tick, most=most), detected, clustered


def _worlds(tables: Mapping[str, pa.Table], ticks: Sequence[date]) -> Iterator[tuple[World, list[date]]]:
    """Yield the ticks in runs that may share one set of matrices: a run ends where rows arrive late.

    A row that arrives on its own date cannot change an earlier tick, for a tick never looks beyond its date.
    """
    context, reference_stores = {name: tables[name] for name in _CONTEXT}, tables.get(REFERENCE_STORES)
    late = {d for name in (BASELINE, SALES, SIGNALS) for d in _late_ticks(context[name], ticks[0])}
    late |= {d for name in (PROMOTIONS, CALENDAR, STORES) for d in _new_ticks(context[name], ticks[0])}
    part: list[date] = []
    for tick in ticks:
        if part and tick in late:
            yield build_world(known_by(context, part[-1]), part[0], part[-1], reference_stores), part
            part = []
        part.append(tick)
    if part:
        yield build_world(known_by(context, part[-1]), part[0], part[-1], reference_stores), part


def _late_ticks(table: pa.Table, first: date) -> list[date]:
    late = pc.and_(pc.greater(table["tick"], pa.scalar(first, pa.date32())), pc.less(table["date"], table["tick"]))
    found: list[date] = pc.unique(table["tick"].filter(late)).to_pylist()
    return found


def _new_ticks(table: pa.Table, first: date) -> list[date]:
    found: list[date] = pc.unique(
        table["tick"].filter(pc.greater(table["tick"], pa.scalar(first, pa.date32())))
    ).to_pylist()
    return found


def _rows(
    evidence: TickEvidence,
    detected: pa.Table,
    clustered: pa.Table,
    tick: date,
    cause_model: CauseModel,
    settings: AttributeSettings,
) -> pa.Table:
    proposals = cause_model.propose(evidence.features)
    told = _with_priors(proposals.confidence, evidence.features, settings.unseen_shares)
    proposals, sure = replace(proposals, confidence=told), np.round(told, 9)
    if len(evidence.rest):  # of a giant event: what was not weighed is as sure as what was is on average
        sure = np.vstack((sure, np.round(evidence.found.pooled(sure), 9)[evidence.rest_event]))
    event, row = np.r_[evidence.event, evidence.rest_event], np.r_[evidence.rows, evidence.rest]
    began = _began(evidence.found.began[event], epoch_days(detected["first_detected_at"])[row])
    unseen = np.broadcast_to(~evidence.features.allowed[0], sure.shape)  # feeds are the tick's, not a report's
    confidence = candidates(sure, settings.least_confidence, unseen)
    rank = ranks(confidence, unseen)
    report, cause = np.nonzero(confidence)
    order = np.lexsort((rank[report, cause], report))
    report, cause = report[order], cause[order]
    writer = EvidenceWriter(evidence, proposals)
    texts = [writer.json_of(int(e), int(c)) for e, c in zip(event[report], cause, strict=True)]
    rows = pa.array(row[report])
    ids = detected["report_id"].take(rows)
    n = len(report)
    columns = {
        "report_id": ids,
        "cluster_id": clusters_of(ids, clustered),
        "cause": pa.array([str(c) for c in CAUSES]).take(pa.array(cause)),
        "rank": pa.array(rank[report, cause]),
        "confidence": pa.array(confidence[report, cause]),
        "is_unseen": pa.array(unseen[report, cause]),
        "began_at": date_array(began[report]),
        "evidence": pa.array(texts, pa.string()),
        "rereview_id": pa.nulls(n, pa.string()),
        "report_status": detected["report_status"].take(rows),
        "model_name": pa.repeat(cause_model.name, n),
        "model_version": pa.repeat(cause_model.version, n),
        "tick": pa.repeat(pa.scalar(tick, pa.date32()), n),
    }
    return pa.table([columns[f.name] for f in dataset(MRPAL).stage_schema], schema=dataset(MRPAL).stage_schema)


def _began(event: IntArray, first: IntArray) -> IntArray:
    """Return the day on which each report's event began in its store, by that of the event and its own first day."""
    return np.minimum(first, np.maximum(event, first - BEGAN_DAYS))


def _with_priors(confidence: FloatArray, features: CauseFeatures, shares: Mapping[Cause, float]) -> FloatArray:
    if not shares:
        return confidence
    possible = possible_causes(features.values[:, features.names.index("look.up")])
    return with_priors(confidence, features.allowed, possible, shares)
