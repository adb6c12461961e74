"""The price level of every store, against its range on earlier days, less what promotions of the calendar take off."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.lib.stride_tricks import sliding_window_view

from mrs.arrays import BoolArray, FloatArray, codes_in, epoch_days, floats, known_or_zero
from mrs.attribution.calendars import in_scope
from mrs.attribution.params import (
    CUT_DAYS,
    DEEPEST_CUT,
    LEAST_KNOWN_DAYS,
    PRICE_RANGE,
    PRICE_RANGE_LAG_DAYS,
    USUAL_DAYS,
)
from mrs.attribution.signal_specs import SPEC_BY_NAME
from mrs.attribution.signals import BLOCK_ROWS, Signal, dose_and_activity, quantile
from mrs.clustering.reports import Places


def price_signal(
    sales: pa.Table, promotions: pa.Table, places: Places, store_ids: pa.Array, first_day: int, n_days: int
) -> Signal | None:
    """Return the price level of every store, from the prices that came with its sales; None without prices.

    With categories it is the mean of the logarithms over the categories that have a price on the day. Usual is the
    nearest value within the range of the weeks before the last two, so that a new price does not become usual at once,
    less what a promotion of the calendar takes off.
    """
    day = epoch_days(sales["date"]) - first_day
    price, store = floats(sales["price"]), codes_in(sales["store_id"], store_ids)
    use = (day >= 0) & (day < n_days) & (store >= 0) & np.isfinite(price) & (price > 0)
    if not use.any():
        return None
    total, count = np.zeros((len(store_ids), n_days)), np.zeros((len(store_ids), n_days))
    np.add.at(total, (store[use], day[use]), np.log(price[use]))
    np.add.at(count, (store[use], day[use]), 1.0)
    level = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    promoted, cut = promoted_cut(level, promotions, places, store_ids, first_day)
    spec, usual = SPEC_BY_NAME["price"], np.full_like(level, np.nan)
    for start in range(0, len(level), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        usual[block] = _nearest_in_range(level[block], promoted[block], cut[block])
    spread = np.where(np.isfinite(usual), spec.least_spread, np.nan)
    return Signal(
        spec, "", np.arange(len(level)), np.exp(level), usual, spread, *dose_and_activity(level - usual, spread, spec)
    )


def promoted_cut(
    level: FloatArray, promotions: pa.Table, places: Places, store_ids: pa.Array, first_day: int
) -> tuple[BoolArray, FloatArray]:
    """Return where prices may be a promotion's rather than usual, and by how much (log) each is lower for it.

    That is what the price fell by when a promotion of a known depth began, up to its depth, until it ends. A cut on
    another day is not the promotion's, nor is what goes beyond its depth. What lasts for weeks is a price.

    Parameters
    ----------
    level
        (stores, days) logarithm of the price; NaN where not known.
    """
    n_days = level.shape[1]
    longest, before = CUT_DAYS
    promoted, cut = np.zeros(level.shape, dtype=bool), np.zeros_like(level)
    begin, end = (epoch_days(promotions[c]) - first_day for c in ("start_date", "end_date"))
    depth = np.clip(np.nan_to_num(floats(promotions["depth"])), 0.0, DEEPEST_CUT)
    store, is_single = codes_in(promotions["store_id"], store_ids), promotions["store_id"].is_valid().to_numpy()
    asked = np.flatnonzero((begin < n_days) & (end >= 0) & (depth > 0) & (~is_single | (store >= 0)))
    covered = [
        store[k : k + 1] if is_single[k] else np.flatnonzero(in_scope(promotions, int(k), places)) for k in asked
    ]
    for k, stores in zip(asked, covered, strict=True):
        stop = max(min(end[k] + 1, begin[k] + PRICE_RANGE_LAG_DAYS), 0)
        promoted[stores, max(begin[k], 0) : stop] = True
    unpromoted = np.where(promoted, np.nan, level)
    for k, stores in zip(asked, covered, strict=True):
        if begin[k] < before:
            continue
        days = slice(int(begin[k]), int(min(end[k] + 1, begin[k] + longest)))
        earlier, during = unpromoted[stores, days.start - before : days.start], level[stores, days]
        fell = known_or_zero(_last_known(earlier) - _last_known(during[:, ::-1]))
        own = np.clip(fell, 0.0, -np.log1p(-depth[k]))
        cut[stores, days] = np.maximum(cut[stores, days], own[:, None])
    return promoted, cut


def _last_known(values: FloatArray) -> FloatArray:
    """Return the last known value of each row; NaN where none is."""
    at = np.where(np.isfinite(values), np.arange(values.shape[1]), -1).max(axis=1, initial=-1)
    return np.where(at >= 0, values[np.arange(len(values)), at], np.nan)


def _nearest_in_range(level: FloatArray, promoted: BoolArray, cut: FloatArray) -> FloatArray:
    """Return what is usual: of days without promotion where enough are known, of all days otherwise."""
    usual = np.full_like(level, np.nan)
    if level.shape[1] <= USUAL_DAYS:
        return usual
    every, rest = (
        sliding_window_view(values, USUAL_DAYS, axis=1)[:, :-1, :-PRICE_RANGE_LAG_DAYS]
        for values in (level, np.where(promoted, np.nan, level))
    )
    known = np.isfinite(rest).sum(axis=2)
    earlier = np.where((known >= LEAST_KNOWN_DAYS)[..., None], rest, every)
    known = np.isfinite(earlier).sum(axis=2)
    low, high = (quantile(earlier, known, q) for q in PRICE_RANGE)
    less = cut[:, USUAL_DAYS:]
    usual[:, USUAL_DAYS:] = np.clip(level[:, USUAL_DAYS:] + less, low, high) - less
    return usual
