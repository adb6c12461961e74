"""What attribution reads of the stores: all of a small chain; of a large one those with reports, and a sample."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import epoch_days
from mrs.attribution.artifact_loading import load_cause_model
from mrs.attribution.params import WINDOW_DAYS
from mrs.attribution.sampling import REFERENCE_STORES, weighed_reports
from mrs.attribution.tick_evidence import (
    BASELINE,
    CALENDAR,
    HISTORY_DAYS,
    MRCL,
    MRDL,
    PROMOTIONS,
    SALES,
    SIGNALS,
    STORES,
)
from mrs.clustering.panel import PANEL_COLUMNS
from mrs.detection.params import LONGEST_REFIT_DAYS
from mrs.detection.refit_periods import anchor_of, settled_by
from mrs.identity import smallest_hashes
from mrs.settings import AttributeSettings
from mrs.stage import StageContext, read
from mrs.stage.declaration import Read, Span
from mrs.stage.sampling import cut_of, first_tick, smallest_hashes_read

KNOWN_DAYS = WINDOW_DAYS - LONGEST_REFIT_DAYS
"""So far before a refit period began every tick of it can look back."""
REPORTS, CLUSTERS = Read(MRDL, by_loader=True), Read(MRCL, by_loader=True, rereview=True)
PREDICTIONS = Read(BASELINE, Span.UNTIL, days=WINDOW_DAYS, by_loader=True, only=PANEL_COLUMNS)
OF_STORES = (
    Read(SALES, Span.UNTIL, days=HISTORY_DAYS, by_loader=True, only=("price",)),
    Read(SIGNALS, Span.UNTIL, days=HISTORY_DAYS, by_loader=True, only=("value",)),
)
EVIDENCE = (
    REPORTS,
    CLUSTERS,
    PREDICTIONS,
    *OF_STORES,
    # whole: whether there is a calendar at all is no matter of who is looked at
    Read(PROMOTIONS, Span.UNTIL, bare=True),
    Read(CALENDAR, Span.UNTIL, bare=True),
    Read(STORES, Span.UNTIL, only=("retailer", "region", "latitude", "longitude")),
)
"""What attribution reads, daily and in a rereview; some of it by `load_evidence`."""


def load_evidence(context: StageContext) -> dict[str, pa.Table]:
    """Return the reports of the ticks, the logs that their causes are sought in, and the cause model's parameters."""
    detected, clustered = read(context, REPORTS), read(context, CLUSTERS)
    tables = {MRDL: detected, MRCL: clustered} | load_cause_model(context)
    settings = context.settings.attribute
    anchor = anchor_of(context.event.first_tick, context.settings.detect)
    known_by = settled_by(anchor, first_tick(context, BASELINE, anchor))

    def known(rows: pa.Table) -> pa.Array:
        then = (epoch_days(rows["date"]) >= anchor - KNOWN_DAYS) & (epoch_days(rows["tick"]) <= known_by)
        return pc.unique(rows["store_id"].filter(pa.array(then)))

    since = context.event.first_tick - timedelta(days=HISTORY_DAYS)
    enough, cut = settings.neighbour_stores + 1, cut_of(context, PREDICTIONS)
    rows = smallest_hashes_read(context, PREDICTIONS, lambda found: len(known(found)), enough, cut)
    stores = known(rows)
    if len(stores) < enough:
        return tables | {BASELINE: rows} | {r.dataset.name: read(context, r, since=since) for r in OF_STORES}
    del rows
    reference_stores = pa.array(smallest_hashes(stores.to_pylist(), settings.neighbour_stores), pa.string())
    asked = pc.unique(pa.concat_arrays([reference_stores, _weighed(detected, clustered, settings)]))
    tables |= {r.dataset.name: read(context, r, stores=asked, since=since) for r in (PREDICTIONS, *OF_STORES)}
    return tables | {REFERENCE_STORES: pa.table({"store_id": reference_stores})}


def _weighed(detected: pa.Table, clustered: pa.Table, settings: AttributeSettings) -> pa.Array:
    """Return the stores of the reports that are weighed at any of the ticks."""
    stores = [pa.array([], pa.string())]
    for tick in pc.unique(detected["tick"]):
        of_tick = detected.filter(pc.equal(detected["tick"], tick))
        clusters = clustered.filter(pc.equal(clustered["tick"], tick))
        chosen = weighed_reports(of_tick, clusters, settings.neighbour_stores).is_weighed
        stores.append(of_tick["store_id"].filter(pa.array(chosen)).combine_chunks())
    return pa.concat_arrays(stores)
