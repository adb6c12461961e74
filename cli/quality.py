"""How good a run's proposals were, from its logs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mrs.contracts import dataset
from mrs.decisions.agreement import by_cause_and_week, judgements, reliability
from mrs.decisions.edits import event_edits, report_edits
from mrs.detection.expected import expected_of, in_words
from mrs.store.log_store import LogStore
from mrs.store.runs import latest_snapshot


def quality_of(logs: LogStore, run_id: str) -> dict[str, Any]:
    """Return what people made of a run's proposals, and what to expect of detection, as `mrs quality` prints it."""
    kinds = (
        ("minority_events_log", "report_group_id", event_edits, "user_minority_events_edits_log"),
        ("minority_reports", "report_id", report_edits, "user_edits_log"),
    )
    judged = []
    for name, id_column, read, edits in kinds:
        said = read(logs.read(dataset(edits), run_id))
        judged += judgements(said, latest_snapshot(logs, name, run_id).to_pylist(), id_column) if said else []
    found = expected_of(logs.read(dataset("detector_calibration_log"), run_id))
    return {
        "expected": in_words(found),
        "found": dict(found.found) if found else {},
        "false_store_days": found.false_store_days if found else None,
        "calibrated": list(found.calibrated) if found else [],
        "causes": [asdict(one) for one in by_cause_and_week(judged)],
        "reliability": [asdict(one) for one in reliability(judged)],
    }
