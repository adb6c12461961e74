"""What the two phases of detection read: of their past as little as they need, of other shards a sample of stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import EPOCH, epoch_day, epoch_days
from mrs.detection.baseline.params import PEER_STORES
from mrs.detection.calibration.artifact import CALIBRATION, LEARNERS, NO_LEARNERS, is_due
from mrs.detection.calibration.params import LEARNED_DAYS, LEARNED_STORES
from mrs.detection.calibration.past import known_rows
from mrs.detection.expectation import CALENDAR, PEERS, PROMOTIONS, SALES, STORES, fitted_to, peer_rows
from mrs.detection.keeping import KeptPeriods
from mrs.detection.params import HISTORY_DAYS, LONGEST_REFIT_DAYS, MEMORY_DAYS, WARM_UP_DAYS
from mrs.detection.predictions import BASELINE, CLASSIFIER
from mrs.detection.refit_periods import anchor_of, settled_by
from mrs.stage import Read, Span, StageContext
from mrs.stage.reading import read, visible_to
from mrs.stage.sampling import first_tick, smallest_hashes_read

LEARNED_FROM_DAYS = HISTORY_DAYS + LEARNED_DAYS + WARM_UP_DAYS + 2 * LONGEST_REFIT_DAYS
"""Days of logs that a prediction reads where it learns: what the oldest fit of the past looks back on.

A day's sales lie in its own tick or a later one, so that no older tick has a row of these days.
"""
OWN_SALES = Read(SALES, Span.UNTIL, days=LEARNED_FROM_DAYS, sharded=True, by_loader=True, bare=True)
JUDGED = Read(CLASSIFIER, Span.BEFORE, days=LEARNED_FROM_DAYS, sharded=True, by_loader=True, bare=True)
NEIGHBOURS = Read(BASELINE, Span.UNTIL, days=MEMORY_DAYS, by_loader=True, bare=True)


def load_history(context: StageContext) -> dict[str, pa.Table]:
    """Return what a prediction needs: the fits of its refit period and the days since, or all that they are made of.

    The whole past is read where a refit period begins, where what it was fitted to has changed, and where the chain is
    learned from. Of several shards, each then needs the sales of the peers, too.
    """
    event = context.event
    anchor = anchor_of(event.first_tick, context.settings.detect)
    given = {name: read(context, Read(name, Span.UNTIL)) for name in (STORES, PROMOTIONS, CALENDAR)}
    given[CALIBRATION] = _newest_calibration(context, Read(CALIBRATION, Span.BEFORE))
    learns = event.shard == 0 and is_due(given[CALIBRATION], event.first_tick, context.settings.detect)
    kept = KeptPeriods.of(context, anchor)
    if not learns and (found := kept.find(given)):
        return given | found
    begin, newest = _day(anchor - HISTORY_DAYS), event.first_tick - timedelta(days=1)
    if learns:
        begin = min(begin, event.first_tick - timedelta(days=LEARNED_FROM_DAYS))
    given[SALES] = read(context, OWN_SALES, between=(begin, event.last_tick))
    given[CLASSIFIER] = read(context, JUDGED, between=(_day(anchor - HISTORY_DAYS), min(_day(anchor - 1), newest)))
    if event.shards > 1:
        given |= _of_other_shards(context, anchor, begin, learns)
    return given | kept.wanted()


def _newest_calibration(context: StageContext, declared: Read) -> pa.Table:
    """Return what was learned last: earlier rows, which say the same of earlier years, are in force no more."""
    event = context.event
    first = event.first_tick if declared.span is Span.UNTIL else event.first_tick - timedelta(days=1)
    found = context.logs.find(declared.dataset, event.run_id, last=first, visible=visible_to(event))
    last = event.last_tick if declared.span is Span.UNTIL else first
    return read(context, declared, between=(found[-1][0].tick if found else first, last))


def _of_other_shards(context: StageContext, anchor: int, begin: date, learns: bool) -> dict[str, pa.Table]:
    """Return the sales of the peers, and those that the chain is learned from, `NO_LEARNERS` where it is not."""
    first, until = first_tick(context, SALES, anchor), epoch_day(context.event.first_tick)
    sales = Read(SALES, Span.UNTIL, days=(context.event.first_tick - begin).days, bare=True)

    def peers(rows: pa.Table) -> pa.Table:
        return peer_rows(fitted_to(rows, anchor), anchor, first)

    def known(rows: pa.Table) -> pa.Table:
        return known_rows(rows, until)

    found = {PEERS: peers(smallest_hashes_read(context, sales, lambda rows: _stores_in(peers(rows)), PEER_STORES))}
    if not learns:
        return found | {LEARNERS: NO_LEARNERS}
    return found | {
        LEARNERS: known(smallest_hashes_read(context, sales, lambda rows: _stores_in(known(rows)), LEARNED_STORES))
    }


def _day(number: int) -> date:
    return EPOCH + timedelta(days=number)


def load_neighbours(context: StageContext) -> dict[str, pa.Table]:
    """Return the recent baseline log of the shard's stores and of the reference stores."""
    event, settings = context.event, context.settings.detect
    own = read(context, replace(NEIGHBOURS, sharded=True))
    made = {CALIBRATION: _newest_calibration(context, Read(CALIBRATION, Span.UNTIL))}
    if event.shards == 1:
        return {BASELINE: own, **made}
    anchor = anchor_of(event.first_tick, settings)
    known_by = settled_by(anchor, first_tick(context, BASELINE, anchor))

    def settled(rows: pa.Table) -> pa.Table:
        known = (epoch_days(rows["date"]) >= anchor - WARM_UP_DAYS) & (epoch_days(rows["tick"]) <= known_by)
        return rows.filter(pc.is_in(rows["store_id"], value_set=pc.unique(rows.filter(pa.array(known))["store_id"])))

    enough = settings.neighbour_stores
    others = settled(smallest_hashes_read(context, NEIGHBOURS, lambda rows: _stores_in(settled(rows)), enough))
    others = others.filter(pc.invert(pc.is_in(others["store_id"], value_set=pc.unique(own["store_id"]))))
    return {BASELINE: pa.concat_tables([own, others]), **made}


def _stores_in(rows: pa.Table) -> int:
    found: int = pc.count_distinct(rows["store_id"]).as_py()
    return found
