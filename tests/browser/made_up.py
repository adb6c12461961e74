"""Made-up answers of the API, for what a small run does not have: thousands of events, years of days."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse

CAUSES = ("weather", "competitor_stockout", "price_change", "unknown")
STATE = {
    "run_id": "main", "tick": "2024-05-15", "written_at": "2024-05-16T06:00:00Z", "edits_until": None,
    "pending_edits": 0,
}  # fmt: skip
SURE = {"cause_source": "event_edit", "cause_confidence": 1.0}
AFTER_EDIT = {
    "set_cause": SURE, "approve": {**SURE, "event_status": "approved"}, "reject": {"event_status": "rejected"},
    "reopen": {"event_status": "open", "cause": "unknown", "cause_source": "model", "cause_confidence": 0.8},
}  # fmt: skip


def event(number: int) -> dict[str, Any]:
    """One event; the numbers differ from event to event."""
    begun = date(2023, 1, 1) + timedelta(days=number % 480)
    return {
        "version": "2024-05-16T06:00:00Z", "pending": [], "run_id": "main", "tick": "2024-05-15",
        "sentence": f"Rain in {number % 40} of 40 stores rose to 31.0 (usual 0.0–9.5) on the day sales fell.",
        "written_at": "2024-05-16T06:00:00Z", "is_degraded": number % 11 == 0, "degraded_inputs": [],
        "report_group_id": f"{number:064x}", "name": f"Event {number}", "first_detected_at": begun.isoformat(),
        "last_detected_at": (begun + timedelta(days=6)).isoformat(), "event_status": "closed",
        "direction": "up" if number % 3 else "down", "n_reports": 12, "n_stores": 12, "regions": ["north"],
        "retailers": ["alder"], "sales_delta": (1 if number % 3 else -1) * 1e6 / (number + 1), "expected_sales": 2e6,
        "severity": max(0.0, 1 - number / 5000), "proposed_cause": CAUSES[number % 4], "proposed_confidence": 0.8,
        "cause": CAUSES[number % 4], "cause_source": "model", "cause_confidence": 0.8, "evidence": None,
        "merged_into": None, "n_edits": 0, "snoozed": None, "worth": 2e5 / (number + 1), "after_edit": AFTER_EDIT,
    }  # fmt: skip


def events_page(url: str, total: int) -> str:
    """The page of a list of `total` events that a request asks for."""
    asked = parse_qs(urlparse(url).query)
    start, limit = int(asked.get("cursor", ["0"])[0]), int(asked.get("limit", ["50"])[0])
    end = min(total, start + limit)
    page = {
        "items": [event(n) for n in range(start, end)],
        "next_cursor": str(end) if end < total else None,
        "totals": {"rows": total, "sales_delta": 1e6, "sales_above": 2e6, "expected_sales": 1e9},
        "state": STATE,
    }
    return json.dumps(page)


def longer(series: dict[str, Any], days: int) -> str:
    """A report's series stretched to so many days before its last."""
    last = date.fromisoformat(series["line"]["dates"][-1])
    dates = [(last - timedelta(days=days - 1 - n)).isoformat() for n in range(days)]
    expected = [1000 + 300 * math.sin(n / 7) + n / 5 for n in range(days)]
    line = {
        "dates": dates,
        "observed": [value * (1 + 0.1 * math.sin(n)) for n, value in enumerate(expected)],
        "expected": expected,
        "low": [0.8 * value for value in expected],
        "high": [1.2 * value for value in expected],
        "score": [0.1] * days,
        "is_anomalous": [False] * days,
    }
    signals = [{**s, "dates": dates, "values": [float(n % 30) for n in range(days)]} for s in series["signals"]]
    return json.dumps({**series, "line": line, "signals": signals})
