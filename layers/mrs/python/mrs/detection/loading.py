"""The stores that a shard reads from other shards: a sample of bounded size."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import epoch_day, epoch_days
from mrs.detection.calibration.artifact import CALIBRATION, LEARNERS, NO_LEARNERS, is_due
from mrs.detection.calibration.params import LEARNED_DAYS, LEARNED_STORES
from mrs.detection.calibration.past import known_rows
from mrs.detection.expectation import PEERS, SALES, peer_rows
from mrs.detection.params import HISTORY_DAYS, LONGEST_REFIT_DAYS, MEMORY_DAYS, PEER_STORES, WARM_UP_DAYS
from mrs.detection.predictions import BASELINE
from mrs.detection.refit_periods import anchor_of, settled_by
from mrs.stage import Read, Span, StageContext
from mrs.stage.reading import read
from mrs.stage.sampling import first_tick, smallest_hashes_read

LEARNED_FROM_DAYS = HISTORY_DAYS + LEARNED_DAYS + WARM_UP_DAYS + 2 * LONGEST_REFIT_DAYS
"""Days of logs that a prediction reads: what the oldest fit of the past that is learned from looks back on.

A day's sales lie in its own tick or a later one, so that no older tick has a row of these days.
"""
NEIGHBOURS = Read(BASELINE, Span.UNTIL, days=MEMORY_DAYS, by_loader=True, bare=True)


def load_peers(context: StageContext) -> dict[str, pa.Table]:
    """Return the sales of the peers, where the execution's shard does not hold them all."""
    if context.event.shards == 1:
        return {}
    anchor = anchor_of(context.event.first_tick, context.settings.detect)
    begin = first_tick(context, SALES, anchor)

    def peers(sales: pa.Table) -> pa.Table:
        return peer_rows(sales, anchor, begin)

    sales = Read(SALES, Span.UNTIL, days=LEARNED_FROM_DAYS, bare=True)
    found = {PEERS: peers(smallest_hashes_read(context, sales, lambda rows: _stores_in(peers(rows)), PEER_STORES))}
    return found | {LEARNERS: _learners(context, sales)}


def _learners(context: StageContext, sales: Read) -> pa.Table:
    """Return the sales that the chain is learned from, for the first shard if that is due; else `NO_LEARNERS`."""
    event = context.event
    made = read(context, Read(CALIBRATION, Span.BEFORE))
    if event.shard != 0 or not is_due(made, event.first_tick, context.settings.detect):
        return NO_LEARNERS
    until = epoch_day(event.first_tick)

    def known(rows: pa.Table) -> pa.Table:
        return known_rows(rows, until)

    return known(smallest_hashes_read(context, sales, lambda rows: _stores_in(known(rows)), LEARNED_STORES))


def load_neighbours(context: StageContext) -> dict[str, pa.Table]:
    """Return the recent baseline log of the shard's stores and of the reference stores."""
    event, settings = context.event, context.settings.detect
    own = read(context, replace(NEIGHBOURS, sharded=True))
    if event.shards == 1:
        return {BASELINE: own}
    anchor = anchor_of(event.first_tick, settings)
    known_by = settled_by(anchor, first_tick(context, BASELINE, anchor))

    def settled(rows: pa.Table) -> pa.Table:
        known = (epoch_days(rows["date"]) >= anchor - WARM_UP_DAYS) & (epoch_days(rows["tick"]) <= known_by)
        return rows.filter(pc.is_in(rows["store_id"], value_set=pc.unique(rows.filter(pa.array(known))["store_id"])))

    enough = settings.neighbour_stores
    others = settled(smallest_hashes_read(context, NEIGHBOURS, lambda rows: _stores_in(settled(rows)), enough))
    others = others.filter(pc.invert(pc.is_in(others["store_id"], value_set=pc.unique(own["store_id"]))))
    return {BASELINE: pa.concat_tables([own, others])}


def _stores_in(rows: pa.Table) -> int:
    found: int = pc.count_distinct(rows["store_id"]).as_py()
    return found
