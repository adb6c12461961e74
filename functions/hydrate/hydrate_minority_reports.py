"""Hydration: the current state of reports, events and sales, assembled from the logs; it changes no log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from mrs.hydration.attribution_ready_sales import attribution_ready_sales
from mrs.hydration.candidates import candidates_json, filled
from mrs.hydration.minority_events import minority_events_log
from mrs.hydration.restated import restatements
from mrs.hydration.severity import days_at_stake, severity
from mrs.settings import HydrateSettings

from functions.hydrate.queries import EVENTS, REPORTS, RESTATEMENTS, SALES


def hydrate_minority_reports(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: HydrateSettings
) -> dict[str, pa.Table]:
    """Return the hydrated datasets as they stand at the last tick: those of which there is the query's result.

    Parameters
    ----------
    tables
        The results of the queries in `sql/`, by the dataset that each is for.
    ticks
        The hydrated tick is the last one.
    settings
        Window of attribution_ready_sales, scale of the severities.

    Returns
    -------
    dict
        One table a hydrated dataset; the harness appends it as the tick's snapshot.
    """
    tick = pa.scalar(ticks[-1], pa.date32())
    made = {name: hydrate(name, tables[name], settings) for name in (REPORTS, EVENTS, SALES) if name in tables}
    if SALES in tables:
        made[RESTATEMENTS] = restatements(tables[SALES])
    return {name: table.append_column("tick", pa.repeat(tick, table.num_rows)) for name, table in made.items()}


def hydrate(name: str, rows: pa.Table, settings: HydrateSettings) -> pa.Table:
    """Return one hydrated dataset's own columns from its query's result."""
    if name == REPORTS:
        return minority_reports(rows, settings.report_half_days)
    if name == EVENTS:
        return minority_events_log(rows, settings.event_half_store_days)
    return attribution_ready_sales(rows)


def minority_reports(rows: pa.Table, half_at: float) -> pa.Table:
    """Return the dataset's own columns from the query's result; `half_at` in days of the store's normal sales."""
    day = (rows[c].cast(pa.date32()).cast(pa.int32()) for c in ("last_detected_at", "first_detected_at"))
    n_days = np.asarray(pc.subtract(*day), dtype=np.float64) + 1
    delta, expected, score = (
        np.asarray(rows[c].to_numpy(), dtype=np.float64) for c in ("sales_delta", "expected_sales", "anomaly_score")
    )
    made = {
        "severity": pa.array(severity(score, days_at_stake(delta, expected, n_days), half_at)),
        "alternatives": candidates_json(rows["other_causes"], rows["other_confidences"]),
        "degraded_inputs": filled(rows["degraded_inputs"]),
    }
    kept = {name: rows[name] for name in rows.column_names if not name.startswith("other_")}
    return pa.table(kept | made)
