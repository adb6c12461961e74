"""minority_events_log: an event's readable name, its status and its cause, with the analysts' edits over the model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from functions.hydrate.event_members import event_rows
from functions.hydrate.lists import filled
from functions.hydrate.severity import severity

NAMED_REGIONS = 3
UNKNOWN = "unknown"
_MADE = ("event_status", "cause", "cause_source", "cause_confidence")
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
    "merged_into",
    "n_edits",
    "is_degraded",
)


def minority_events_log(registered: pa.Table, reports: pa.Table, half_at: float) -> pa.Table:
    """Return the dataset's own columns from the results of two queries.

    Parameters
    ----------
    registered
        One row an event: the result of `minority_events_log.sql`.
    reports
        One row a report: the result of `minority_reports.sql`.
    half_at
        Store-days at stake at which an event's severity is half its score.
    """
    rows = event_rows(registered, reports)
    events = rows.to_pylist()
    decided = [_decided(event) for event in events]
    score, stake = (np.asarray(rows[c].to_numpy(), dtype=np.float64) for c in ("anomaly_score", "store_days"))
    columns = {name: rows[name] for name in _KEPT}
    columns |= {name: pa.array([d[name] for d in decided], rows.schema.field("cause").type) for name in _MADE[:3]}
    columns |= {
        "name": pa.array([_name(e, d["cause"]) for e, d in zip(events, decided, strict=True)], pa.string()),
        "cause_confidence": pa.array([d["cause_confidence"] for d in decided], pa.float64()),
        "severity": severity(score, stake, half_at),
        "regions": filled(rows["regions"]),
        "retailers": filled(rows["retailers"]),
        "degraded_inputs": filled(rows["degraded_inputs"]),
    }
    return pa.table(columns)


def _decided(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return status and cause in force: the newest edit of the event over what its reports say."""
    status = event["life"]
    approved, rejected = event["approved_at"], event["rejected_at"]
    if status != "merged" and (approved or rejected):
        status = "rejected" if rejected and (approved is None or rejected > approved) else "approved"
    causes = [
        (event[at], cause)
        for at, value in (("set_cause_at", "set_cause_value"), ("approved_at", "approve_value"))
        if event[at] and (cause := _member(event[value], "cause"))
    ]
    if causes:
        return {
            "event_status": status,
            "cause": max(causes)[1],
            "cause_source": "event_edit",
            "cause_confidence": 1.0,
        }
    source = event["cause_source"] or "model"
    confidence = event["cause_confidence"] or 0.0
    return {
        "event_status": status,
        "cause": event["cause"] or UNKNOWN,
        "cause_source": source,
        "cause_confidence": confidence if source == "model" else 1.0,
    }


def _name(event: Mapping[str, Any], cause: str) -> str:
    """Return what to call an event: as an analyst named it, else `Viral · BW, BY · 2015-06-11`."""
    given = _member(event["rename_value"], "name")
    if given:
        return given
    title = cause.replace("_", " ").capitalize()
    return f"{title} · {_where(event)} · {event['first_detected_at']:%Y-%m-%d}"


def _where(event: Mapping[str, Any]) -> str:
    if event["n_stores"] == 1:
        return f"store {event['a_store']}"
    regions: Sequence[str] = event["regions"] or ()
    if not regions:
        return f"{event['n_stores']} stores"
    more = len(regions) - NAMED_REGIONS
    return ", ".join(regions[:NAMED_REGIONS]) + (f" +{more}" if more > 0 else "")


def _member(value: str | None, key: str) -> str | None:
    """Return a text member of an edit's JSON value; None where there is none."""
    found = json.loads(value or "{}").get(key)
    return found if isinstance(found, str) and found else None
