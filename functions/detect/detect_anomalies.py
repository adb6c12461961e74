"""Detection: what each store was expected to sell, how likely each day is anomalous, and the reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
from mrs.arrays import BoolArray, IntArray, epoch_day, sorted_ids
from mrs.contracts import dataset
from mrs.detection.baseline.held import held_out
from mrs.detection.baseline.ridge_fit import RidgeFit
from mrs.detection.baseline.scopes import store_table
from mrs.detection.calibration.artifact import CALIBRATION, calibration_rows, in_force
from mrs.detection.context import near_holiday
from mrs.detection.episodes import MRDL, advance, open_episodes, report_rows
from mrs.detection.expectation import (
    CALENDAR,
    PROMOTIONS,
    SALES,
    STORES,
    baseline_inputs,
    expected,
    fitted,
    fitted_to,
    peer_inputs,
    refitted,
    warmed_up,
)
from mrs.detection.keeping import LENDERS, PERIOD, WANTED, keep_period, to_keep
from mrs.detection.kept_period import KeptPeriod, kept_period
from mrs.detection.loading import JUDGED, NEIGHBOURS, OWN_SALES, load_history, load_neighbours
from mrs.detection.params import MEMORY_DAYS, WARM_UP_DAYS
from mrs.detection.predictions import BASELINE, CLASSIFIER, baseline_rows, prediction_panel
from mrs.detection.refit_periods import anchor_of
from mrs.detection.scoring import classifier_rows, judge_span
from mrs.models.registry import BASELINE_MODELS
from mrs.panels import SalesPanel
from mrs.settings import DetectSettings
from mrs.stage import Read, Span, Stage

ACTIVE_DAYS = 28


def predict_sales(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: DetectSettings
) -> dict[str, pa.Table]:
    """Say what each store of the shard was expected to sell on each tick.

    Parameters
    ----------
    tables
        Sales, stores, promotions and calendar up to the last tick, the past judgements of the shard's stores, and what
        was learned from the chain before. Or `PERIOD`, what an earlier tick of the refit period kept, with the sales
        since its anchor and no judgements.
    ticks
        Consecutive business dates of one refit period.
    settings
        Which baseline model, and how often it is fitted.

    Returns
    -------
    dict
        The baseline log: one row per active store and tick, and, for a store in its first tick, the days before it
        that detection needs for warming up. And, by one shard, what is learned from the chain's own past where a refit
        period begins and that is due. And what later ticks of the period need, where `WANTED` asks for it.
    """
    anchor = anchor_of(ticks[0], settings)
    baseline = BASELINE_MODELS.load(settings.baseline_model)
    kept: dict[str, pa.Table] = {}
    if PERIOD in tables:
        period = KeptPeriod.of(tables[PERIOD], tables[LENDERS], tables[STORES])
        inputs, held = period.inputs(tables, settings), period.held
        fits = refitted(baseline, inputs, ticks, period.fits)
    else:
        recent = {**tables, SALES: fitted_to(tables[SALES], anchor)}
        inputs = baseline_inputs(recent, anchor, settings)
        peers = inputs.peers or peer_inputs(recent, anchor, settings, inputs)
        held = held_out(baseline, peers, settings.refit_days, settings.least_history_days)
        fits = fitted(baseline, inputs, ticks)
        if WANTED in tables and isinstance(fits.first, RidgeFit):
            kept = to_keep(kept_period(recent, inputs, peers, fits, held), recent)
    found = expected(baseline, inputs, fits)
    if PERIOD not in tables:
        found = warmed_up(baseline, inputs, found, np.flatnonzero(_is_new(inputs.panel, ticks)))
    found = held.applied(inputs, found)
    wanted, tick = _wanted(inputs.panel, ticks, anchor)
    wanted &= (found.days_known >= settings.least_history_days) & ~np.isnan(found.log_expected)
    rows = baseline_rows(inputs.panel, found, wanted, tick, (baseline.name, baseline.version))
    return {BASELINE: rows, CALIBRATION: calibration_rows(tables, ticks[0], settings), **kept}


def _is_new(panel: SalesPanel, ticks: Sequence[date]) -> BoolArray:
    """Return S: whether the store's first tick is one of them."""
    return (panel.first_tick >= epoch_day(ticks[0])) & (panel.first_tick <= epoch_day(ticks[-1]))


def _wanted(panel: SalesPanel, ticks: Sequence[date], anchor: int) -> tuple[BoolArray, IntArray]:
    """Return S×T: which days to write, and the tick that writes each."""
    day = np.arange(panel.sales.shape[1]) + panel.first_day
    first, last = epoch_day(ticks[0]), epoch_day(ticks[-1])
    seen_day = np.where(panel.seen & ~panel.late, day[None, :], -(10**6))
    newest = np.maximum.accumulate(seen_day, axis=1)
    known_by = np.minimum.reduce(np.where(panel.seen, day[None, :], 10**6), axis=1)
    is_tick = (day >= first) & (day <= last)
    active = (day[None, :] - newest <= ACTIVE_DAYS) & (day[None, :] >= panel.first_tick[:, None])
    warm = _is_new(panel, ticks)[:, None] & (day < panel.first_tick[:, None]) & (day >= anchor - WARM_UP_DAYS)
    warm &= day[None, :] >= known_by[:, None]
    tick = np.where(warm, panel.first_tick[:, None], day[None, :])
    return (is_tick[None, :] & active) | warm, tick


def detect_anomalies(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: DetectSettings
) -> dict[str, pa.Table]:
    """Judge each tick of the shard's stores and keep their reports.

    Parameters
    ----------
    tables
        The recent baseline log of the shard's stores and of the reference stores (more change nothing),
        recent sales of the shard's, stores, calendar, the shard's MRDL, and the calibration log.
    ticks
        Consecutive business dates of one refit period.
    settings
        Which classifier, from which probability on a day opens or carries on a report, when a report closes.

    Returns
    -------
    dict
        The classifier's log and MRDL.
    """
    anchor = anchor_of(ticks[0], settings)
    classifier, settings = in_force(tables[CALIBRATION], ticks[0], settings)
    everyone = sorted_ids(tables[BASELINE]["store_id"])
    if not everyone:  # too little is known of any store: nothing is expected, so nothing is judged
        return {name: dataset(name).stage_schema.empty_table() for name in (CLASSIFIER, MRDL)}
    first_day, width = anchor - WARM_UP_DAYS, WARM_UP_DAYS + settings.refit_days
    panel = prediction_panel(tables[BASELINE], everyone, first_day, width, anchor, settings.neighbour_stores)
    own = sorted(set(sorted_ids(tables[SALES]["store_id"])) & set(everyone))
    rows = np.searchsorted(np.array(everyone), np.array(own)) if own else np.zeros(0, dtype=np.int64)
    stores = store_table(tables[STORES], everyone)
    near = near_holiday(tables[CALENDAR], stores, first_day, width, anchor)
    span = judge_span(panel, stores, rows, classifier, settings, WARM_UP_DAYS, tables[SALES], near)
    made_by = (classifier.name, classifier.version)
    days = range(epoch_day(ticks[0]), epoch_day(ticks[0]) + len(ticks))
    state = open_episodes(tables[MRDL], own, days.start, panel.observed[rows], panel.expected[rows], first_day)
    reports = []
    for day in days:
        state, closed, going = advance(state, day, span.day(day), settings.close_after_days)
        reports += [(day, closed), (day, going)]
    return {CLASSIFIER: classifier_rows(own, span, days, made_by), MRDL: report_rows(own, reports, made_by)}


PREDICT = Stage(
    name="predict",
    reads=(
        OWN_SALES,
        Read(STORES, Span.UNTIL, by_loader=True),
        Read(PROMOTIONS, Span.UNTIL, by_loader=True),
        Read(CALENDAR, Span.UNTIL, by_loader=True),
        JUDGED,
        Read(CALIBRATION, Span.BEFORE, by_loader=True),
    ),
    writes=(BASELINE, CALIBRATION),
    run=predict_sales,
    settings="detect",
    feeds=("calendar", "promotions"),
    load=load_history,
    keep=keep_period,
)

DETECT = Stage(
    name="detect",
    reads=(
        NEIGHBOURS,
        Read(SALES, Span.UNTIL, days=MEMORY_DAYS, sharded=True, bare=True),
        Read(STORES, Span.UNTIL),
        Read(CALENDAR, Span.UNTIL),
        Read(MRDL, Span.BEFORE, days=1, sharded=True),
        Read(CALIBRATION, Span.UNTIL, by_loader=True),
    ),
    writes=(CLASSIFIER, MRDL),
    run=detect_anomalies,
    settings="detect",
    feeds=("stores",),
    load=load_neighbours,
)
