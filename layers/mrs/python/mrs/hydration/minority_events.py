"""minority_events_log: each event's name, status and cause, with the analysts' edits over the model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from mrs.decisions.edits import Edit, newest, not_taken_back
from mrs.decisions.in_force import (
    BY_PEOPLE,
    DECIDED_CONFIDENCE,
    CauseSource,
    decided_by,
    decided_cause,
    decided_status,
    status_in_force,
)
from mrs.decisions.titles import event_title, given_name
from mrs.hydration.candidates import filled
from mrs.hydration.event_members import event_rows
from mrs.hydration.severity import severity

NAMED_REGIONS = 3
UNKNOWN = "unknown"
# The query's columns with the newest edit of each kind: action, its value, when it was made.
_EDITS: tuple[tuple[str, str | None, str | None], ...] = (
    ("set_cause", "set_cause_value", "set_cause_at"),
    ("approve", "approve_value", "approved_at"),
    ("reject", None, "rejected_at"),
    ("reopen", "reopen_value", "reopened_at"),
    ("rename", "rename_value", None),
)
_DECIDED = ("event_status", "cause", "cause_source", "name")
_KEPT = (
    "report_group_id",
    "first_detected_at",
    "last_detected_at",
    "direction",
    "n_reports",
    "n_stores",
    "sales_delta",
    "expected_sales",
    "proposed_cause",
    "proposed_confidence",
    "evidence",
    "alternatives",
    "n_edits",
    "lasting_since",
    "is_degraded",
)


def minority_events_log(registered: pa.Table, reports: pa.Table, half_at: float) -> pa.Table:
    """Return the dataset's own columns from the results of two queries.

    Parameters
    ----------
    registered
        One row per event: the result of `minority_events_log.sql`.
    reports
        One row per report: the result of `minority_reports.sql`.
    half_at
        Store-days at stake at which an event's severity is half its score.
    """
    rows = event_rows(registered, reports)
    decided = [_decided(event) for event in rows.to_pylist()]
    score, stake = (np.asarray(rows[c].to_numpy(), dtype=np.float64) for c in ("anomaly_score", "store_days"))
    columns = {name: rows[name] for name in _KEPT}
    columns |= {name: pa.array([d[name] for d in decided], pa.string()) for name in _DECIDED}
    columns |= {
        "merged_into": rows["merged_into"],
        "cause_confidence": pa.array([d["cause_confidence"] for d in decided], pa.float64()),
        "severity": severity(score, stake, half_at),
        "regions": filled(rows["regions"]),
        "retailers": filled(rows["retailers"]),
        "degraded_inputs": filled(rows["degraded_inputs"]),
    }
    return pa.table(columns)


def _edits(event: Mapping[str, Any]) -> list[Edit]:
    """Return the event's newest edits that decide its cause, status or name, from the query's columns."""
    found = []
    for action, value, at in _EDITS:
        edited_at = event[at] if at else event["first_detected_at"]  # of one rename the time does not matter
        if edited_at is not None:
            said = json.loads((event[value] if value else None) or "{}")
            found.append(Edit(event["report_group_id"], action, action, said, "", edited_at, edited_at.date()))
    return found


def _decided(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return name, status and cause in force: the newest edits of the event over what its reports say."""
    about, edits = event["report_group_id"], _edits(event)
    valid, names = not_taken_back(edits), newest(edits, given_name)
    statuses, causes = newest(valid, decided_status), newest(valid, decided_cause)
    source = event["cause_source"] or CauseSource.MODEL.value
    found: dict[str, Any] = {
        "event_status": status_in_force(event["life"], statuses[about][1] if about in statuses else None),
        "cause": event["cause"] or UNKNOWN,
        "cause_source": source,
        "cause_confidence": DECIDED_CONFIDENCE if source in BY_PEOPLE else (event["cause_confidence"] or 0.0),
    }
    if about in causes:
        edit, cause = causes[about]
        by, confidence = decided_by(edit, CauseSource.EVENT_EDIT)
        found |= {"cause": cause, "cause_source": by.value, "cause_confidence": confidence}
    title = event_title(found["cause"], _where(event), event["first_detected_at"])
    return {"name": names[about][1] if about in names else title, **found}


def _where(event: Mapping[str, Any]) -> str:
    if event["n_stores"] == 1:
        return f"store {event['a_store']}"
    regions: Sequence[str] = event["regions"] or ()
    if not regions:
        return f"{event['n_stores']} stores"
    more = len(regions) - NAMED_REGIONS
    return ", ".join(regions[:NAMED_REGIONS]) + (f" +{more}" if more > 0 else "")
