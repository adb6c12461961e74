"""Ingest: landing rows become log rows at the first tick that can see them; nothing that is known is written again.

A dated row is seen at the first tick that is not before its date, and that is not before the run's first tick, whose
partition so holds the whole history. A row that comes late, or comes changed, is written at the tick that first sees
it so. Promotions, calendar and stores are known in advance: they are seen at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.landing import landed, read_landing
from mrs.landing.accounts import accounts_of
from mrs.landing.changes import new_rows
from mrs.landing.context_signals import first_signal, long_signals
from mrs.landing.feed_stats import known_stores, shards_log
from mrs.landing.files import SALES
from mrs.landing.landed_files import LandedFiles, landed_objects
from mrs.landing.run_checks import all_rejections, set_aside_far_future
from mrs.settings import IngestSettings
from mrs.stage import Read, Span, Stage, StageContext, read

from functions.ingest.divide_landing import own_files
from functions.ingest.known_sales import SALES as KNOWN_SALES
from functions.ingest.known_sales import SALES_LOG, SOLD_BEFORE, known_sales

REJECTIONS_LOG, SHARDS_LOG, SIGNALS_LOG = "ingest_rejections_log", "landing_shards_log", "context_signals_data"
KNOWN_AHEAD = ("stores", "promotions", "calendar")
WRITES = (
    SALES_LOG,
    "stores_data",
    "promotions_data",
    "calendar_data",
    SIGNALS_LOG,
    SHARDS_LOG,
    REJECTIONS_LOG,
)
SIGNALS = Read(SIGNALS_LOG, Span.BEFORE, bare=True, sharded=True, by_loader=True)
BY_LOADER = {SIGNALS_LOG: SIGNALS, SALES_LOG: KNOWN_SALES}


def load_landing(context: StageContext) -> dict[str, pa.Table]:
    """Return the shard's part of the landing files below the event's prefix, and leave notes for people.

    Of several shards, one reads its own rows of what was divided, and the files that were not as a whole.

    Raises
    ------
    LandingError
        If they cannot be used at all.
    """
    bucket = context.environment.landing()
    found = landed_objects(bucket, context.event.landing)
    divided = own_files(context.environment, context.event, found)
    whole = LandedFiles(bucket, {name: stored for name, stored in found.items() if name not in divided})
    landing = read_landing(whole, context.event.own_shard, divided)
    context.notes.extend(landing.notes)
    known = {SIGNALS_LOG: _signals_since(context, first_signal(landing.tables))}
    known |= known_sales(context, pc.min(landing.tables[landed(SALES)]["date"]).as_py())
    return dict(landing.tables) | known | _answers_before(context)


def _signals_since(context: StageContext, first: date | None) -> pa.Table:
    """Return what the run knows of the signals of a date and later ones; None: of none.

    A row lies in a tick that is not before its date, so that no older tick has one to compare with.
    """
    tick = context.event.first_tick
    return read(context, SIGNALS, between=(first or tick, tick - timedelta(days=1)))


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
        `mrs.landing` gives them; by their names the logs' rows of earlier ticks, the newest of each key (sales and
        signals: from the first landed date on); `SOLD_BEFORE`, absent where the sales are all; and
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
        SALES_LOG: _fresh(tables, SALES_LOG, sales, ticks, sales["date"]),
        SIGNALS_LOG: _fresh(tables, SIGNALS_LOG, signals, ticks, signals["date"]),
    }
    for feed in KNOWN_AHEAD:
        out[f"{feed}_data"] = _fresh(tables, f"{feed}_data", tables.get(landed(feed)), ticks)
    rejections = all_rejections(tables, far, ticks[-1] + timedelta(days=settings.max_days_ahead))
    out[REJECTIONS_LOG] = _fresh(tables, REJECTIONS_LOG, rejections, ticks, rejections["date"])
    known = tables[SALES_LOG].select(["store_id", "date"])
    known = pa.concat_tables([known, tables.get(SOLD_BEFORE, known.slice(0, 0))])
    stores = known_stores(tables, known, tables["stores_data"])
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
        BY_LOADER.get(name) or Read(name, Span.BEFORE, bare=True, sharded="store_id" in dataset(name).schema.names)
        for name in WRITES
        if name != SHARDS_LOG
    ),
    writes=WRITES,
    run=ingest_landing,
    settings="ingest",
    load=load_landing,
)
