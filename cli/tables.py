"""What was found, as tables for a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from mrs.store.log_store import LogStore
from mrs.store.runs import latest_snapshot

from cli.console import money_column, out, show_table

RIGHT, LEFT = "right", "left"


def narrowed(
    table: pa.Table, cause: str | None, min_confidence: float, status: str | None, status_column: str
) -> pa.Table:
    """Return the rows of a cause, of at least a confidence, and of a status."""
    if cause is not None:
        table = table.filter(pc.equal(table["cause"], cause))
    if status is not None:
        table = table.filter(pc.equal(table[status_column], status))
    return table.filter(pc.greater_equal(table["cause_confidence"], min_confidence))


EVENT_COLUMNS = [("cause", LEFT), ("sure", RIGHT), ("where", LEFT), ("days", LEFT), ("n", RIGHT)]
REPORT_COLUMNS = [("store", LEFT), ("region", LEFT), ("cause", LEFT), ("sure", RIGHT), ("days", LEFT)]
STANDING = [("sev", RIGHT), ("status", LEFT), ("id", RIGHT)]


def show_events(events: pa.Table, limit: int, unit: str | None) -> None:
    """Print events, the most severe first."""
    rows = events.sort_by([("severity", "descending"), ("report_group_id", "ascending")]).to_pylist()
    columns = [*EVENT_COLUMNS, money_column(unit), *STANDING]
    show_table(f"{len(rows)} Minority Events" + _first(limit, rows), columns, map(_event, rows[:limit]))


def _event(e: dict[str, Any]) -> tuple[Any, ...]:
    where = ", ".join(e["regions"][:2]) + (" …" if len(e["regions"]) > 2 else "") or "–"
    cells = (e["cause"], _percent(e["cause_confidence"]), where, _span(e), e["n_stores"], _money(e["sales_delta"]))
    return (*cells, f"{e['severity']:.2f}", e["event_status"], e["report_group_id"][:6])


def show_reports(reports: pa.Table, limit: int, unit: str | None) -> None:
    """Print reports, the most severe first, and the first one's evidence in words."""
    rows = reports.sort_by([("severity", "descending"), ("report_id", "ascending")]).to_pylist()
    columns = [*REPORT_COLUMNS, money_column(unit), ("score", RIGHT), *STANDING]
    show_table(f"{len(rows)} minority reports" + _first(limit, rows), columns, map(_report, rows[:limit]))
    if rows and rows[0]["evidence"]:
        sentence = json.loads(rows[0]["evidence"]).get("sentence")
        if sentence:
            out.print(f"[dim]The first, in words:[/] {sentence}")


def _report(r: dict[str, Any]) -> tuple[Any, ...]:
    cells = (r["store_id"], r["region"] or "–", r["cause"], _percent(r["cause_confidence"]), _span(r))
    scores = (_money(r["sales_delta"]), f"{r['anomaly_score']:.2f}", f"{r['severity']:.2f}")
    return (*cells, *scores, r["report_status"], r["report_id"][:6])


def events_and_reports(logs: LogStore, run_id: str) -> tuple[pa.Table, pa.Table]:
    """Return the hydrated events and reports of a run's newest hydrated tick."""
    return latest_snapshot(logs, "minority_events_log", run_id), latest_snapshot(logs, "minority_reports", run_id)


def _first(limit: int, rows: Sequence[Any]) -> str:
    return f", the first {limit}" if len(rows) > limit else ""


def _span(row: dict[str, Any]) -> str:
    first, last = (_day(row[k]) for k in ("first_detected_at", "last_detected_at"))
    return first if first == last else f"{first}…{last}"


def _day(moment: datetime) -> str:
    return f"{moment:%m-%d}"


def _percent(share: float) -> str:
    """Return a confidence as the Workshop shows it: none is a certainty."""
    return ">99 %" if share > 0.99 else f"{100 * share:.0f} %"


def _money(amount: float) -> str:
    size = abs(amount)
    if size >= 999_500:
        return f"{amount / 1e6:+.1f}M"
    return f"{amount / 1e3:+.0f}k" if size >= 9_950 else f"{amount:+.0f}"
