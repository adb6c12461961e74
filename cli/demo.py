"""What the demo shows: the events that were found, and beside them what was planted."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mrs.store.log_store import LogStore

from cli.console import out, show_table
from cli.tables import LEFT, RIGHT, events_and_reports, show_events

PLANNED = "– (planned)"


def show_demo(logs: LogStore, run_id: str, planted_dir: Path, first: date) -> None:
    """Print the found events, then each planted event with what became of it."""
    events, reports = events_and_reports(logs, run_id)
    show_events(events, 25, None)
    planted = pd.read_parquet(planted_dir / "events.parquet")
    store_days = pd.read_parquet(planted_dir / "store_days.parquet")
    planted = planted[planted["start"] >= datetime(first.year, first.month, first.day)]  # noqa: DTZ001
    calendar = pd.read_parquet(planted_dir.parent / "input" / "promotions.parquet")
    rows = [
        _planted_row(e, store_days[store_days["event"] == e["event"]], reports.to_pandas(), calendar)
        for e in planted.to_dict("records")
    ]
    heads = [("planted", LEFT), ("days", LEFT), ("effect", RIGHT), ("stores", RIGHT), ("found in", RIGHT)]
    show_table("What was planted, and what was found of it", [*heads, ("said to be", LEFT), ("right", LEFT)], rows)
    found = sum(row[4] > 0 for row in rows)
    right = sum(row[6] == "yes" for row in rows)
    planned = sum(row[5] == PLANNED for row in rows)
    out.print(f"{found} of {len(rows)} planted events found, {right} with the right cause.")
    if planned:
        out.print(f"Expected and so not reported, as the TPO calendar plans it: {planned}.")


def _planted_row(event: Any, days: pd.DataFrame, reports: pd.DataFrame, calendar: pd.DataFrame) -> tuple[Any, ...]:
    """Return the row of one planted event: its own facts, the stores it was found in, the cause most of them name."""
    ours = calendar[calendar["store_id"].isin(days["store_id"])]
    in_calendar = event["cause"] == "promotion" and (pd.to_datetime(ours["start_date"]) == event["start"]).any()
    sign = "up" if event["sign"] > 0 else "down"
    near = reports[reports["store_id"].isin(days["store_id"]) & (reports["direction"] == sign)]
    overlap = (near["first_detected_at"] <= event["end"]) & (near["last_detected_at"] >= event["start"])
    hits = near[overlap]
    cause = hits["cause"].mode().iloc[0] if len(hits) else PLANNED if in_calendar else "–"
    effect = days["log_effect"].clip(-3, 3).abs().max()
    return (
        event["cause"],
        f"{event['start']:%Y-%m-%d} … {event['end']:%m-%d}",
        "no rows" if np.isnan(effect) else f"{100 * np.expm1(effect * event['sign']):+.0f} %",
        days["store_id"].nunique(),
        hits["store_id"].nunique(),
        cause,
        "yes" if cause == event["cause"] else "no" if len(hits) else "",
    )
