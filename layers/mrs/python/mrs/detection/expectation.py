"""The inputs of a baseline model from the logs, and its answer for stores with a long and with a short history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import BoolArray, IntArray, codes_in, epoch_day, epoch_days
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.scopes import Layout, calendar_entries, promotion_entries, store_table
from mrs.detection.params import HISTORY_DAYS, PEER_STORES, SHORT_HISTORY_DAYS, SHORT_HISTORY_REFIT_DAYS
from mrs.detection.predictions import CLASSIFIER
from mrs.identity import smallest_hashes
from mrs.models.protocols import BaselineModel
from mrs.panels import SalesPanel, sales_panel
from mrs.settings import DetectSettings

SALES = "sales_timeseries_data"
STORES = "stores_data"
PROMOTIONS = "promotions_data"
CALENDAR = "calendar_data"
PEERS = "sales of the peers"


def baseline_inputs(tables: Mapping[str, pa.Table], anchor: int, settings: DetectSettings) -> BaselineInputs:
    """Return the inputs of the shard's stores, with peers to borrow from if any history is short."""
    own = _inputs(tables, tables[SALES], anchor, settings)
    known = own.panel.trading[:, : anchor - own.panel.first_day].sum(axis=1)
    if not len(known) or known.min() >= SHORT_HISTORY_DAYS * 2:
        return own
    return replace(own, peers=peer_inputs(tables, anchor, settings))


def peer_inputs(tables: Mapping[str, pa.Table], anchor: int, settings: DetectSettings) -> BaselineInputs:
    """Return the inputs of the peers: a sample of stores, the same for every shard, with no day flagged."""
    peers = peer_rows(tables.get(PEERS, tables[SALES]), anchor)
    return _inputs({**tables, CLASSIFIER: tables[CLASSIFIER].slice(0, 0)}, peers, anchor, settings)


def _inputs(tables: Mapping[str, pa.Table], sales: pa.Table, anchor: int, settings: DetectSettings) -> BaselineInputs:
    first_day, last_day = anchor - HISTORY_DAYS, anchor + settings.refit_days - 1
    panel = sales_panel(sales, first_day, last_day)
    stores = store_table(tables[STORES], panel.store_ids)
    return BaselineInputs(
        panel=panel,
        layout=Layout(stores, first_day, last_day - first_day + 1),
        promotions=promotion_entries(tables[PROMOTIONS], anchor),
        calendar=calendar_entries(tables[CALENDAR], anchor),
        flagged=_flagged(tables[CLASSIFIER], panel, anchor),
        anchor=anchor,
    )


def _flagged(classifier: pa.Table, panel: SalesPanel, anchor: int) -> BoolArray:
    """Return S×T: days before the anchor that were called anomalous."""
    out = np.zeros(panel.sales.shape, dtype=bool)
    store, day = codes_in(classifier["store_id"], panel.store_ids), epoch_days(classifier["date"])
    hit = pc.fill_null(classifier["is_anomalous"], False).to_numpy().astype(bool)
    keep = hit & (store >= 0) & (day >= panel.first_day) & (day < anchor)
    out[store[keep], day[keep] - panel.first_day] = True
    return out


def peer_rows(sales: pa.Table, anchor: int, first_tick: int | None = None) -> pa.Table:
    """Return the sales before the anchor of the stores with the smallest hashes: a sample that no sharding changes.

    `first_tick` is the run's, where the sales are not those of all stores.
    """
    if not sales.num_rows:
        return sales
    day, tick = epoch_days(sales["date"]), epoch_days(sales["tick"])
    first = int(tick.min()) if first_tick is None else first_tick
    settled = sales.filter(pa.array((day < anchor) & (tick <= max(anchor - 1, first))))
    ids = smallest_hashes(pc.unique(settled["store_id"]).to_pylist(), PEER_STORES)
    return settled.filter(pc.is_in(settled["store_id"], value_set=pa.array(ids, pa.string())))


def expect(baseline: BaselineModel, inputs: BaselineInputs, ticks: Sequence[date]) -> Expectation:
    """Return the expectation; a store with a short history is refitted every week, since each week adds much."""
    return _refitted(baseline, inputs, ticks, baseline.expect(inputs))


def _refitted(
    baseline: BaselineModel, inputs: BaselineInputs, ticks: Sequence[date], found: Expectation
) -> Expectation:
    known = inputs.panel.trading[:, : inputs.anchor - inputs.panel.first_day].sum(axis=1)
    short_history = np.flatnonzero(known < SHORT_HISTORY_DAYS)
    if not len(short_history):
        return found
    starts = {epoch_day(t) // SHORT_HISTORY_REFIT_DAYS * SHORT_HISTORY_REFIT_DAYS for t in ticks}
    for start in sorted(s for s in starts if s > inputs.anchor):
        again = baseline.expect(inputs.take(short_history, start))
        span = slice(start - inputs.panel.first_day, start - inputs.panel.first_day + SHORT_HISTORY_REFIT_DAYS)
        found = _merged(found, again, short_history, span)
    return found


def _merged(found: Expectation, again: Expectation, rows: IntArray, span: slice) -> Expectation:
    """Return the expectation with some stores' days taken from another fit."""
    log_expected, sigma, days_known = found.log_expected.copy(), found.sigma.copy(), found.days_known.copy()
    log_expected[rows, span], sigma[rows, span] = again.log_expected[:, span], again.sigma[:, span]
    days_known[rows, span] = again.days_known[:, span]
    level_since = found.level_since
    if level_since is not None and again.level_since is not None:
        level_since = level_since.copy()
        level_since[rows, span] = again.level_since[:, span]
    return replace(found, log_expected=log_expected, sigma=sigma, days_known=days_known, level_since=level_since)
