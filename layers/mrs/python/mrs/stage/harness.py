"""What every stage has in common: check the event, read, call the pure function, stamp, append, record health."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import Dataset, dataset
from mrs.environment import Environment
from mrs.errors import ContractError
from mrs.settings import Settings
from mrs.stage.declaration import Pieces, Read, Span, Stage
from mrs.stage.event import TickEvent
from mrs.stage.health import FeedState, feed_state, health_rows, health_summary, with_observed
from mrs.stage.queues import dead_letters
from mrs.stage.stamp import of_tick, stamp
from mrs.stage.telemetry import observed
from mrs.store.keys import COMMON, LogKey
from mrs.store.log_store import LogStore, Shard, Write, Written
from mrs.store.objects import StoredObject

PIECES_AT_ONCE = 2
"""As many as a function of four gigabytes has cores; more would be held in memory at once."""
FEEDS_LOG, SHARDS_LOG = "landing_feeds_log", "landing_shards_log"


@dataclass(frozen=True)
class StageContext:
    """What a stage's loader and its shell may know beside the pure function's arguments.

    `notes` is where a loader leaves what a person should know and nothing stops for; the summary hands it on.
    `rows_read` counts, by dataset and tick, the rows of reads that did not keep all of them; health wants to know.
    """

    event: TickEvent
    settings: Settings
    environment: Environment
    logs: LogStore
    notes: list[str] = field(default_factory=list)
    rows_read: dict[str, list[tuple[date, int]]] = field(default_factory=dict)


@dataclass(frozen=True)
class StageResult:
    """What a stage wrote: what was whole as it was stamped, the rows by dataset, and what became of each object."""

    context: StageContext
    tables: Mapping[str, pa.Table]
    rows: Mapping[str, int]
    written: Sequence[Written]
    health: Mapping[str, Any] = field(default_factory=dict)

    def summary(self, stage: str) -> dict[str, Any]:
        """Return what Step Functions is told: counts, never rows."""
        event = self.context.event
        return {
            "stage": stage,
            "run_id": event.run_id,
            "first_tick": event.first_tick.isoformat(),
            "last_tick": event.last_tick.isoformat(),
            "shard": event.shard,
            "shards": event.shards,
            "rows": dict(sorted(self.rows.items())),
            "objects": len(self.written),
            "objects_created": sum(w.created for w in self.written),
            "notes": self.context.notes,
            "health": dict(self.health),
        }


def make_handler(
    stage: Stage, after: Callable[[StageResult], None] | None = None
) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """Return the Lambda handler of a stage.

    Parameters
    ----------
    stage
        The declaration.
    after
        What the shell does once everything is appended, e.g. publish the alerts that the log now holds.
    """

    @observed(stage.name)
    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        result = run_stage(stage, event)
        if after is not None:
            after(result)
        return result.summary(stage.name)

    return handler


def run_stage(
    stage: Stage,
    event: dict[str, Any],
    environment: Environment | None = None,
    clock: Callable[[], float] = perf_counter,
) -> StageResult:
    """Run one stage for the ticks of an event.

    Parameters
    ----------
    stage, event
        The declaration, and what the function was called with.
    environment
        None: the process's.
    clock
        Seconds, for how long the call took; nothing else looks at it.

    Raises
    ------
    BadInputError
        If the event or its config does not fit; nothing has been read or written then.
    ContractError
        If the stage's output does not fit its declaration; nothing has been written then.
    ConflictingContentError
        If a tick was written before at the same logical time with other content.
    """
    began = clock()
    tick_event = TickEvent.parse(event)
    env = environment or Environment.read()
    context = StageContext(tick_event, Settings.from_config(tick_event.config), env, env.logs())
    tables: dict[str, pa.Table | Pieces] = {r.dataset.name: read(context, r) for r in stage.reads if not r.by_athena}
    if stage.load is not None:
        tables |= stage.load(context)
    settings = context.settings.of(stage.settings)
    ticks = tick_event.ticks if stage.per_tick else [tick_event.last_tick]
    whole = {name: table for name, table in tables.items() if not isinstance(table, Pieces)}
    in_pieces, written = _append_pieces(stage, context, tables, ticks)
    outputs = stage.run(whole, ticks, settings)
    if {*in_pieces, *outputs} != set(stage.writes):
        said = sorted({*in_pieces, *outputs})
        raise ContractError(f"stage {stage.name} declares {sorted(stage.writes)} and returned {said}")
    state = _feed_state(context, outputs, ticks)
    stamped = _stamped(stage, context, outputs, state)
    writes = [
        w
        for name, table in stamped.items()
        for part, rows in _parts(dataset(name), table, tick_event)
        for w in _by_tick(dataset(name), rows, tick_event, ticks, part)
    ]
    written += context.logs.append(writes)
    health = health_rows(stage, whole, stamped, tick_event, ticks, state, context.rows_read, in_pieces.total())
    if tick_event.rereview_id is None:  # health is about how ticks fare; a rereview is none
        lying = dead_letters(env.dead_letter_queues, context.notes) if stage.watches_queues else None
        rows = with_observed(health, took_ms=round((clock() - began) * 1000), dead_letters=lying)
        part = stage.name + tick_event.part
        written += context.logs.append(_by_tick(dataset("pipeline_health_log"), rows, tick_event, ticks, part))
    rows_written = {**in_pieces, **{name: table.num_rows for name, table in stamped.items()}}
    return StageResult(context, stamped, rows_written, written, health_summary(health))


def read(
    context: StageContext,
    declared: Read,
    shard: Shard | None = None,
    stores: pa.Array | None = None,
    between: tuple[date, date] | None = None,
    since: date | None = None,
) -> pa.Table:
    """Return what a stage declared to read, of the execution's run and ticks, and of its shard or another one.

    Of `stores` only, if they are given, and what is of no store: the others' rows take no memory. Of the ticks
    `between` two, both inclusive, rather than of all that it declared. Of what had come by the first tick, only what is
    dated `since` then: a run's first tick brings years.

    A tick sees what had been written by its own write time, so that running it again reads the same. What people did
    after a tick's write takes effect in the next tick, and carries that tick here.
    """
    event, ds = context.event, declared.dataset
    first = event.first_tick if declared.span is Span.TICKS else None
    if declared.days is not None:
        first = event.first_tick - timedelta(days=declared.days)
    last = event.first_tick - timedelta(days=1) if declared.span is Span.BEFORE else event.last_tick

    first, last = between or (first, last)

    def in_time(key: LogKey) -> bool:
        return not event.first_tick <= key.tick <= event.last_tick or key.written_at <= event.write_time(key.tick)

    table = context.logs.read(
        ds,
        event.run_id,
        first=first,
        last=last,
        visible=None if ds.by_people else in_time,
        shard=shard or (event.own_shard if declared.sharded else None),
        rereview=event.rereview_id if declared.rereview else None,
        without=declared.without,
        keep=None if stores is None and since is None else _keep(context, ds, stores, since),
    )
    return take_effect(table, event, last, settled_before(context, declared)) if ds.by_people else table


def _keep(
    context: StageContext, ds: Dataset, stores: pa.Array | None, since: date | None
) -> Callable[[StoredObject, pa.Table], pa.Table]:
    """Return what keeps the rows of some stores and dates, and counts all that go by."""
    gone_by = context.rows_read[ds.name] = []

    def keep(found: StoredObject, rows: pa.Table) -> pa.Table:
        key = LogKey.parse(found.key)
        if key is not None:
            gone_by.append((key.tick, rows.num_rows))
        if since is not None and key is not None and key.tick <= context.event.first_tick:
            rows = rows.filter(pc.greater_equal(rows["date"], pa.scalar(since, pa.date32())))
        if stores is not None:
            rows = rows.filter(pc.or_(pc.is_null(rows["store_id"]), pc.is_in(rows["store_id"], value_set=stores)))
        return rows

    return keep


@dataclass(frozen=True)
class Settled:
    """The last tick before an execution that took over what people had said, and until when (UTC)."""

    tick: date
    written_at: datetime


def settled_before(context: StageContext, declared: Read) -> Settled | None:
    """Return what had been taken over before the execution's first tick; None: that does not matter, or nothing had."""
    if declared.settled_by is None:
        return None
    event, ds = context.event, dataset(declared.settled_by)
    written = [
        (key.tick, key.written_at)
        for key, _ in context.logs.find(ds, event.run_id, last=event.first_tick - timedelta(days=1))
    ]
    return Settled(*max(written)) if written else None


def take_effect(table: pa.Table, event: TickEvent, last: date, settled: Settled | None = None) -> pa.Table:
    """Return people's rows with the tick in which they take effect, those of later ticks than `last` left out.

    What comes after a tick's write takes effect in the next tick, or in a refresh of it. Where neither came to pass
    before the execution, it takes effect in the execution's first tick.

    Parameters
    ----------
    table, event
        The rows, and the execution that reads them.
    settled
        What had been taken over before; None: the rows of earlier ticks have the tick that they lie under.
    """
    written_at, tick = table["written_at"], table["tick"]
    ticks = pa.array(event.ticks, pa.date32())
    closed_at = pa.array([event.write_time(t) for t in event.ticks], pa.timestamp("ms"))
    row_closed_at = closed_at.take(pc.index_in(tick, value_set=ticks).combine_chunks())
    late = pc.fill_null(pc.greater(written_at, row_closed_at), False)
    day = pc.add(tick.cast(pa.int32()), late.cast(pa.int32())).cast(pa.date32())
    if settled is not None:
        first, newest = pa.scalar(event.first_tick, pa.date32()), pa.scalar(settled.tick, pa.date32())
        after = pc.greater(written_at, pa.scalar(settled.written_at, written_at.type))
        open_still = pc.or_(pc.greater(tick, newest), pc.and_(pc.equal(tick, newest), after))
        day = pc.if_else(pc.and_(pc.less(tick, first), open_still), first, day)
    effective = table.set_column(table.schema.get_field_index("tick"), "tick", day)
    return effective.filter(pc.less_equal(day, pa.scalar(last, pa.date32())))


def _append_pieces(
    stage: Stage, context: StageContext, tables: Mapping[str, pa.Table | Pieces], ticks: Sequence[date]
) -> tuple[Counter[str], list[Written]]:
    """Run and append the inputs that come in pieces, two at a time; return the rows, and what was written."""
    pieces = [(n, *piece) for n, table in tables.items() if isinstance(table, Pieces) for piece in table.read.items()]
    if not pieces:
        return Counter(), []
    state = _feed_state(context, {}, ticks)

    def append(piece: tuple[str, str, Callable[[], pa.Table]]) -> tuple[Counter[str], list[Written]]:
        name, part, read_piece = piece
        outputs = stage.run({name: read_piece()}, ticks, context.settings.of(stage.settings))
        stamped = _stamped(stage, context, outputs, state)
        writes = [w for n, table in stamped.items() for w in _by_tick(dataset(n), table, context.event, ticks, part)]
        return Counter({n: table.num_rows for n, table in stamped.items()}), context.logs.append(writes)

    rows, written = Counter[str](), list[Written]()
    with ThreadPoolExecutor(PIECES_AT_ONCE) as threads:
        for piece_rows, piece_written in threads.map(append, pieces):
            rows.update(piece_rows)
            written += piece_written
    return rows, written


def _stamped(
    stage: Stage, context: StageContext, outputs: Mapping[str, pa.Table], state: FeedState
) -> dict[str, pa.Table]:
    config_hash = context.settings.of(stage.settings).config_hash()
    return {
        name: stamp(dataset(name), table, context.event, state, stage.feeds, config_hash)
        for name, table in outputs.items()
    }


def _feed_state(context: StageContext, outputs: Mapping[str, pa.Table], ticks: Sequence[date]) -> FeedState:
    """Return the state of the feeds: as this very stage has found it, or as the log tells it."""
    found = outputs.get(FEEDS_LOG, outputs.get(SHARDS_LOG))
    log = read(context, Read(FEEDS_LOG, Span.TICKS)) if found is None else found
    return feed_state(log, ticks, context.settings.ingest)


def _parts(ds: Dataset, table: pa.Table, event: TickEvent) -> list[tuple[str, pa.Table]]:
    """Return a table as the part of the event's shard; of several shards, rows of no store apart, for all to read.

    Such rows concern a region or the country. A dataset whose write is the whole answer for its tick has none.
    """
    if event.shards == 1 or ds.is_snapshot or "store_id" not in table.column_names or not table["store_id"].null_count:
        return [(event.part, table)]
    nobodys = pc.is_null(table["store_id"])
    return [(event.part, table.filter(pc.invert(nobodys))), (COMMON, table.filter(nobodys))]


def _by_tick(ds: Dataset, table: pa.Table, event: TickEvent, ticks: Sequence[date], part: str) -> list[Write]:
    """Return one write a tick; a snapshot dataset is written even where it is empty, so that it replaces what was."""
    pieces = of_tick(table, ticks)
    return [
        Write(ds, event.run_id, tick, event.write_time(tick), pieces[tick], part)
        for tick in ticks
        if ds.is_snapshot or pieces[tick].num_rows
    ]
