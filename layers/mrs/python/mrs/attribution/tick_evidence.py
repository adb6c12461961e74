"""One tick's evidence, from log rows to features; what the daily stage, the rereview and the training share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mrs.arrays import FloatArray, IntArray, codes_in, epoch_day, epoch_days, floats, sorted_unique
from mrs.attribution.calendars import local_event_signal, promotion_signal
from mrs.attribution.divided import apart_in_time, divided
from mrs.attribution.episodes import Episodes, episodes, window_of
from mrs.attribution.features import CauseFeatures, cause_features
from mrs.attribution.fit import AtStores, Fit, fit_signals, own_exposure
from mrs.attribution.params import RUN_DAYS, USUAL_DAYS, WINDOW_DAYS
from mrs.attribution.prices import price_signal
from mrs.attribution.sampling import ReferenceStores, background_of, clusters_of, rest_of, weighed_reports
from mrs.attribution.signals import Signal, context_signals
from mrs.clustering.panel import ResidualPanel, all_stores, residual_panel
from mrs.clustering.reports import Places, Reports, places_of, reports_at

BASELINE = "baseline_sales_model_prediction_log"
SALES = "sales_timeseries_data"
SIGNALS = "context_signals_data"
PROMOTIONS = "promotions_data"
CALENDAR = "calendar_data"
STORES = "stores_data"
MRDL = "minority_reports_detected_log"
MRCL = "minority_reports_clustered_log"
HISTORY_DAYS = WINDOW_DAYS + USUAL_DAYS + RUN_DAYS - 1
"""Days before a tick of which its answer depends: a chunk that knows more must not say more."""
PRICE_FEED = "unified_sales_data"


@dataclass(frozen=True)
class World:
    """What is known at some ticks of a chunk, as matrices; valid as long as no late row arrives."""

    panel: ResidualPanel
    places: Places
    observed: FloatArray
    signals: tuple[Signal, ...]
    reference_stores: ReferenceStores | None = None


@dataclass(frozen=True)
class TickEvidence:
    """Everything that the cause model and the evidence texts need for one tick.

    Parameters
    ----------
    reports, rows, event
        The reports that are weighed, their rows in MRDL, and the event of each.
    rest, rest_event
        The rows in MRDL of the others, and their events: the same as those of weighed reports.
    members
        (events,) the number of reports, weighed or not.
    lasting_since
        (events,) the first day of the lasting change of level that reports of the event turned out to be; -1 for none.
    """

    reports: Reports
    rows: IntArray
    event: IntArray
    rest: IntArray
    rest_event: IntArray
    members: IntArray
    found: Episodes
    fit: Fit
    signals: tuple[Signal, ...]
    features: CauseFeatures
    column: int
    lasting_since: IntArray


def known_by(tables: Mapping[str, pa.Table], tick: date) -> dict[str, pa.Table]:
    """Return the rows that had been written by `tick`."""
    limit = pa.scalar(tick, pa.date32())

    def known(table: pa.Table) -> pa.Table:
        by_then = pc.less_equal(table["tick"], limit)
        return table if pc.all(by_then).as_py() in (True, None) else table.filter(by_then)

    return {name: known(table) for name, table in tables.items()}


def build_world(
    tables: Mapping[str, pa.Table], first: date, last: date, reference_stores: pa.Table | None = None
) -> World:
    """Pivot what the logs say into matrices that reach from `HISTORY_DAYS` before `first` to `last`.

    Parameters
    ----------
    reference_stores
        The reference stores of the chain; None if the logs hold all stores.
    """
    begin = epoch_day(first) - HISTORY_DAYS
    n_days = epoch_day(last) - begin + 1
    baseline = tables[BASELINE]
    store_ids = all_stores(baseline, tables.get(MRDL))
    panel = residual_panel(baseline, begin, epoch_day(last), store_ids)
    places = places_of(tables[STORES], store_ids)
    observed = np.full((len(store_ids), n_days), np.nan)
    day, store = epoch_days(baseline["date"]) - begin, codes_in(baseline["store_id"], store_ids)
    inside = (day >= 0) & (day < n_days) & (store >= 0)
    observed[store[inside], day[inside]] = floats(baseline["observed_sales"])[inside]
    signals = context_signals(tables[SIGNALS], places, store_ids, begin, n_days)
    more = (
        local_event_signal(tables[CALENDAR], places, store_ids, begin, n_days),
        promotion_signal(tables[PROMOTIONS], places, store_ids, begin, n_days),
        price_signal(tables[SALES], tables[PROMOTIONS], places, store_ids, begin, n_days),
    )
    signals = [*signals, *(s for s in more if s is not None)]
    return World(panel, places, observed, tuple(signals), ReferenceStores.of(reference_stores, store_ids))


def tick_evidence(
    world: World,
    detected: pa.Table,
    clustered: pa.Table,
    tick: date,
    missing: Sequence[str] = (),
    most: int | None = None,
) -> TickEvidence:
    """Weigh every signal for every report of a tick.

    Parameters
    ----------
    detected, clustered
        MRDL and MRCL rows of the tick.
    missing
        Landing feeds that were absent at the tick; their signals are not looked at.
    most
        The number of stores of one event that are weighed; None if all are.
    """
    day = epoch_day(tick)
    weighed = weighed_reports(detected, clustered, most)
    chosen = np.flatnonzero(weighed.is_weighed)
    reports, rows = reports_at(detected.take(pa.array(chosen)), day, 0, world.panel.store_ids)
    rows = chosen[rows]
    cluster = clusters_of(reports.ids, clustered)
    names = sorted_unique(cluster)
    event = codes_in(cluster, names)
    event = np.unique(np.where(event >= 0, event, len(names) + np.arange(len(event))), return_inverse=True)[1]
    column = world.panel.column(day)
    sampling_weight = weighed.sampling_weight[rows]
    background = background_of(world.reference_stores, reports, sampling_weight, len(world.panel.store_ids))
    signals = tuple(s for s in world.signals if s.spec.feed not in missing and _has_value(s, column, background > 0))
    active = np.asarray(np.isfinite(window_of(world.panel.log_ratio, column)).any(axis=1))
    active[reports.store] = True
    places = world.places.only(active)
    event = apart_in_time(event, reports, episodes(reports, event, world.panel, day), world.panel)
    found = episodes(reports, event, world.panel, day)
    at_stores = [AtStores.of(signal, reports, column) for signal in signals]
    own = own_exposure(found, reports, signals, at_stores)
    event = divided(event, own, signals)
    found = episodes(reports, event, world.panel, day)
    fit = fit_signals(found, reports, world.panel, signals, places, background, at_stores, own, day)
    feeds = frozenset(s.spec.feed for s in signals)
    observed = window_of(world.observed, column)
    faulty = np.asarray(pc.is_valid(detected["data_quality"].take(pa.array(rows))))
    features = cause_features(
        found, fit, reports, event, signals, world.panel, places, background, feeds, observed, faulty
    )
    return TickEvidence(
        reports,
        rows,
        event,
        np.flatnonzero(~weighed.is_weighed),
        rest_of(weighed, detected, clustered, rows, event),
        np.rint(found.reports.total(sampling_weight)).astype(np.int64),
        found,
        fit,
        signals,
        features,
        column,
        _lasting_since(detected.take(pa.array(rows)), event, len(found.sign)),
    )


def _lasting_since(detected: pa.Table, event: IntArray, events: int) -> IntArray:
    out = np.full(events, -1, dtype=np.int64)
    known = np.flatnonzero(pc.is_valid(detected["lasting_since"]))
    np.maximum.at(out, event[known], epoch_days(detected["lasting_since"].take(pa.array(known))))
    return out


def _has_value(signal: Signal, column: int, counts: NDArray[np.bool_]) -> bool:
    """Return whether the signal has a value, by the tick, for any store that counts."""
    units = np.unique(signal.row[counts])
    has_value = np.asarray(np.isfinite(signal.value[:, max(column - HISTORY_DAYS, 0) : column + 1]).any(axis=1))
    return bool(has_value[units[units >= 0]].any())


def without(world: World, feeds: frozenset[str]) -> World:
    """Return the world as it would look without some feeds."""
    return replace(world, signals=tuple(s for s in world.signals if s.spec.feed not in feeds))
