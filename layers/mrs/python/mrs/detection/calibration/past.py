"""A chain's own past as it would have been judged then: each day with an expectation from the days before it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from mrs.arrays import EPOCH, BoolArray, IntArray, epoch_days, sorted_ids
from mrs.detection.baseline.held import held_out
from mrs.detection.baseline.params import SIGMA_RANGE, UNKNOWN_SIGMA
from mrs.detection.baseline.promoted import Promoted
from mrs.detection.baseline.scopes import StoreTable, store_table
from mrs.detection.calibration.params import LEARNED_DAYS, LEARNED_STORES, LONG_PERIODS
from mrs.detection.came_again import with_what_came_again
from mrs.detection.context import near_holiday
from mrs.detection.expectation import (
    CALENDAR,
    PEERS,
    SALES,
    STORES,
    baseline_inputs,
    expect,
    of_smallest_hashes,
    peer_inputs,
)
from mrs.detection.params import WARM_UP_DAYS
from mrs.detection.predictions import CLASSIFIER, PredictionPanel, counts_so_far, log_deviation, no_more_than_counts
from mrs.models.protocols import BaselineModel
from mrs.settings import DetectSettings


@dataclass(frozen=True)
class Past:
    """S stores over T days before a tick.

    Parameters
    ----------
    panel
        The days as the baseline log would hold them.
    stores
        Their places.
    first
        The first of the T days that is learned from; those before warm up.
    ripe
        S×(T − first), days on which a report could have opened.
    seen_days
        Days since the chain's first.
    near_holiday
        S×T, public holidays of the store's calendar and the days beside them; None without a calendar.
    """

    panel: PredictionPanel
    stores: StoreTable
    first: int
    ripe: BoolArray
    seen_days: int
    near_holiday: BoolArray | None = None

    @property
    def began(self) -> int:
        """The chain's first day, since 1970-01-01."""
        return int(self.panel.first_day + self.panel.z.shape[1] - self.seen_days)

    @property
    def is_young(self) -> bool:
        """Whether the chain is younger than the past that is learned from, its warming up included."""
        return self.seen_days < LEARNED_DAYS + WARM_UP_DAYS


def known_rows(sales: pa.Table, until: int) -> pa.Table:
    """Return the sales dated before a day that were known on it, of a bounded sample of the stores."""
    known = (epoch_days(sales["date"]) < until) & (epoch_days(sales["tick"]) <= until)
    return of_smallest_hashes(sales, pa.array(known), LEARNED_STORES)


def past_of(
    tables: Mapping[str, pa.Table], until: int, baseline: BaselineModel, settings: DetectSettings
) -> Past | None:
    """Return the past before a day, None if there is no day to learn from.

    Parameters
    ----------
    tables
        Sales, stores, promotions and calendar, and an empty classifier's log.
    until
        The first day (since 1970-01-01) that is not known.
    baseline, settings
        What expects, and how often it is fitted.
    """
    sales = known_rows(tables[SALES], until)
    if not sales.num_rows:
        return None
    ids, step = sorted_ids(sales["store_id"]), settings.refit_days
    oldest = int(epoch_days(sales["date"]).min())
    periods = min(-(-(LEARNED_DAYS + WARM_UP_DAYS) // step), max(0, (until - oldest - 1) // step + 1))
    first_day = until - periods * step
    shape = (len(ids), periods * step)
    observed, expected = np.full(shape, np.nan), np.full(shape, np.nan)
    z, sigma = np.full(shape, np.nan), np.full(shape, UNKNOWN_SIGMA)
    as_before, promoted = np.full(shape[1], np.nan), Promoted.nothing(shape)
    given = {**tables, SALES: sales, PEERS: sales, CLASSIFIER: tables[CLASSIFIER].slice(0, 0)}
    held = held_out(baseline, peer_inputs(given, until, settings), step, settings.least_history_days)
    for k in range(periods):
        anchor = first_day + k * step
        inputs = baseline_inputs(given, anchor, settings)
        found = baseline.expect(inputs) if periods >= LONG_PERIODS else expect(baseline, inputs, _days(anchor, step))
        found = held.applied(inputs, found)
        then = slice(anchor - inputs.panel.first_day, anchor - inputs.panel.first_day + step)
        now = slice(k * step, (k + 1) * step)
        known = (found.days_known[:, then] >= settings.least_history_days) & ~np.isnan(found.log_expected[:, then])
        closed = found.is_closed[:, then]
        if found.as_before is not None:
            as_before[now] = found.as_before[then]
        if found.promoted is not None:
            promoted.code[:, now] = found.promoted.code[:, then]
            promoted.spread[:, now] = found.promoted.spread[:, then]
        due = np.where(known, np.where(closed, 0.0, np.exp(found.log_expected[:, then])), np.nan)
        observed[:, now], expected[:, now] = np.where(known, inputs.panel.sales[:, then], np.nan), due
        sigma[:, now] = np.where(known, np.clip(found.sigma[:, then], *SIGMA_RANGE), UNKNOWN_SIGMA)
        shut = closed | inputs.panel.is_closed[:, then] | ~known
        off = np.where(shut, np.nan, log_deviation(observed[:, now], due) / sigma[:, now])
        z[:, now] = no_more_than_counts(off, observed[:, now], due, counts_so_far(inputs.panel.sales)[:, then])
    written, none = ~np.isnan(expected), np.full(shape, -1)
    panel = PredictionPanel(
        tuple(ids), first_day, observed, expected, z, sigma, written, _all(len(ids)), none, as_before, promoted
    )
    seen = np.cumsum(~np.isnan(z), axis=1)
    first = WARM_UP_DAYS if shape[1] >= 2 * WARM_UP_DAYS else _first_ripe(seen, settings.cold_start_days)
    panel = with_what_came_again(panel, first)
    ripe = (~np.isnan(z) & (seen >= settings.cold_start_days))[:, first:]
    if not ripe.any():
        return None
    stores = store_table(tables[STORES], ids)
    near = near_holiday(tables[CALENDAR], stores, first_day, shape[1], until)
    return Past(panel, stores, first, ripe, until - oldest, near)


def _days(first: int, count: int) -> list[date]:
    return [EPOCH + timedelta(days=first + i) for i in range(count)]


def _first_ripe(seen: IntArray, least: int) -> int:
    ripe = (seen >= least).any(axis=0)
    return int(ripe.argmax()) if ripe.any() else seen.shape[1]


def _all(count: int) -> BoolArray:
    return np.ones(count, dtype=bool)
