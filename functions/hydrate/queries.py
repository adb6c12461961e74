"""What hydration asks Athena: one `.sql` file a hydrated dataset, its parameters, and the columns that come back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
from mrs.contracts import dataset
from mrs.environment import client
from mrs.settings import HydrateSettings
from mrs.stage import Pieces, Read, Span, StageContext
from mrs.store.athena import Athena, Value
from mrs.store.objects import in_parallel

SQL = Path(__file__).parent / "sql"
REPORTS, EVENTS, SALES = "minority_reports", "minority_events_log", "attribution_ready_sales"
RESTATEMENTS, RECONCILIATION = "restatements", "sales_reconciliation"
BASELINE, SALES_LOG = "baseline_sales_model_prediction_log", "sales_timeseries_data"
BYTES_A_SPAN = 128 * 2**20
"""Of the baseline or the sales log: some four million store-days, which weigh about a gigabyte put together."""
WRITES = (REPORTS, EVENTS, SALES, RESTATEMENTS)
READS = tuple(
    Read(name, Span.UNTIL, by_loader=True)
    for name in (
        BASELINE,
        SALES_LOG,
        "ingest_rejections_log",
        "landing_feeds_log",
        "executions_log",
        SALES,
        "MRDL",
        "MRCL",
        "MRPAL",
        "MRCH",
        "MELOG",
        "MRFL",
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
            "was_published": _COUNT,
            "observed_before": _NUMBER,
            "adjusted_before": _NUMBER,
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
NOTHING = (date(1970, 1, 1), datetime(1970, 1, 1))  # noqa: DTZ001 (UTC)
"""The state before the first: there is none."""


def parameters(
    name: str,
    run_id: str,
    tick: date,
    as_of: datetime,
    settings: HydrateSettings,
    before: tuple[date, datetime] = NOTHING,
) -> dict[str, Value]:
    """Return the parameters of one query; `before` is the state that was published before."""
    params: dict[str, Value] = {"run_id": run_id, "tick": tick, "as_of": as_of}
    if name in (SALES, RECONCILIATION):
        params["first_date"] = first_date(tick, settings)
    return params | {"before_tick": before[0], "before_at": before[1]} if name == SALES else params


def first_date(tick: date, settings: HydrateSettings) -> date:
    """Return where the window of attribution_ready_sales begins."""
    return tick - timedelta(days=settings.window_days - 1)


def published_before(context: StageContext) -> tuple[date, datetime]:
    """Return tick and time of writing of the state that was published before this one; `NOTHING` where there is none.

    The logs tell it, and not which snapshots are there, so that a rebuilt state says the same: executions publish at
    their end, and every later finalisation of such a tick is a refresh of it.
    """
    event, logs = context.event, context.logs
    as_of = event.write_time(event.last_tick)
    ends = logs.find(dataset("executions_log"), event.run_id, last=event.last_tick)
    published = {(key.tick, key.written_at) for key, _ in ends if key.written_at < as_of}
    if not published:
        return NOTHING
    tick, ended_at = max(published)
    finals = logs.find(dataset("MRFL"), event.run_id, first=tick, last=tick)
    return tick, max(ended_at, *(k.written_at for k, _ in finals if ended_at < k.written_at < as_of), ended_at)


def ask(athena: Athena, name: str, run_id: str, tick: date, as_of: datetime, settings: HydrateSettings) -> pa.Table:
    """Ask for the rows that one hydrated dataset is made of: a run's state at a tick, as it was known at a time."""
    return athena.query(SQL / f"{name}.sql", parameters(name, run_id, tick, as_of, settings), RESULTS[name])


def run_queries(context: StageContext) -> dict[str, pa.Table | Pieces]:
    """Return what the pure function needs, for the last tick of an execution and the time at which it writes.

    Sales come in pieces: spans of weeks, so many that each can be held in memory.
    """
    event, env, settings = context.event, context.environment, context.settings.hydrate
    athena = Athena(env.glue_database, env.athena_workgroup, client("athena"), client("s3"))
    tick = event.last_tick

    def answer(name: str) -> pa.Table | Pieces:
        if name != SALES:
            return ask(athena, name, event.run_id, tick, event.write_time(tick), settings)
        params = parameters(name, event.run_id, tick, event.write_time(tick), settings, published_before(context))
        weeks = athena.query_by("week", SQL / f"{name}.sql", params, RESULTS[name])
        first = first_date(tick, settings)
        logged = (context.logs.find(dataset(n), event.run_id, first=first, last=tick) for n in (BASELINE, SALES_LOG))
        return in_spans(list(weeks.values()), max(sum(found.size for _, found in stored) for stored in logged))

    return dict(zip(RESULTS, in_parallel(answer, list(RESULTS)), strict=True))


def in_spans(weeks: Sequence[Callable[[], pa.Table]], log_bytes: int) -> Pieces:
    """Return the weeks in as many spans as there are times `BYTES_A_SPAN` in the log that they come from."""
    count = max(1, min(len(weeks), -(-log_bytes // BYTES_A_SPAN)))
    first = [k * len(weeks) // count for k in range(count + 1)]

    def read(mine: Sequence[Callable[[], pa.Table]]) -> pa.Table:
        return pa.concat_tables([RESULTS[SALES].empty_table(), *(week() for week in mine)])

    return Pieces({f"span{k:03d}of{count:03d}": partial(read, weeks[first[k] : first[k + 1]]) for k in range(count)})
