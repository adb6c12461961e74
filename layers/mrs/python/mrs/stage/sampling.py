"""The reference stores of a large chain: of those known when the refit period began, the smallest hashes.

Shards are ranges of the stores' hashes, so the first ones hold them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import epoch_day
from mrs.contracts import dataset
from mrs.stage import StageContext, read
from mrs.stage.declaration import Read
from mrs.store.keys import shards_in
from mrs.store.log_store import Shard

OBJECTS_AT_ONCE = 64
MARGIN = 0.9
"""A wider part is read so much wider than it seems to need: shards are not quite equal."""


def smallest_hashes_read(
    context: StageContext, declared: Read, count: Callable[[pa.Table], int], enough: int, parts: int | None = None
) -> pa.Table:
    """Return the rows of the stores from the smallest hash on: the first shard's, widened until it holds enough.

    Parameters
    ----------
    context, declared
        What to read.
    count, enough
        How many stores that count are among the rows, and how many there must be, if the chain has so many.
    parts
        The number of shards of the log; None if it is that of the execution.
    """
    parts = parts or context.event.shards
    while True:
        rows = read(context, declared, Shard(0, parts))
        found = count(rows)
        if found >= enough or parts == 1:
            return rows
        parts = max(1, min(parts - 1, int(MARGIN * parts * found / enough)))


def cut_of(context: StageContext, declared: Read) -> int:
    """Return in how many shards this dataset was written at the execution's ticks (may differ from `event.shards`)."""
    event = context.event
    found = context.logs.find(declared.dataset, event.run_id, first=event.first_tick, last=event.last_tick)
    return max((shards_in(key.part) for key, _ in found), default=1)


def read_in_turn(context: StageContext, declared: Read) -> Iterator[pa.Table]:
    """Yield what is declared in spans of ticks that take few objects, so that not all of it is held at once.

    For a dataset whose ticks are whole answers, and that reaches back a number of days. Health counts all rows.
    """
    event, gone_by = context.event, context.rows_read.setdefault(declared.dataset.name, [])
    step = timedelta(days=max(1, OBJECTS_AT_ONCE // cut_of(context, declared)))
    begin = event.first_tick - timedelta(days=declared.days or 0)
    while begin <= event.last_tick:
        rows = read(context, declared, between=(begin, min(begin + step - timedelta(days=1), event.last_tick)))
        gone_by += [(c["values"], c["counts"]) for c in pc.value_counts(rows["tick"]).to_pylist()]
        yield rows
        begin += step


def first_tick(context: StageContext, name: str, otherwise: int) -> int:
    """Return the run's first tick in a log, in days since 1970-01-01."""
    first = context.logs.first_tick(dataset(name), context.event.run_id)
    return otherwise if first is None else epoch_day(first)
