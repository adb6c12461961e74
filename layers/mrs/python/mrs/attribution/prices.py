"""The price level of every store, against its range on earlier days, less what promotions of the calendar take off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.lib.stride_tricks import sliding_window_view

from mrs.arrays import BoolArray, FloatArray, IntArray, codes_in, epoch_days, floats, known_or_zero
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
    planned = Planned.of(level, promotions, places, store_ids, first_day)
    spec, usual = SPEC_BY_NAME["price"], np.full_like(level, np.nan)
    for start in range(0, len(level), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        usual[block] = _nearest_in_range(level[block], planned.rows(block))
    spread = np.where(np.isfinite(usual), spec.least_spread, np.nan)
    return Signal(
        spec, "", np.arange(len(level)), np.exp(level), usual, spread, *dose_and_activity(level - usual, spread, spec)
    )


@dataclass(frozen=True)
class Planned:
    """What promotions of a known depth take off the prices, (stores, days) each.

    That is what the price fell by when a promotion began, up to its depth, until it ends. A cut on another day is not
    the promotion's, nor is what goes beyond its depth. What lasts for weeks is a price.

    Parameters
    ----------
    cut
        By how much (log) the price is lower.
    since
        The earliest day that this rests on, so that nobody who knows more says more; infinite without a promotion,
        minus infinite where the price before is not known.
    is_new
        Whether a promotion began so lately that the price is not the usual one yet.
    """

    cut: FloatArray
    since: FloatArray
    is_new: BoolArray

    def rows(self, block: slice) -> Planned:
        """Return some of the stores."""
        return Planned(self.cut[block], self.since[block], self.is_new[block])

    @classmethod
    def of(
        cls, level: FloatArray, promotions: pa.Table, places: Places, store_ids: pa.Array, first_day: int
    ) -> Planned:
        """Return what the calendar explains of the logarithms of prices, NaN where not known."""
        n_days = level.shape[1]
        longest, before = CUT_DAYS
        cut, since, is_new = np.zeros_like(level), np.full(level.shape, np.inf), np.zeros(level.shape, dtype=bool)
        begin, end = (epoch_days(promotions[c]) - first_day for c in ("start_date", "end_date"))
        depth = np.clip(known_or_zero(floats(promotions["depth"])), 0.0, DEEPEST_CUT)
        store, is_single = codes_in(promotions["store_id"], store_ids), promotions["store_id"].is_valid().to_numpy()
        end = np.minimum(np.minimum(end + 1, begin + longest), n_days)
        asked = np.flatnonzero((end > np.maximum(begin, 0)) & (depth > 0) & (~is_single | (store >= 0)))
        for k in asked[np.lexsort((-depth[asked], begin[asked]))]:
            stores = store[k : k + 1] if is_single[k] else np.flatnonzero(in_scope(promotions, int(k), places))
            first, last = max(int(begin[k]), 0), int(end[k])
            is_new[stores, first : max(min(last, int(begin[k]) + PRICE_RANGE_LAG_DAYS), first)] = True
            earlier = max(int(begin[k]) - before, 0)
            at = earlier + _last_known(level[stores, earlier : max(int(begin[k]), 0)])
            then = last - 1 - _last_known(level[stores, first:last][:, ::-1])
            known = (at >= earlier) & (then < last)
            at, then = np.where(known, at, 0), np.where(known, then, 0)
            fell = level[stores, at] + cut[stores, at] - level[stores, then] - cut[stores, then]
            own = np.where(known, np.clip(known_or_zero(fell), 0.0, -np.log1p(-depth[k])), 0.0)
            rests_on = np.minimum(np.minimum(at, since[stores, at]), since[stores, then])
            rests_on = np.where(known, rests_on, -np.inf)[:, None]
            cut[stores, first:last] += own[:, None]
            since[stores, first:last] = np.minimum(since[stores, first:last], rests_on)
        return cls(cut, since, is_new)


def _last_known(values: FloatArray) -> IntArray:
    """Return the last known column of each row; -1 where none is."""
    return np.asarray(np.where(np.isfinite(values), np.arange(values.shape[1]), -1).max(axis=1, initial=-1))


def _nearest_in_range(level: FloatArray, planned: Planned) -> FloatArray:
    """Return what is usual: the nearest price within the range of earlier days, without what was planned then.

    Days of a promotion that began before anything is known are left out if enough others are known.
    """
    usual = np.full_like(level, np.nan)
    if level.shape[1] <= USUAL_DAYS:
        return usual
    every, cut, since = (_windows(values) for values in (level, planned.cut, planned.since))
    is_new = _windows(planned.is_new.astype(float)) > 0
    start = np.arange(level.shape[1] - USUAL_DAYS)
    rest = np.where(is_new, np.where(since >= start[:, None], every + cut, np.nan), every)
    enough = np.isfinite(rest).sum(axis=2) >= LEAST_KNOWN_DAYS
    earlier = np.where(enough[..., None], rest, every)
    known = np.isfinite(earlier).sum(axis=2)
    low, high = (quantile(earlier, known, q) for q in PRICE_RANGE)
    less = np.where(planned.since[:, USUAL_DAYS:] >= start, planned.cut[:, USUAL_DAYS:], 0.0)
    usual[:, USUAL_DAYS:] = np.clip(level[:, USUAL_DAYS:] + less, low, high) - less
    return usual


def _windows(values: FloatArray) -> FloatArray:
    """Return (stores, days, days before each day that tell what is usual)."""
    return np.asarray(sliding_window_view(values, USUAL_DAYS, axis=1)[:, :-1, :-PRICE_RANGE_LAG_DAYS])
