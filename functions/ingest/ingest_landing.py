"""Ingest: landing rows become log rows at the first tick that can see them; nothing that is known is written again.

A dated row is seen at the first tick that is not before its date, and that is not before the run's first tick, whose
partition so holds the whole history. A row that comes late, or comes changed, is written at the tick that first sees
it so. Promotions, calendar and stores are known in advance: they are seen at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pyarrow as pa
from mrs.contracts import dataset
from mrs.landing import landed, read_landing
from mrs.landing.accounts import accounts_of
from mrs.landing.changes import new_rows
from mrs.landing.context_signals import long_signals
from mrs.landing.feed_stats import known_stores, shards_log
from mrs.landing.files import SALES
from mrs.landing.landed_files import LandedFiles
from mrs.landing.run_checks import all_rejections, set_aside_far_future
from mrs.settings import IngestSettings
from mrs.stage import Read, Span, Stage, StageContext

REJECTIONS_LOG, SHARDS_LOG = "ingest_rejections_log", "landing_shards_log"
KNOWN_AHEAD = ("stores", "promotions", "calendar")
WRITES = (
    "sales_timeseries_data",
    "stores_data",
    "promotions_data",
    "calendar_data",
    "context_signals_data",
    SHARDS_LOG,
    REJECTIONS_LOG,
)


def load_landing(context: StageContext) -> dict[str, pa.Table]:
    """Return the shard's part of the landing files below the event's prefix, and leave notes for people.

    Every shard reads every file, some at a time, and keeps the rows of its own stores.

    Raises
    ------
    LandingError
        If they cannot be used at all.
    """
    bucket, prefix = context.environment.landing(), context.event.landing
    found = {stored.key.removeprefix(prefix).lstrip("/"): stored for stored in bucket.find(prefix)}
    landing = read_landing(LandedFiles(bucket, found), context.event.own_shard)
    context.notes.extend(landing.notes)
    return dict(landing.tables) | _answers_before(context)


def answered(log: str) -> str:
    """Return the name under which a log's rows of earlier answers to the same ticks are handed on."""
    return f"answered/{log}"


def _answers_before(context: StageContext) -> dict[str, pa.Table]:
    """Return what the ticks were answered with at an earlier logical time; only a replay finds something."""
    event = context.event
    found = {}
    for declared in STAGE.reads:
        rows = context.logs.read(
            declared.dataset,
            event.run_id,
            first=event.first_tick,
            last=event.last_tick,
            visible=lambda key: key.written_at < event.write_time(key.tick),
            shard=event.own_shard if declared.sharded else None,
            without=declared.without,
        )
        if rows.num_rows:
            found[answered(declared.dataset.name)] = rows
    return found


def ingest_landing(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: IngestSettings
) -> dict[str, pa.Table]:
    """Return the log rows of the ticks, of the stores of one shard.

    Parameters
    ----------
    tables
        `landed(name)` → a landing dataset's usable rows, absent where it did not land; `REJECTIONS` and `FILES` as
        `mrs.landing` gives them; by their names the logs' rows of earlier ticks, the newest of each key; and
        `answered(log)` → the log's rows of earlier answers to the same ticks, absent where there are none.
    ticks
        Consecutive business dates.
    settings
        How far ahead a date may lie.

    Returns
    -------
    Every dataset of `WRITES`, with `tick`. Running the ticks one by one gives the same rows.
    """
    accounts = accounts_of(tables)
    tables, far = set_aside_far_future(tables, ticks[-1], settings.max_days_ahead)
    sales, signals = tables[landed(SALES)], long_signals(tables, ticks[-1])
    out = {
        "sales_timeseries_data": _fresh(tables, "sales_timeseries_data", sales, ticks, sales["date"]),
        "context_signals_data": _fresh(tables, "context_signals_data", signals, ticks, signals["date"]),
    }
    for feed in KNOWN_AHEAD:
        out[f"{feed}_data"] = _fresh(tables, f"{feed}_data", tables.get(landed(feed)), ticks)
    rejections = all_rejections(tables, far, ticks[-1] + timedelta(days=settings.max_days_ahead))
    out[REJECTIONS_LOG] = _fresh(tables, REJECTIONS_LOG, rejections, ticks, rejections["date"])
    stores = known_stores(tables, tables["sales_timeseries_data"], tables["stores_data"])
    out[SHARDS_LOG] = shards_log(tables, out, stores, accounts, ticks)
    return out


def _fresh(
    tables: Mapping[str, pa.Table],
    log: str,
    rows: pa.Table | None,
    ticks: Sequence[date],
    day: pa.ChunkedArray | None = None,
) -> pa.Table:
    """Return the rows that a log does not hold yet, in the log's own columns and `tick`."""
    ds = dataset(log)
    own = [c for c in ds.stage_schema.names if c != "tick"]
    landed_rows = ds.empty() if rows is None else rows
    before = tables.get(answered(log))
    earlier = None if before is None else before.select(own)
    return new_rows(landed_rows.select(own), tables[log].select(own), ds.key, ticks, day, earlier)


STAGE = Stage(
    name="ingest",
    reads=tuple(
        Read(name, Span.BEFORE, bare=True, sharded="store_id" in dataset(name).schema.names)
        for name in WRITES
        if name != SHARDS_LOG
    ),
    writes=WRITES,
    run=ingest_landing,
    settings="ingest",
    load=load_landing,
)
