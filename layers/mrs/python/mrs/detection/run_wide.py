"""Deviations of all stores of the run at once: an event of the whole chain, or a feed that was loaded wrongly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import BoolArray, FloatArray
from mrs.detection.anomaly.evidence import common_spread
from mrs.detection.params import (
    AGREE_WITHIN,
    CHAIN_HALFWAY,
    CHAIN_HOLIDAY_FACTOR,
    CHAIN_RUN_DAYS,
    CHAIN_RUN_FACTOR,
    CHAIN_STEEPNESS,
    MULTIPLE_WITHIN,
    MULTIPLES,
    REPEATED_LAGS,
    REPEATED_LEAST_STORES,
    REPEATED_SHARE,
    REPEATED_TIES_FACTOR,
    SPREAD_FEED_DAYS,
    SPREAD_FEED_SHARE,
)

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


def chain_days(
    common: FloatArray, near_holiday: BoolArray, agree: BoolArray | None = None, halfway: float = CHAIN_HALFWAY
) -> ChainDay:
    """Return how unusual each day's common part is against the days before it, alone or as a run of days.

    Parameters
    ----------
    common
        T, what all stores share on a day (log); 0 where nothing is known.
    near_holiday
        T, days near a holiday, on which chains swing further.
    agree
        T, whether the stores agree on it; None if they always do.
    halfway
        How many usual spreads are as likely as not an event.
    """
    strength = chain_strength(common, near_holiday)
    near = [np.abs(np.abs(common) - np.log(m)) <= MULTIPLE_WITHIN for m in MULTIPLES]
    multiplied = np.any(near, axis=0) if agree is None else np.any(near, axis=0) & agree
    return ChainDay(_probability(strength, halfway), _probability(-strength, halfway), multiplied)


def chain_strength(common: FloatArray, near_holiday: BoolArray) -> FloatArray:
    """Return T: how many usual spreads each day's common part is away, alone or as the end of a run of days."""
    days = len(common)
    spread = common_spread(common)
    spread = spread * np.where(near_holiday, CHAIN_HOLIDAY_FACTOR, 1.0)
    strength = common / spread
    for length in range(2, CHAIN_RUN_DAYS + 1):
        recent = np.stack([np.concatenate([np.zeros(k), common[: days - k]]) for k in range(length)])
        same = np.all(recent > 0, axis=0) | np.all(recent < 0, axis=0)
        run = np.where(same, recent.mean(axis=0) * np.sqrt(length) / (CHAIN_RUN_FACTOR * spread), 0.0)
        strength = np.where(np.abs(run) > np.abs(strength), run, strength)
    return strength


def _probability(strength: FloatArray, halfway: float) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-CHAIN_STEEPNESS * (strength - halfway))))


def repeated_days(observed: FloatArray, settled: BoolArray) -> BoolArray:
    """Return S×T: True where many stores at once repeat an earlier day's value, as in a feed shifted by days.

    Where most days of the last weeks do so, no single day is at fault: the feed is not daily, but spread over days.

    Small counts tie by chance, so the share of ties is compared with that of the days before.
    """
    out = np.zeros(observed.shape, dtype=bool)
    trading = np.nan_to_num(observed) > 0
    for lag in REPEATED_LAGS:
        same, both = np.zeros(observed.shape, dtype=bool), np.zeros(observed.shape, dtype=bool)
        same[:, lag:] = (observed[:, lag:] == observed[:, :-lag]) & trading[:, lag:]
        both[:, lag:] = trading[:, lag:] & trading[:, :-lag]
        count, ties = both[settled].sum(axis=0), same[settled].sum(axis=0)
        before = (np.cumsum(ties) - ties) / np.maximum(np.cumsum(count) - count, 1)
        often = (count >= REPEATED_LEAST_STORES) & (
            ties >= (REPEATED_SHARE + REPEATED_TIES_FACTOR * before) * np.maximum(count, 1)
        )
        out |= same & often[None, :]
    hits = np.concatenate([np.zeros(SPREAD_FEED_DAYS), np.cumsum(out.any(axis=0))])
    lately = hits[SPREAD_FEED_DAYS:] - hits[:-SPREAD_FEED_DAYS]
    return np.asarray(out & (lately < SPREAD_FEED_SHARE * SPREAD_FEED_DAYS)[None, :])
