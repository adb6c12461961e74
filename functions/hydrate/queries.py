"""What hydration asks Athena: one `.sql` file a hydrated dataset, its parameters, and the columns that come back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
from mrs.contracts import dataset
from mrs.environment import client
from mrs.settings import HydrateSettings
from mrs.stage import Pieces, Read, Span, StageContext
from mrs.store.athena import Athena, Value
from mrs.store.objects import in_parallel
from mrs.store.snapshots import Snapshot
from mrs.store.weeks import SALES, WEEKS, HeldWeeks, monday, week_part

from functions.hydrate.changed_weeks import SOURCES, Sources, changed_weeks, held_by

SQL = Path(__file__).parent / "sql"
REPORTS, EVENTS = "minority_reports", "minority_events_log"
RESTATEMENTS, RECONCILIATION = "restatements", "sales_reconciliation"
BEFORE = "attribution_ready_sales before"
"""Under which the pure function is given a week as the state before holds it."""
WRITES = (REPORTS, EVENTS, SALES, WEEKS, RESTATEMENTS)
READS = tuple(
    Read(name, Span.UNTIL, by_loader=True)
    for name in (
        *SOURCES,
        "executions_log",
        REPORTS,
        SALES,
        WEEKS,
        "MRCL",
        "MRCH",
        "MELOG",
        "user_edits_log",
        "user_minority_events_edits_log",
        "stores_data",
        "pipeline_health_log",
    )
)

_TEXT, _NUMBER, _COUNT, _TIME = pa.string(), pa.float64(), pa.int64(), pa.timestamp("ms")
_TEXTS = pa.list_(pa.field("element", pa.string()))
_NUMBERS = pa.list_(pa.field("element", pa.float64()))


def _columns(name: str, without: set[str], extra: dict[str, pa.DataType]) -> pa.Schema:
    """Return a hydrated dataset's columns, less those that are made afterwards, and those that these are made of."""
    made = {"run_id", "tick", "written_at"} | without
    kept = [f for f in dataset(name).schema if f.name not in made]
    return pa.schema([*kept, *(pa.field(n, t) for n, t in extra.items())])


RESULTS: dict[str, pa.Schema] = {
    REPORTS: _columns(
        REPORTS,
        {"severity", "alternatives", "report_group_id", "degraded_inputs"},
        {
            "detected_status": _TEXT,
            "joined_group_id": _TEXT,
            "event_id": _TEXT,
            "causes": _TEXTS,
            "confidences": _NUMBERS,
            "unseen": pa.list_(pa.field("element", pa.bool_())),
            "evidences": _TEXTS,
            "final_cause": _TEXT,
            "final_status": _TEXT,
            "clustered_degraded": pa.bool_(),
            "clustered_without": _TEXTS,
            "detected_without": _TEXTS,
            "proposed_without": _TEXTS,
            "cohorted_without": _TEXTS,
            "finalised_without": _TEXTS,
        },
    ),
    EVENTS: pa.schema(
        {
            "report_group_id": _TEXT,
            "registered_at": _TIME,
            "direction": _TEXT,
            "is_degraded": pa.bool_(),
            "registered_without": _TEXTS,
            "into_id": _TEXT,
            "n_edits": _COUNT,
            "rename_value": _TEXT,
            "set_cause_value": _TEXT,
            "set_cause_at": _TIME,
            "approve_value": _TEXT,
            "approved_at": _TIME,
            "rejected_at": _TIME,
            "reopen_value": _TEXT,
            "reopened_at": _TIME,
        },
    ),
    SALES: _columns(
        SALES,
        {"minority_sales", "adjusted_sales", "adjusted_low", "adjusted_high", "exclude_probability", "is_degraded"}
        | {"quality", "restated_at", "restated_why", "is_replay_due"},
        {
            "is_judged": _COUNT,
            "judged_sales": _NUMBER,
            "replayed_at": _TIME,
            "landed_sales": _NUMBER,
            "first_sales": _NUMBER,
            "is_closed": _COUNT,
            "is_partial": _COUNT,
            "is_late": _COUNT,
            "known_at": _TIME,
            "edited_at": _TIME,
            "expected_low": _NUMBER,
            "expected_high": _NUMBER,
            "anomaly_score": _NUMBER,
            "is_decided": _NUMBER,
            "non_campaign": _NUMBER,
            "unfit": _NUMBER,
            "detected_without": _TEXTS,
            "proposed_without": _TEXTS,
        },
    ),
}
"""Columns of the result of each query that the stage's function needs."""
RECONCILED = pa.schema(
    {"date": pa.date32(), "account": _TEXT, "rule": _TEXT, "sales": _NUMBER, "n_rows": _COUNT},
)
"""Columns of the result of `sales_reconciliation.sql`, which is asked when the state is written."""
NEVER = date(9999, 12, 31)
"""The tick of what has not come to pass."""


def parameters(name: str, sources: Sources, settings: HydrateSettings, first: date | None = None) -> dict[str, Value]:
    """Return the parameters of one query, of the state that the sources are of.

    `first` is the first day that the sales are wanted of; None for the whole window.
    """
    state = sources.state
    params: dict[str, Value] = {"run_id": state.run_id, "tick": state.tick, "as_of": state.written_at}
    if name == SALES:
        params |= {"first_date": first or first_date(state.tick, settings), "began": sources.began() or NEVER}
    if name in (SALES, REPORTS):
        params["judged_again"] = sources.first_judged_again() or NEVER
    return params


def first_date(tick: date, settings: HydrateSettings) -> date:
    """Return where the window of attribution_ready_sales begins: with the week of its first day."""
    return monday(tick - timedelta(days=settings.window_days - 1))


def published_before(context: StageContext) -> Snapshot | None:
    """Return the state that was published before this one; None where there is none.

    The logs tell it, and not which snapshots are there, so that a rebuilt state says the same: executions publish at
    their end, and every later finalisation of such a tick is a refresh of it.
    """
    event, logs = context.event, context.logs
    as_of = event.write_time(event.last_tick)
    ends = logs.find(dataset("executions_log"), event.run_id, last=event.last_tick)
    published = {(key.tick, key.written_at) for key, _ in ends if key.written_at < as_of}
    if not published:
        return None
    tick, ended_at = max(published)
    finals = logs.find(dataset("MRFL"), event.run_id, first=tick, last=tick)
    times = (ended_at, *(k.written_at for k, _ in finals if ended_at < k.written_at < as_of))
    return Snapshot(event.run_id, tick, max(times))


def ask(athena: Athena, name: str, sources: Sources, settings: HydrateSettings) -> pa.Table:
    """Ask for all rows that one hydrated dataset is made of, of the state that the sources are of."""
    return athena.query(SQL / f"{name}.sql", parameters(name, sources, settings), RESULTS[name])


def run_queries(context: StageContext) -> dict[str, pa.Table | Pieces]:
    """Return what the pure function needs, for the last tick of an execution and the time at which it writes.

    Sales come in pieces, a week each: the weeks that changed since the state before. All others stay where they are.
    """
    event, env, settings = context.event, context.environment, context.settings.hydrate
    athena = Athena(env.glue_database, env.athena_workgroup, client("athena"), client("s3"))
    state = Snapshot(event.run_id, event.last_tick, event.write_time(event.last_tick))
    base = published_before(context)
    first = first_date(state.tick, settings)
    first_then = first_date(base.tick, settings) if base else first
    sources = Sources.of(context.logs, state, first_then)
    reports, events = in_parallel(lambda name: ask(athena, name, sources, settings), [REPORTS, EVENTS])
    held = held_by(context.logs, base, sources, first_then)
    stale = changed_weeks(sources, base, reports) if base and held else None
    since = first if stale is None else max(first, min(stale, default=monday(state.tick)))
    params = parameters(SALES, sources, settings, since)
    answer = athena.query_by("week", SQL / f"{SALES}.sql", params, RESULTS[SALES])
    found = {date.fromisoformat(week): rows for week, rows in answer.items()}
    made = {week: rows for week, rows in found.items() if stale is None or week in stale}
    kept = held.since(first, stale) if held and stale is not None else {}
    weeks = HeldWeeks({**kept, **dict.fromkeys(made, (state.tick, state.written_at))}, sources.count(first=first))
    return {REPORTS: reports, EVENTS: events, SALES: _by_week(context, base, made), WEEKS: _rows_of(weeks)}


def _rows_of(weeks: HeldWeeks) -> pa.Table:
    """Return the rows of `attribution_ready_sales_weeks`, in the order of the weeks."""
    own = [{"week": w, "part_tick": t, "part_written_at": at} for w, (t, at) in sorted(weeks.written.items())]
    schema = pa.schema([f for f in dataset(WEEKS).stage_schema if f.name != "tick"])
    return pa.Table.from_pylist([row | {"n_objects": weeks.n_objects} for row in own], schema=schema)


def _by_week(context: StageContext, base: Snapshot | None, made: Mapping[date, Callable[[], pa.Table]]) -> Pieces:
    """Return the weeks to make, each with its sales in the state before, where that has weeks."""
    held = base.weeks(context.logs) if base else None

    def read(week: date) -> dict[str, pa.Table]:
        if base is None or held is None or week not in held.written:
            return {SALES: made[week]()}
        before = context.logs.read_parts(dataset(SALES), [held.key(base.run_id, week)], base.tick, base.written_at)
        return {SALES: made[week](), BEFORE: before}

    return Pieces({week_part(week): partial(read, week) for week in sorted(made)})
