"""Who speaks for a large chain: the stores with the smallest hashes, of those known when the refit period began.

Shards are ranges of the stores' hashes, so the first ones hold them.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa

from mrs.contracts import dataset
from mrs.models.baseline.panel import epoch_day
from mrs.stage.declaration import Read
from mrs.stage.harness import StageContext, read
from mrs.store.keys import shards_in
from mrs.store.log_store import Shard

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
        Into how many shards the log is cut; None: as the execution is.
    """
    parts = parts or context.event.shards
    while True:
        rows = read(context, declared, Shard(0, parts))
        found = count(rows)
        if found >= enough or parts == 1:
            return rows
        parts = max(1, min(parts - 1, int(MARGIN * parts * found / enough)))


def cut_of(context: StageContext, declared: Read) -> int:
    """Return into how many shards what is read is cut at the execution's ticks, whatever the execution itself says."""
    event = context.event
    found = context.logs.find(declared.dataset, event.run_id, first=event.first_tick, last=event.last_tick)
    return max((shards_in(key.part) for key, _ in found), default=1)


def first_tick(context: StageContext, name: str, otherwise: int) -> int:
    """Return the run's first tick in a log, in days since 1970-01-01."""
    first = context.logs.first_tick(dataset(name), context.event.run_id)
    return otherwise if first is None else epoch_day(first)
