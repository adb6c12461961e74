"""Deviations of all stores of the run at once: an event of the whole chain, or a feed that was loaded wrongly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import MAD_TO_SIGMA, BoolArray, FloatArray

LEAST_SPREAD = 0.04
HOLIDAY_FACTOR = 1.5
HALFWAY, STEEPNESS = 6.0, 1.5
RUN_DAYS = 3
RUN_FACTOR = 1.3
MULTIPLES = (2.0, 3.0, 10.0, 100.0, 1000.0)
MULTIPLE_WITHIN = 0.03
AGREE_WITHIN = 1.1
"""Median distance from what all share, in usual spreads: 0.67 where each store's own noise is all that differs."""
SMALL_COUNT = 50.0
"""Whole numbers below this are counts, which repeat by chance."""
REPEATED_LAGS = (1, 7)
REPEATED_SHARE = 0.3
SPREAD_DAYS, SPREAD_SHARE = 21, 0.5
LEAST_STORES = 10
MULTIPLIED, REPEATED = "multiplied_feed", "repeated_feed"


@dataclass(frozen=True)
class ChainDay:
    """What is known of T days of the whole chain.

    Parameters
    ----------
    up, down
        T, probability that the chain as a whole sold too much or too little.
    multiplied
        T, the shift is a round multiple, as when a feed is loaded twice or in another unit.
    """

    up: FloatArray
    down: FloatArray
    multiplied: BoolArray


def agreement(deviation: FloatArray, sigma: FloatArray, common: FloatArray) -> BoolArray:
    """Return T: whether the stores differ from what they share no more than they usually do.

    A feed that is loaded twice multiplies every store alike. A day on which some stores double and others triple is
    no fault of a feed, whatever its median is.

    Parameters
    ----------
    deviation, sigma
        S×T of the reference stores, log deviation (NaN where nothing is known) and its usual spread.
    common
        T, what all stores share on a day (log).
    """
    if not len(deviation):
        return np.ones(len(common), dtype=bool)
    size = np.abs(deviation - common[None, :]) / sigma
    known = ~np.isnan(size)
    ordered = np.sort(np.where(known, size, np.inf), axis=0)
    middle = ordered[np.maximum((known.sum(axis=0) - 1) // 2, 0), np.arange(len(common))]
    return np.asarray(middle <= AGREE_WITHIN)


def chain_days(common: FloatArray, near_holiday: BoolArray, agree: BoolArray | None = None) -> ChainDay:
    """Return how unusual each day's common part is against the days before it, alone or as a run of days.

    Parameters
    ----------
    common
        T, what all stores share on a day (log); 0 where nothing is known.
    near_holiday
        T, days near a holiday, on which chains swing further.
    agree
        T, whether the stores agree on it; None: they always do.
    """
    days = len(common)
    padded = np.concatenate([np.full(days, np.nan), np.where(common == 0, np.nan, np.abs(common))])
    windows = np.lib.stride_tricks.sliding_window_view(padded, days)[:days]
    count = np.sum(~np.isnan(windows), axis=1)
    ordered = np.sort(np.where(np.isnan(windows), np.inf, windows), axis=1)
    middle = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[:, None], axis=1)[:, 0]
    spread = np.maximum(np.where(count >= 14, MAD_TO_SIGMA * np.where(np.isinf(middle), 0, middle), 0.1), LEAST_SPREAD)
    spread = spread * np.where(near_holiday, HOLIDAY_FACTOR, 1.0)
    strength = common / spread
    for length in range(2, RUN_DAYS + 1):
        recent = np.stack([np.concatenate([np.zeros(k), common[: days - k]]) for k in range(length)])
        same = np.all(recent > 0, axis=0) | np.all(recent < 0, axis=0)
        run = np.where(same, recent.mean(axis=0) * np.sqrt(length) / (RUN_FACTOR * spread), 0.0)
        strength = np.where(np.abs(run) > np.abs(strength), run, strength)
    near = [np.abs(np.abs(common) - np.log(m)) <= MULTIPLE_WITHIN for m in MULTIPLES]
    multiplied = np.any(near, axis=0) if agree is None else np.any(near, axis=0) & agree
    return ChainDay(_probability(strength), _probability(-strength), multiplied)


def _probability(strength: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-STEEPNESS * (strength - HALFWAY))))


def repeated_days(observed: FloatArray, settled: BoolArray) -> BoolArray:
    """Return S×T: True where many stores at once repeat an earlier day's value, as in a feed shifted by days.

    Where most days of the last weeks do so, no single day is at fault: the feed is not daily, but spread over days.
    """
    out = np.zeros(observed.shape, dtype=bool)
    sold = np.nan_to_num(observed)
    trading = (sold > 0) & ~((sold < SMALL_COUNT) & (sold == np.round(sold)))
    for lag in REPEATED_LAGS:
        same, both = np.zeros(observed.shape, dtype=bool), np.zeros(observed.shape, dtype=bool)
        same[:, lag:] = (observed[:, lag:] == observed[:, :-lag]) & trading[:, lag:]
        both[:, lag:] = trading[:, lag:] & trading[:, :-lag]
        count = both[settled].sum(axis=0)
        often = (count >= LEAST_STORES) & (same[settled].sum(axis=0) >= REPEATED_SHARE * np.maximum(count, 1))
        out |= same & often[None, :]
    hits = np.concatenate([np.zeros(SPREAD_DAYS), np.cumsum(out.any(axis=0))])
    lately = hits[SPREAD_DAYS:] - hits[:-SPREAD_DAYS]
    return np.asarray(out & (lately < SPREAD_SHARE * SPREAD_DAYS)[None, :])
