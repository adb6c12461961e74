"""The worklist of a rereview: which reports are judged again, and their state before.

A report is looked at as of its last state, so its row lies under the tick of its newest MRDL row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.errors import BadInputError
from mrs.rereviews.selection import attributed_before, described, selected
from mrs.settings import RereviewSettings
from mrs.stage import Read, Span, Stage, StageContext
from mrs.store.log_store import written_by

MRDL = "minority_reports_detected_log"
MRPAL = "minority_reports_proposed_attribution_log"
REPORTS = "minority_reports"
EDITS = "user_edits_log"
WORKLIST = dataset("rereview_worklist_log")
ASKED, OLDER = "rereview", "attributed_by_older_model"
CHUNK_DAYS, GAP_DAYS = 28, 7


def load_state(context: StageContext) -> dict[str, pa.Table]:
    """Return the reports as they stood when the rereview was asked for, and what it was asked for."""
    event, logs = context.event, context.logs
    tick, written_at = event.last_tick, event.write_time(event.last_tick)
    known = written_by(written_at)
    reports = logs.read(dataset(REPORTS), event.run_id, first=tick, last=tick, visible=known)
    edits = logs.read(dataset(EDITS), event.run_id, visible=known)
    asked = {"config": event.config, "first_tick": event.first_tick.isoformat(), "last_tick": tick.isoformat()}
    request = json.dumps(asked, sort_keys=True)
    tables = {ASKED: pa.table({"rereview_id": [event.rereview_id], "request": [request]})}
    tables |= {REPORTS: reports, EDITS: edits}
    version = context.settings.rereview.selection.model_older_than
    if version is not None:
        proposed = logs.read(dataset(MRPAL), event.run_id, last=tick, visible=known)
        tables[OLDER] = pa.table({"report_id": attributed_before(proposed, version)})
    return tables


def build_rereview_worklist(
    tables: Mapping[str, pa.Table], _ticks: Sequence[date], settings: RereviewSettings
) -> dict[str, pa.Table]:
    """Return the rows of the worklist.

    Parameters
    ----------
    tables
        MRDL; the hydrated reports and the edits as they were known; `ASKED`: one row, the rereview's id and request;
        `OLDER`: the reports that an older cause model has attributed, where the selection asks for them.
    settings
        The selection, who asked and why.

    Raises
    ------
    BadInputError
        If no report fits.
    """
    older = tables[OLDER]["report_id"].combine_chunks() if OLDER in tables else None
    last_tick = _last_ticks(tables[MRDL])
    edited = _last_edits(tables[EDITS])
    chosen = selected(tables[REPORTS], settings.selection, older).to_pylist()
    asked, reason = tables[ASKED].to_pylist()[0], described(settings.selection)
    rows = [
        {
            **asked,
            "report_id": r["report_id"],
            "reason": reason,
            "requested_by": settings.requested_by,
            "cause_before": r["cause"],
            "confidence_before": r["cause_confidence"],
            "cluster_before": r["cluster_id"],
            "based_on": max(r["written_at"], edited.get(r["report_id"], r["written_at"])),
            "report_status": r["report_status"],
            "tick": last_tick[r["report_id"]],
        }
        for r in chosen
        if r["report_id"] in last_tick
    ]
    if not rows:
        raise BadInputError(f"no report fits the selection ({reason})")
    schema = pa.schema([f for f in WORKLIST.schema if f.name in rows[0]])
    return {WORKLIST.name: pa.Table.from_pylist(rows, schema=schema)}


def _last_ticks(detected: pa.Table) -> dict[str, date]:
    newest = detected.group_by("report_id").aggregate([("tick", "max")])
    return dict(zip(newest["report_id"].to_pylist(), newest["tick_max"].to_pylist(), strict=True))


def _last_edits(edits: pa.Table) -> dict[str, Any]:
    newest = edits.group_by("report_id").aggregate([("written_at", "max")])
    return dict(zip(newest["report_id"].to_pylist(), newest["written_at_max"].to_pylist(), strict=True))


def chunks(worklist: pa.Table) -> list[dict[str, str]]:
    """Return the ticks of a worklist as spans that one invocation can take: short, and without wide gaps."""
    spans: list[tuple[date, date]] = []
    for tick in sorted(pc.unique(worklist["tick"]).to_pylist()):
        if spans and tick - spans[-1][0] < timedelta(CHUNK_DAYS) and tick - spans[-1][1] <= timedelta(GAP_DAYS):
            spans[-1] = (spans[-1][0], tick)
        else:
            spans.append((tick, tick))
    return [{"first_tick": a.isoformat(), "last_tick": b.isoformat()} for a, b in spans]


STAGE = Stage(
    name="worklist",
    reads=(
        Read(MRDL, Span.TICKS),
        Read(REPORTS, Span.UNTIL, by_loader=True),
        Read(EDITS, Span.UNTIL, by_loader=True),
        Read(MRPAL, Span.UNTIL, by_loader=True),
    ),
    writes=(WORKLIST.name,),
    run=build_rereview_worklist,
    settings="rereview",
    load=load_state,
)
