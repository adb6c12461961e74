"""Hydration: the current state of reports, events and sales, assembled from the logs; it changes no log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.hydration.attribution_ready_sales import attribution_ready_sales
from mrs.hydration.candidates import candidates_json, union_of_lists
from mrs.hydration.event_members import WITHOUT, placed
from mrs.hydration.minority_events import minority_events_log
from mrs.hydration.restated import restatements
from mrs.hydration.severity import days_at_stake, severity
from mrs.settings import HydrateSettings
from mrs.store.weeks import SALES, WEEKS

from functions.hydrate.queries import BEFORE, EVENTS, REPORTS, RESTATEMENTS

NO_RESTATEMENTS = pa.table(
    {f.name: pa.array([], f.type) for f in dataset(RESTATEMENTS).stage_schema if f.name != "tick"}
)


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
    made: dict[str, pa.Table] = {}
    if REPORTS in tables:
        reports, events = tables[REPORTS], tables[EVENTS]
        made[REPORTS] = minority_reports(reports, events, settings.report_half_days)
        made[EVENTS] = minority_events_log(events, reports, settings.event_half_store_days)
    if SALES in tables:
        made[SALES] = attribution_ready_sales(tables[SALES])
        made[RESTATEMENTS] = restatements(made[SALES], tables.get(BEFORE, dataset(SALES).empty()))
    if WEEKS in tables:
        made[WEEKS] = tables[WEEKS]
        made[RESTATEMENTS] = NO_RESTATEMENTS
    return {name: table.append_column("tick", pa.repeat(tick, table.num_rows)) for name, table in made.items()}


def minority_reports(rows: pa.Table, events: pa.Table, half_at: float) -> pa.Table:
    """Return the dataset's own columns from the results of two queries.

    Parameters
    ----------
    rows
        One row a report: the result of `minority_reports.sql`.
    events
        One row an event: the result of `minority_events_log.sql`, which says which events were merged.
    half_at
        At how many days of the store's normal sales at stake a report's severity is half its score.
    """
    day = (rows[c].cast(pa.date32()).cast(pa.int32()) for c in ("last_detected_at", "first_detected_at"))
    n_days = np.asarray(pc.subtract(*day), dtype=np.float64) + 1
    delta, expected, score = (
        np.asarray(rows[c].to_numpy(), dtype=np.float64) for c in ("sales_delta", "expected_sales", "anomaly_score")
    )
    without = [rows["clustered_without"], *(rows[c] for c in WITHOUT)]
    made = {
        "report_group_id": placed(rows, events),
        "severity": pa.array(severity(score, days_at_stake(delta, expected, n_days), half_at)),
        "alternatives": candidates_json(*(_all_but_first(rows[c]) for c in ("causes", "confidences", "unseen"))),
        "is_degraded": pc.or_(rows["is_degraded"], pc.fill_null(rows["clustered_degraded"], False)),
        "degraded_inputs": union_of_lists(without),
    }
    own = dataset(REPORTS).schema.names
    return pa.table({name: rows[name] for name in rows.column_names if name in own} | made)


def _all_but_first(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return lists without their first item; null where nothing is left."""
    rest = [None if items is None else items[1:] or None for items in column.to_pylist()]
    return pa.chunked_array([pa.array(rest, column.type)])
