"""What every stage has in common: check the event, read, call the pure function, stamp, append, record health."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import Dataset, dataset
from mrs.environment import Environment
from mrs.errors import ContractError
from mrs.settings import Settings
from mrs.stage.context import StageContext
from mrs.stage.declaration import KEPT, Pieces, Read, Span, Stage
from mrs.stage.event import TickEvent
from mrs.stage.feed_state import FeedState, feed_state
from mrs.stage.health import health_rows, health_summary, with_observed
from mrs.stage.queues import dead_letters
from mrs.stage.reading import read
from mrs.stage.stamp import of_tick, stamp
from mrs.stage.telemetry import observed
from mrs.store.keys import COMMON
from mrs.store.log_store import Write, Written

PIECES_AT_ONCE = 2
"""As many as a function of four gigabytes has cores; more would be held in memory at once."""
FEEDS_LOG, SHARDS_LOG = "landing_feeds_log", "landing_shards_log"


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
        The environment to run in; None for the process's own.
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
    before = replace(context, logs=context.logs.listing_once())
    tables: dict[str, pa.Table | Pieces] = {r.dataset.name: read(before, r) for r in stage.reads if not r.by_loader}
    if stage.load is not None:
        tables |= stage.load(before)
    settings = context.settings.of(stage.settings)
    ticks = tick_event.ticks if stage.per_tick else [tick_event.last_tick]
    whole = {name: table for name, table in tables.items() if not isinstance(table, Pieces)}
    in_pieces, written, beside = _append_pieces(stage, context, tables, ticks)
    outputs = call(stage, whole, ticks, settings)
    kept = {name: outputs.pop(name) for name in list(outputs) if name.startswith(KEPT)}
    outputs |= {n: pa.concat_tables([outputs[n], *more], promote_options="default") for n, more in beside.items()}
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
        run_id, first, last = tick_event.run_id, tick_event.first_tick, tick_event.last_tick
        context.logs.compact(stage.compacted, run_id, first, last, tick_event.own_shard)
    if stage.keep is not None and kept:
        stage.keep(context, kept)
    rows_written = {**in_pieces, **{name: table.num_rows for name, table in stamped.items()}}
    return StageResult(context, stamped, rows_written, written, health_summary(health))


def call(stage: Stage, tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> dict[str, pa.Table]:
    """Return what the stage's function says of the ticks; whoever has processors to spare may run ticks apart."""
    return dict(stage.run(tables, ticks, settings))


def _append_pieces(
    stage: Stage, context: StageContext, tables: Mapping[str, pa.Table | Pieces], ticks: Sequence[date]
) -> tuple[Counter[str], list[Written], dict[str, list[pa.Table]]]:
    """Run the inputs that come in pieces, two at a time, and append what each gives of its dataset.

    Returns
    -------
    tuple
        The rows by dataset, what was written, and what the pieces gave beside it, by dataset, in their order.
    """
    in_pieces = {name: table for name, table in tables.items() if isinstance(table, Pieces)}
    rows, written = Counter(dict.fromkeys(in_pieces, 0)), list[Written]()
    beside = defaultdict[str, list[pa.Table]](list)
    pieces = [(name, *piece) for name, table in in_pieces.items() for piece in table.read.items()]
    if not pieces:
        return rows, written, beside
    state = _feed_state(context, {}, ticks)

    def append(
        piece: tuple[str, str, Callable[[], Mapping[str, pa.Table]]],
    ) -> tuple[str, list[Written], dict[str, pa.Table]]:
        name, part, read_piece = piece
        outputs = stage.run(read_piece(), ticks, context.settings.of(stage.settings))
        stamped = _stamped(stage, context, {name: outputs.pop(name)}, state)
        writes = _by_tick(dataset(name), stamped[name], context.event, ticks, part)
        return name, context.logs.append(writes), outputs

    with ThreadPoolExecutor(PIECES_AT_ONCE) as threads:
        for name, done, outputs in threads.map(append, pieces):
            rows[name] += sum(w.rows for w in done)
            written += done
            for other, table in outputs.items():
                beside[other].append(table)
    return rows, written, beside


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
