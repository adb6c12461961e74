"""Finalisation: merge the models' output and the analysts' edits into MRFL.

A report edit outranks an event edit, which outranks the model; within a kind the newest wins (`mrs.decisions`). A
report has a row in every tick in which it is open, ongoing or closes, and in every tick in which an edit of it or of
its event takes effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import Cause, dataset
from mrs.decisions.edits import event_edits, report_edits
from mrs.decisions.in_force import CauseSource, Decision, Decisions, decided_by, decisions_at, status_in_force
from mrs.settings import FinaliseSettings

MRFL = dataset("MRFL")
COLUMNS = MRFL.stage_schema.names
BASE = ["report_id", "tick", "report_status", "report_group_id", "own_group_id", "model_cause", "model_confidence"]


def build_minority_reports_finalised_log_from_edits(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], _settings: FinaliseSettings
) -> dict[str, pa.Table]:
    """Return MRFL: one row per report and tick in which it lives or is edited.

    Parameters
    ----------
    tables
        MRDL, MRPAL and MRCH of the ticks, MRFL before them, and both edit logs.
    ticks
        Consecutive business dates.
    """
    reports = _by_model(tables)
    known = _newest_known(tables[MRFL.name])
    about_reports = report_edits(tables["user_edits_log"])
    about_events = event_edits(tables["user_minority_events_edits_log"])
    finals = []
    for tick in ticks:
        of_reports, of_events = decisions_at(about_reports, tick), decisions_at(about_events, tick)
        alive = reports.filter(pc.equal(reports["tick"], pa.scalar(tick, pa.date32())))
        if of_reports or of_events:
            gone = _edited_but_not_alive(alive, known, of_reports, of_events, tick)
            alive = pa.concat_tables([alive, _moved(gone, tables["minority_reports_cohorted_log"])])
        finals.append(_final(alive, of_reports, of_events))
        known |= {r["report_id"]: {**r, "own_group_id": r["report_group_id"]} for r in alive.to_pylist()}
    return {MRFL.name: pa.concat_tables(finals)}


def _by_model(tables: Mapping[str, pa.Table]) -> pa.Table:
    """Return the models' answer for each report and tick, as `BASE` columns."""
    keys = ["report_id", "tick"]
    detected = tables["minority_reports_detected_log"].select([*keys, "report_status"])
    proposed = tables["minority_reports_proposed_attribution_log"]
    proposed = proposed.filter(pc.and_(pc.equal(proposed["rank"], 1), pc.is_null(proposed["rereview_id"])))
    cohorted = tables["minority_reports_cohorted_log"]
    joined = detected.join(proposed.select([*keys, "cause", "confidence"]), keys, use_threads=False)
    joined = joined.join(cohorted.select([*keys, "report_group_id", "merged_into"]), keys, use_threads=False)
    return pa.table(
        {
            "report_id": joined["report_id"],
            "tick": joined["tick"],
            "report_status": joined["report_status"],
            "report_group_id": pc.coalesce(joined["merged_into"], joined["report_group_id"]),
            "own_group_id": joined["report_group_id"],
            "model_cause": pc.fill_null(joined["cause"], Cause.UNKNOWN.value),
            "model_confidence": pc.fill_null(joined["confidence"], 0.0),
        }
    ).sort_by([("tick", "ascending"), ("report_id", "ascending")])


def _newest_known(finalised: pa.Table) -> dict[str, dict[str, Any]]:
    """Return each report's newest MRFL row as a `BASE` row."""
    ordered = finalised.sort_by([("tick", "ascending"), ("report_id", "ascending")])
    ordered = ordered.append_column("own_group_id", ordered["report_group_id"])
    return {r["report_id"]: r for r in ordered.select(BASE).to_pylist()}


def _edited_but_not_alive(
    alive: pa.Table, known: Mapping[str, Mapping[str, Any]], reports: Decisions, events: Decisions, tick: date
) -> pa.Table:
    """Return the reports that an edit touches though they no longer live at the tick, each as its newest MRFL row."""
    living = set(alive["report_id"].to_pylist())
    rows = [
        {**row, "tick": tick}
        for report_id, row in sorted(known.items())
        if report_id not in living
        and (report_id in reports.touched or {row["report_group_id"], row["own_group_id"]} & events.touched)
    ]
    return pa.Table.from_pylist(rows, schema=alive.schema)


def _moved(gone: pa.Table, cohorted: pa.Table) -> pa.Table:
    """Return reports that no longer live, moved to the events into which a merge or split of this tick put them."""
    groups = {(r["report_id"], r["tick"]): r for r in cohorted.to_pylist()} if gone.num_rows else {}
    rows = []
    for row in gone.to_pylist():
        placed = groups.get((row["report_id"], row["tick"]))
        if placed is not None:
            own = placed["report_group_id"]
            row |= {"report_group_id": placed["merged_into"] or own, "own_group_id": own}
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=gone.schema)


def _final(base: pa.Table, reports: Decisions, events: Decisions) -> pa.Table:
    """Return MRFL rows of one tick: decisions over the models' rows."""
    columns = {name: base[name] for name in base.column_names if name != "own_group_id"} | {
        "cause": base["model_cause"],
        "cause_source": pa.repeat(pa.scalar(CauseSource.MODEL.value), base.num_rows),
        "cause_confidence": base["model_confidence"],
        "final_status": base["report_status"],
        "edited_by": pa.nulls(base.num_rows, pa.string()),
        "edited_at": pa.nulls(base.num_rows, pa.timestamp("ms")),
    }
    final = pa.table(columns)
    if not (reports or events):
        return final.select(COLUMNS)
    rows = [
        _decided(row, own, reports, events)
        for row, own in zip(final.to_pylist(), base["own_group_id"].to_pylist(), strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=final.schema).select(COLUMNS)


def _decided(row: dict[str, Any], own_group: str | None, reports: Decisions, events: Decisions) -> dict[str, Any]:
    report, groups = row["report_id"], [row["report_group_id"], own_group]
    cause = reports.causes.get(report)
    source = CauseSource.REPORT_EDIT
    if cause is None:
        cause, source = _of_event(events.causes, groups), CauseSource.EVENT_EDIT
    status = reports.statuses.get(report) or _of_event(events.statuses, groups)
    if cause is not None:
        by, confidence = decided_by(cause.edit, source)
        row |= {"cause": cause.value, "cause_source": by.value, "cause_confidence": confidence}
    if status is not None:
        row["final_status"] = status_in_force(row["report_status"], status.value)
    decided = max((d for d in (cause, status) if d is not None), key=lambda d: d.order, default=None)
    if decided is not None:
        row |= {"edited_by": decided.author, "edited_at": decided.edited_at}
    return row


def _of_event(decisions: Mapping[str, Decision], groups: Sequence[str | None]) -> Decision | None:
    """Return the newest decision about the report's event or the event it was merged from; None if there is none."""
    found = [decisions[g] for g in dict.fromkeys(groups) if g is not None and g in decisions]
    return max(found, key=lambda d: d.order, default=None)
