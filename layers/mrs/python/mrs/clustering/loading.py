"""What clustering reads: the baseline log of the stores with reports, and of all others whether they traded at all."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from mrs.clustering.clustering import MEMORY_DAYS, PROFILE_DAYS
from mrs.clustering.panel import PANEL_COLUMNS
from mrs.clustering.rows import BASELINE, MRDL, STORES
from mrs.clustering.trading import TRADING, trading
from mrs.stage import StageContext, read
from mrs.stage.declaration import Read, Span
from mrs.stage.sampling import read_in_turn

REPORTS = Read(MRDL, Span.UNTIL, days=MEMORY_DAYS, by_loader=True)
PLACES = Read(STORES, Span.UNTIL, by_loader=True, only=("retailer", "region", "latitude", "longitude"))
PREDICTIONS = Read(BASELINE, Span.UNTIL, days=PROFILE_DAYS, by_loader=True, only=PANEL_COLUMNS)
PROFILES = (REPORTS, PLACES, PREDICTIONS)
"""What clustering reads, daily and in a rereview, by `load_profiles`."""


def load_profiles(context: StageContext) -> dict[str, pa.Table]:
    """Return the reports, the places, the predictions for the stores with reports, and which stores traded lately."""
    detected, places = read(context, REPORTS), read(context, PLACES)
    reported = pc.unique(detected["store_id"])
    kept = [PREDICTIONS.dataset.schema.empty_table().drop_columns(sorted(PREDICTIONS.without))]

    def pieces() -> Iterator[pa.Table]:
        for rows in read_in_turn(context, PREDICTIONS):
            kept.append(rows.filter(pc.is_in(rows["store_id"], value_set=reported)))
            yield rows

    traded = trading(pieces(), places, context.event.ticks)
    return {MRDL: detected, STORES: places, BASELINE: pa.concat_tables(kept), TRADING: traded}
