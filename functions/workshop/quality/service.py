"""Reads what the answer about quality is made of."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import Status, dataset
from mrs.decisions.agreement import by_cause_and_week, judgements, reliability
from mrs.decisions.in_force import BY_PEOPLE, CauseSource
from mrs.detection.expected import expected_of, in_words

from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.view import View


def quality(view: View) -> dict[str, Any]:
    """Return the answer of a state, as the route's model has it."""
    judged = [
        one
        for kind in (EVENTS, REPORTS)
        for one in judgements(view.edits(kind), view.objects(kind).table.to_pylist(), kind.id_column)
    ]
    found = expected_of(_calibrations(view))
    return {
        "causes": [asdict(one) for one in by_cause_and_week(judged)],
        "reliability": [asdict(one) for one in reliability(judged)],
        "labels": _labels(view),
        "found": [{"size": size, "share": share} for size, share in found.found.items()] if found else [],
        "calibrated": [{"said": said, "right": right} for said, right in found.calibrated] if found else [],
        "false_store_days": found.false_store_days if found else None,
        "expected": in_words(found),
        "state": view.described(),
    }


def _labels(view: View) -> dict[str, int]:
    reports = view.objects(REPORTS).table
    decided = pc.and_(
        pc.is_in(reports["cause_source"], value_set=pa.array(sorted(BY_PEOPLE))),
        pc.not_equal(reports["report_status"], Status.REJECTED.value),
    )
    other = pc.fill_null(pc.not_equal(reports["cause"], reports["proposed_cause"]), False)
    by_rules = pc.equal(reports["cause_source"], CauseSource.POLICY.value)
    counts = {"reports": decided, "contrary": pc.and_(decided, other), "by_rules": by_rules}
    return {name: int(pc.sum(mask).as_py() or 0) for name, mask in counts.items()}


def _calibrations(view: View) -> pa.Table:
    ds = dataset("detector_calibration_log")
    if view.snapshot is None:
        return ds.empty()
    tick, written_at = view.snapshot.tick, view.snapshot.written_at
    return view.logs.read(
        ds, view.run_id, last=tick, visible=lambda key: key.tick < tick or key.written_at <= written_at
    )
