"""The inputs of a baseline model from the logs, and its answer for stores with a long and with a short history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mrs.arrays import BoolArray, IntArray, codes_in, epoch_day, epoch_days
from mrs.detection.baseline.inputs import BaselineInputs, Expectation, Lenders
from mrs.detection.baseline.openings import days_open, is_unconfirmed, opening_days
from mrs.detection.baseline.params import MATURE_DAYS, PEER_STORES
from mrs.detection.baseline.school import with_whole_holidays
from mrs.detection.baseline.scopes import Layout, calendar_entries, promotion_entries, store_table
from mrs.detection.params import (
    HISTORY_DAYS,
    SHORT_HISTORY_DAYS,
    SHORT_HISTORY_REFIT_DAYS,
    WARM_UP_DAYS,
    WARM_UP_SHORT_REFIT_DAYS,
)
from mrs.detection.predictions import CLASSIFIER
from mrs.identity import smallest_hashes
from mrs.models.protocols import BaselineModel, FittedBaseline
from mrs.panels import SalesPanel, sales_panel
from mrs.settings import DetectSettings

SALES = "sales_timeseries_data"
STORES = "stores_data"
PROMOTIONS = "promotions_data"
CALENDAR = "calendar_data"
PEERS = "sales of the peers"
Fit = Any
"""What a model says of the days before an anchor: its own kind of fit, or its whole answer."""


def baseline_inputs(tables: Mapping[str, pa.Table], anchor: int, settings: DetectSettings) -> BaselineInputs:
    """Return the inputs of the shard's stores, with peers to borrow from if any history is short."""
    peers = peer_rows(tables.get(PEERS, tables[SALES]), anchor)
    own = _inputs(tables, tables[SALES], anchor, settings, _begun(peers))
    if _stand_alone(own, WARM_UP_DAYS).all():  # as they must before the warm-up, too
        return own
    return replace(own, peers=peer_inputs(tables, anchor, settings, own))


def _stand_alone(inputs: BaselineInputs, days_before: int = 0) -> BoolArray:
    """Return S: the stores that borrow nothing at the anchor, and did not so many days before."""
    trading = inputs.panel.trading[:, : inputs.anchor - inputs.panel.first_day]
    opened = opening_days(trading, inputs.panel.first_day, inputs.begun)
    unconfirmed = is_unconfirmed(days_open(opened, inputs.anchor), days_before)
    return np.asarray((trading.sum(axis=1) >= MATURE_DAYS + days_before) & ~unconfirmed, dtype=bool)


def peer_inputs(
    tables: Mapping[str, pa.Table], anchor: int, settings: DetectSettings, own: BaselineInputs | None = None
) -> BaselineInputs:
    """Return the inputs of the peers: a sample of stores, the same for every shard, with no day flagged.

    `own` are the inputs of the shard's stores at the anchor, if they were made: they hold the same entries.
    """
    peers = peer_rows(tables.get(PEERS, tables[SALES]), anchor)
    return _inputs({**tables, CLASSIFIER: tables[CLASSIFIER].slice(0, 0)}, peers, anchor, settings, _begun(peers), own)


def _begun(peers: pa.Table) -> int | None:
    """Return the first day (since 1970-01-01) on which one of the peers sold anything; None if none did."""
    day = epoch_days(peers["date"].filter(pc.fill_null(pc.greater(peers["sales"], 0), False)))
    return int(day.min()) if len(day) else None


def _inputs(
    tables: Mapping[str, pa.Table],
    sales: pa.Table,
    anchor: int,
    settings: DetectSettings,
    begun: int | None,
    like: BaselineInputs | None = None,
) -> BaselineInputs:
    first_day, last_day = anchor - HISTORY_DAYS, anchor + settings.refit_days - 1
    panel = sales_panel(sales, first_day, last_day)
    stores = store_table(tables[STORES], panel.store_ids)
    return BaselineInputs(
        panel=panel,
        layout=Layout(stores, first_day, last_day - first_day + 1),
        promotions=like.promotions if like else promotion_entries(tables[PROMOTIONS], anchor),
        calendar=like.calendar if like else with_whole_holidays(calendar_entries(tables[CALENDAR], anchor)),
        flagged=_flagged(tables[CLASSIFIER], panel, anchor),
        anchor=anchor,
        begun=begun,
    )


def fitted_to(sales: pa.Table, anchor: int) -> pa.Table:
    """Return the rows that may tell of a day that fits look back on: none lies in a tick before it."""
    keep = epoch_days(sales["tick"]) >= anchor - HISTORY_DAYS
    return sales if bool(keep.all()) else sales.filter(pa.array(keep))


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
    settled = pa.array((day < anchor) & (tick <= max(anchor - 1, first)))
    return of_smallest_hashes(sales, settled, PEER_STORES)


def of_smallest_hashes(rows: pa.Table, wanted: pa.Array, count: int) -> pa.Table:
    """Return the wanted rows of the stores that have the smallest hashes of all that have a wanted row."""
    stores = rows["store_id"].combine_chunks()
    ids = smallest_hashes(pc.unique(stores.filter(wanted)).drop_null().to_pylist(), count)
    return rows.filter(pc.and_(wanted, pc.is_in(stores, value_set=pa.array(ids, pa.string()))))


@dataclass(frozen=True)
class Fits:
    """A model's fits in one refit period: of all stores to what was before its anchor, and of some again each week.

    Parameters
    ----------
    store_ids, first
        The stores, and their fit.
    short, again
        Those with a short history, and their fits by the first day of each week.
    lenders
        What they borrow; None if no store needs it, and of a model that tells no fit from its answer.
    """

    store_ids: tuple[str, ...]
    first: Fit
    short: tuple[str, ...] = ()
    again: Mapping[int, Fit] = field(default_factory=dict)
    lenders: Lenders | None = None


def expect(baseline: BaselineModel, inputs: BaselineInputs, ticks: Sequence[date]) -> Expectation:
    """Return the expectation; a store with a short history is refitted every week, since each week adds much."""
    return expected(baseline, inputs, fitted(baseline, inputs, ticks))


def fitted(baseline: BaselineModel, inputs: BaselineInputs, ticks: Sequence[date]) -> Fits:
    """Return the fits behind the expectation of some ticks."""
    if inputs.peers is not None and isinstance(baseline, FittedBaseline) and not _stand_alone(inputs).all():
        inputs = replace(inputs, lenders=baseline.lenders(inputs.peers))
    first = Fits(inputs.panel.store_ids, _fit(baseline, inputs), lenders=inputs.lenders)
    return refitted(baseline, inputs, ticks, first)


def refitted(baseline: BaselineModel, inputs: BaselineInputs, ticks: Sequence[date], fits: Fits) -> Fits:
    """Return the fits with those of stores with a short history to what is known at the beginning of a week."""
    short = short_history(inputs)
    weeks = weeks_within(inputs.anchor, ticks) if len(short) else []
    again = {start: _fit(baseline, inputs.take(short, start)) for start in weeks}
    return replace(fits, short=tuple(inputs.panel.store_ids[int(i)] for i in short), again=again)


def expected(baseline: BaselineModel, inputs: BaselineInputs, fits: Fits) -> Expectation:
    """Return the expectation that fits give; NaN for stores that they do not know."""
    ids, everything = inputs.panel.store_ids, slice(0, inputs.panel.sales.shape[1])
    if ids == fits.store_ids:
        found = _ahead(baseline, inputs, fits.first)
    else:
        rows = codes_in(pa.array(fits.store_ids, pa.string()), ids)
        known = _ahead(baseline, inputs.take(rows, inputs.anchor), fits.first)
        found = _merged(_nothing_of(inputs, known), known, rows, everything)
    rows = codes_in(pa.array(fits.short, pa.string()), ids)
    for start, fit in sorted(fits.again.items()):
        begin = start - inputs.panel.first_day
        again = _ahead(baseline, inputs.take(rows, start), fit)
        found = _merged(found, again, rows, slice(begin, begin + SHORT_HISTORY_REFIT_DAYS))
    return found


def warmed_up(baseline: BaselineModel, inputs: BaselineInputs, found: Expectation, rows: IntArray) -> Expectation:
    """Return the expectation with the last days before the anchor, of the stores at `rows`, as days that no fit saw.

    What a fit says of days that it was fitted to lies too near to them: judged by such days, later ones seem restless.
    Stores with a short history are fitted more often, since each week adds much.
    """
    rows = rows[inputs.panel.trading[rows, : inputs.anchor - inputs.panel.first_day].any(axis=1)]
    short = np.isin(rows, short_history(inputs))
    for of, step in ((rows[~short], WARM_UP_DAYS), (rows[short], WARM_UP_SHORT_REFIT_DAYS)):
        for start in range(inputs.anchor - WARM_UP_DAYS, inputs.anchor, step) if len(of) else ():
            then = inputs.take(of, start)
            if inputs.peers is not None and isinstance(baseline, FittedBaseline):
                then = replace(then, lenders=baseline.lenders(replace(inputs.peers, anchor=start)))
            begin = start - inputs.panel.first_day
            found = _merged(found, _ahead(baseline, then, _fit(baseline, then)), of, slice(begin, begin + step))
    return found


def short_history(inputs: BaselineInputs) -> IntArray:
    """Return the rows of the stores of which little is known."""
    known = inputs.panel.trading[:, : inputs.anchor - inputs.panel.first_day].sum(axis=1)
    return np.flatnonzero(known < SHORT_HISTORY_DAYS)


def weeks_within(anchor: int, ticks: Sequence[date]) -> list[int]:
    """Return the first days of the ticks' weeks after the anchor, in which short histories are fitted again."""
    starts = {epoch_day(t) // SHORT_HISTORY_REFIT_DAYS * SHORT_HISTORY_REFIT_DAYS for t in ticks}
    return sorted(s for s in starts if s > anchor)


def _fit(baseline: BaselineModel, inputs: BaselineInputs) -> Fit:
    return baseline.fit(inputs) if isinstance(baseline, FittedBaseline) else baseline.expect(inputs)


def _ahead(baseline: BaselineModel, inputs: BaselineInputs, fit: Fit) -> Expectation:
    return baseline.ahead(inputs, fit) if isinstance(baseline, FittedBaseline) else fit


def _nothing_of(inputs: BaselineInputs, like: Expectation) -> Expectation:
    shape = inputs.panel.sales.shape
    nothing, closed = np.full(shape, np.nan), np.zeros(shape, dtype=bool)
    since = None if like.level_since is None else np.full(shape, -1)
    return Expectation(nothing, nothing, closed, np.zeros(shape), since, like.may_be_combined)


def _merged(found: Expectation, other: Expectation, rows: IntArray, span: slice) -> Expectation:
    """Return the expectation with some stores' days taken from another."""

    def put(mine: NDArray[Any], theirs: NDArray[Any]) -> NDArray[Any]:
        out = mine.copy()
        out[rows, span] = theirs[:, span]
        return out

    since = found.level_since
    return replace(
        found,
        log_expected=put(found.log_expected, other.log_expected),
        sigma=put(found.sigma, other.sigma),
        is_closed=put(found.is_closed, other.is_closed),
        days_known=put(found.days_known, other.days_known),
        level_since=since if since is None or other.level_since is None else put(since, other.level_since),
    )
