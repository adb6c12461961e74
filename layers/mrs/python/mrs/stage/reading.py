"""What a stage reads: the rows of its declared datasets that were visible at the ticks of the execution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock

import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import Dataset, dataset
from mrs.identity import shards_of
from mrs.stage.context import StageContext
from mrs.stage.declaration import Read, Span
from mrs.stage.event import TickEvent
from mrs.store.keys import LogKey, home_shard, is_shard, shards_in
from mrs.store.log_store import Shard
from mrs.store.objects import StoredObject


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
    table = context.logs.read(
        ds,
        event.run_id,
        first=first,
        last=last,
        visible=None if ds.by_people else visible_to(event),
        shard=shard or (event.own_shard if declared.sharded else None),
        rereview=event.rereview_id if declared.rereview else None,
        without=declared.without,
        keep=None if stores is None and since is None else _keep(context, ds, stores, since),
    )
    return take_effect(table, event, last, settled_before(context, declared)) if ds.by_people else table


def visible_to(event: TickEvent) -> Callable[[LogKey], bool]:
    """Return the rule that of an execution's own ticks only what had been written by its write time counts."""
    return lambda key: (
        not event.first_tick <= key.tick <= event.last_tick or key.written_at <= event.write_time(key.tick)
    )


def _keep(
    context: StageContext, ds: Dataset, stores: pa.Array | None, since: date | None
) -> Callable[[StoredObject, pa.Table], pa.Table]:
    """Return what keeps the rows of some stores and dates, and counts all that go by."""
    gone_by = context.rows_read[ds.name] = []
    asked = None if stores is None else StoresAsked(stores)

    def keep(found: StoredObject, rows: pa.Table) -> pa.Table:
        key = LogKey.parse(found.key)
        if key is not None:
            gone_by.append((key.tick, rows.num_rows))
        if since is not None and key is not None and key.tick <= context.event.first_tick:
            rows = rows.filter(pc.greater_equal(rows["date"], pa.scalar(since, pa.date32())))
        if asked is not None:
            few = asked.of("" if key is None else key.part)
            rows = rows.filter(pc.or_(pc.is_null(rows["store_id"]), pc.is_in(rows["store_id"], value_set=few)))
        return rows

    return keep


class StoresAsked:
    """Stores that are asked for, cut as a log is: an object is compared with those that its shard may hold alone.

    Each comparison lays out the stores anew, which for a large chain's takes longer than to decode an object.
    """

    def __init__(self, stores: pa.Array) -> None:
        self.stores, self._cuts, self._cutting = stores, dict[int, list[pa.Array]](), Lock()

    def of(self, part: str) -> pa.Array:
        """Return the stores that an object of this part may hold."""
        if not is_shard(part):
            return self.stores
        with self._cutting:
            cut = self._cuts.setdefault(shards_in(part), [])
            if not cut:
                shard_of = shards_of(self.stores.to_pylist(), shards_in(part))
                cut += [self.stores.filter(pa.array(shard_of == k)) for k in range(shards_in(part))]
        return cut[home_shard(part, shards_in(part))]


@dataclass(frozen=True)
class Settled:
    """The last tick before an execution that took over what people had said, and until when (UTC)."""

    tick: date
    written_at: datetime


def settled_before(context: StageContext, declared: Read) -> Settled | None:
    """Return the last tick before the execution that applied people's rows; None if none did or none is needed."""
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
        The last tick that applied people's rows; None if the rows of earlier ticks count at their own tick.
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
