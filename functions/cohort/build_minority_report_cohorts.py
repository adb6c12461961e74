"""Cohorting: clusters of a tick become Minority Events that last; writes MRCH and, once an event, MELOG."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from mrs.arrays import EPOCH, epoch_days
from mrs.cohorts.assignment import TickReports, assign
from mrs.cohorts.edits import decisions_at
from mrs.cohorts.membership import Cohorts
from mrs.contracts import dataset
from mrs.settings import CohortSettings
from mrs.stage import Read, Span, Stage

MRDL = "minority_reports_detected_log"
MRCL = "minority_reports_clustered_log"
MRCH = "minority_reports_cohorted_log"
MELOG = "minority_event_log"
EVENT_EDITS = "user_minority_events_edits_log"
STORES = "stores_data"

STATE_DAYS = 60
MODEL_NAME, MODEL_VERSION = "cohorts", "1"


def build_minority_report_cohorts(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: CohortSettings
) -> dict[str, pa.Table]:
    """Carry the cohorts through the ticks, one after the other.

    Parameters
    ----------
    tables
        MRCL of the ticks; MRDL up to them; MRCH and MELOG before them; the analysts' event edits; the stores.
    ticks
        Consecutive business dates.
    settings
        How much of an event must be in a cluster for the cluster to count as the event.

    Returns
    -------
    dict
        MRCH: one row per report and tick (and one for every report of an event in the tick in which it is absorbed);
        MELOG: one row per event, in the tick in which it first exists.
    """
    state = Cohorts.from_logs(tables[MRCH], tables[MELOG])
    cohorted, founded = [], []
    for tick in ticks:
        state.forget_before(tick - timedelta(days=STATE_DAYS))
        decisions = decisions_at(tables[EVENT_EDITS], tick)
        reports = _reports_at(tables, tick, {report for report, _ in decisions.removed})
        change = assign(reports, state, decisions, settings)
        cohorted.append(_mrch(state, change.written, tick))
        founded.append(_melog(state, change.founded, tick))
    return {
        MRCH: pa.concat_tables(cohorted) if cohorted else dataset(MRCH).stage_schema.empty_table(),
        MELOG: pa.concat_tables(founded) if founded else dataset(MELOG).stage_schema.empty_table(),
    }


def _reports_at(tables: Mapping[str, pa.Table], tick: date, removed: Collection[str]) -> TickReports:
    """Return the tick's clustered reports, sorted by id, with what cohorts need to know of them and of the removed."""
    at = pa.scalar(tick, pa.date32())
    detected = tables[MRDL].filter(pc.equal(tables[MRDL]["tick"], at))
    # A replay may find that a report which it clustered before is none.
    of_tick = pc.and_(
        pc.equal(tables[MRCL]["tick"], at),
        pc.is_in(tables[MRCL]["report_id"], value_set=detected["report_id"].combine_chunks()),
    )
    clustered = tables[MRCL].filter(of_tick).sort_by("report_id")
    rows = detected.take(pc.index_in(clustered["report_id"], value_set=detected["report_id"].combine_chunks()))
    stores = tables[STORES]
    region = (
        stores["region"]
        .combine_chunks()
        .take(pc.index_in(rows["store_id"], value_set=stores["store_id"].combine_chunks()))
    )
    return TickReports(
        tick=tick,
        report_id=np.array(clustered["report_id"].to_pylist(), dtype=object),
        cluster=np.asarray(clustered["cluster_id"].combine_chunks().dictionary_encode().indices).astype(np.int64),
        score=np.asarray(clustered["similarity"]).astype(np.float64),
        is_noise=np.asarray(clustered["is_noise"]).astype(bool),
        status=np.array(clustered["report_status"].to_pylist(), dtype=object),
        first=epoch_days(rows["first_detected_at"]) + EPOCH.toordinal(),
        direction=np.array(rows["direction"].to_pylist(), dtype=object),
        region=np.array(region.to_pylist(), dtype=object),
        known_since=_first_days(tables[MRDL], tick, removed),
    )


def _first_days(detected: pa.Table, tick: date, removed: Collection[str]) -> dict[str, int]:
    """Return the first day of reports that people have removed from an event, as ordinals of the calendar."""
    if not removed:
        return {}
    recent = pc.and_(
        pc.less_equal(detected["tick"], pa.scalar(tick, pa.date32())),
        pc.greater_equal(detected["tick"], pa.scalar(tick - timedelta(days=STATE_DAYS), pa.date32())),
    )
    mine = pc.and_(recent, pc.is_in(detected["report_id"], value_set=pa.array(sorted(removed), pa.string())))
    rows = detected.filter(mine).select(["report_id", "first_detected_at"]).to_pylist()
    return {row["report_id"]: row["first_detected_at"].toordinal() for row in rows}


def _mrch(state: Cohorts, written: Sequence[str], tick: date) -> pa.Table:
    known = [state.members[r] for r in written]
    columns = {
        "report_id": list(written),
        "report_group_id": [m.group for m in known],
        "joined_at": [m.joined_at for m in known],
        "membership_score": [m.score for m in known],
        "merged_into": [m.merged_into for m in known],
        "report_status": [m.status for m in known],
        "model_name": [MODEL_NAME] * len(known),
        "model_version": [MODEL_VERSION] * len(known),
        "tick": [tick] * len(known),
    }
    schema = dataset(MRCH).stage_schema
    return pa.table([pa.array(columns[f.name], f.type) for f in schema], schema=schema)


def _melog(state: Cohorts, founded: Sequence[str], tick: date) -> pa.Table:
    events = [state.events[g] for g in founded]
    columns = {
        "report_group_id": [e.group for e in events],
        "founding_report_id": [e.founder for e in events],
        "first_detected_at": [date.fromordinal(e.first_detected_at) for e in events],
        "direction": [e.direction for e in events],
        "founding_region": [e.region for e in events],
        "report_status": ["open"] * len(events),
        "tick": [tick] * len(events),
    }
    schema = dataset(MELOG).stage_schema
    arrays = [
        pa.array(columns[f.name], pa.date32()).cast(f.type)
        if pa.types.is_timestamp(f.type)
        else pa.array(columns[f.name], f.type)
        for f in schema
    ]
    return pa.table(arrays, schema=schema)


STAGE = Stage(
    name="cohort",
    reads=(
        Read(MRCL, Span.TICKS),
        Read(MRDL, Span.UNTIL, days=STATE_DAYS),
        Read(MRCH, Span.BEFORE, days=STATE_DAYS),
        Read(MELOG, Span.BEFORE),
        Read(EVENT_EDITS, Span.UNTIL),
        Read(STORES, Span.UNTIL),
    ),
    writes=(MRCH, MELOG),
    run=build_minority_report_cohorts,
    settings="cohort",
)
