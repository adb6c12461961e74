"""What a shard reads of the stores of other shards: a sample that is bounded, however long the chain.

Shards are ranges of the stores' hashes, and who is asked are the stores with the smallest: the first shards hold them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.models.baseline.panel import days_of, epoch_day
from mrs.stage import Read, Span, StageContext
from mrs.stage.harness import read
from mrs.store.log_store import Shard

from functions.detect.expecting import PEER_COUNT, PEERS, SALES, peer_rows
from functions.detect.periods import MEMORY_DAYS, WARM_UP_DAYS, anchor_of, settled_by
from functions.detect.predictions import BASELINE

MARGIN = 0.9
"""A wider part is read so much wider than it seems to need: shards are not quite equal."""
NEIGHBOURS = Read(BASELINE, Span.UNTIL, days=MEMORY_DAYS, by_athena=True, bare=True)


def load_peers(context: StageContext) -> dict[str, pa.Table]:
    """Return the sales of the peers, where the execution's shard does not hold them all."""
    if context.event.shards == 1:
        return {}
    anchor = anchor_of(context.event.first_tick, context.settings.detect)
    first_tick = _first_tick(context, SALES, anchor)

    def settled(sales: pa.Table) -> pa.Table:
        return peer_rows(sales, anchor, first_tick)

    return {PEERS: _smallest_hashes(context, Read(SALES, Span.UNTIL, bare=True), settled, PEER_COUNT)}


def load_neighbours(context: StageContext) -> dict[str, pa.Table]:
    """Return the recent baseline log of the shard's stores, and of those that may speak for others."""
    event, settings = context.event, context.settings.detect
    own = read(context, replace(NEIGHBOURS, sharded=True))
    if event.shards == 1:
        return {BASELINE: own}
    anchor = anchor_of(event.first_tick, settings)
    known_by = settled_by(anchor, _first_tick(context, BASELINE, anchor))

    def settled(rows: pa.Table) -> pa.Table:
        known = (days_of(rows["date"]) >= anchor - WARM_UP_DAYS) & (days_of(rows["tick"]) <= known_by)
        return rows.filter(pc.is_in(rows["store_id"], value_set=pc.unique(rows.filter(pa.array(known))["store_id"])))

    others = _smallest_hashes(context, NEIGHBOURS, settled, settings.neighbour_stores)
    others = others.filter(pc.invert(pc.is_in(others["store_id"], value_set=pc.unique(own["store_id"]))))
    return {BASELINE: pa.concat_tables([own, others])}


def _smallest_hashes(
    context: StageContext, declared: Read, keep: Callable[[pa.Table], pa.Table], enough: int
) -> pa.Table:
    """Return what is kept of the stores from the smallest hash on: the first shard, widened until it holds enough."""
    parts = context.event.shards
    while True:
        kept = keep(read(context, declared, Shard(0, parts)))
        found = pc.count_distinct(kept["store_id"]).as_py()
        if found >= enough or parts == 1:
            return kept
        parts = max(1, min(parts - 1, int(MARGIN * parts * found / enough)))


def _first_tick(context: StageContext, name: str, otherwise: int) -> int:
    first = context.logs.first_tick(dataset(name), context.event.run_id)
    return otherwise if first is None else epoch_day(first)
