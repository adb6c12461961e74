"""The threshold that an alert budget asks for: how many of a quiet past's store-days reports would have covered."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.calibration.params import (
    COUNTED_STORE_DAYS,
    DAYS_COVERED,
    FOLD_DAYS,
    LEAST_PERIODS,
    OPEN_SCORE_RANGE,
    OPEN_SCORE_STEPS,
    TAIL_CLIP,
    TAIL_PRIOR_DAYS,
    TAIL_SHARE,
    TAIL_USUAL_EXCESS,
)


def threshold_of(
    score: FloatArray,
    direction: IntArray,
    ripe: BoolArray,
    budget: float,
    carried: float,
    close_after: int,
    usual: float,
    caution: float = 1.0,
) -> tuple[float, float]:
    """Return the score from which reports cover no more than a budget, and the share of the past that they cover then.

    Days to come hold surprises that a past which is known has not, the more the less even that past was: the mean
    share of its fortnights and `caution` standard errors of that mean together may fill the budget. Where there are
    too few days for that, the threshold is read off the tail of the scores, and drawn to the usual one, the more the
    fewer they are; but not below what the past itself allows.

    Parameters
    ----------
    score, direction, ripe
        S×D: the score, its side, and whether a report could open.
    budget
        Share of the ripe store-days.
    carried
        The share of the opening score that carries a report on.
    close_after
        Days without an anomaly after which a report closes.
    usual
        The score that the threshold of the shipped trees has become.
    caution
        Standard errors; more where less of what a year holds has been seen.
    """
    total = int(ripe.sum())
    periods = [span for span in _periods(score.shape[1]) if ripe[:, span].any()]

    def share(level: float, days: slice = slice(None)) -> float:
        count = covered(score[:, days], direction[:, days], ripe[:, days], level, carried * level, close_after)
        return count / int(ripe[:, days].sum())

    def to_expect(level: float) -> float:
        shares = np.array([share(level, days) for days in periods])
        return float(shares.mean() + caution * shares.std(ddof=1) / np.sqrt(len(shares)))

    known = min(budget * total / COUNTED_STORE_DAYS, len(periods) / LEAST_PERIODS)
    if known >= 1:
        level = _lowest(to_expect, budget)
        return level, share(level)
    own = _by_tail(score[ripe], budget)
    drawn = _chance(known * _odds(own) + (1 - known) * _odds(usual))
    level = max(round(drawn, 4), _lowest(share, max(budget, DAYS_COVERED / total)))
    return level, share(level)


def _lowest(share: Callable[[float], float], budget: float) -> float:
    """Return the lowest level whose share is within a budget, of a share that falls as the level rises."""
    low, high = map(_odds, OPEN_SCORE_RANGE)
    for _ in range(OPEN_SCORE_STEPS):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if share(_chance(middle)) > budget else (low, middle)
    return round(_chance(high), 4)


def _periods(days: int) -> list[slice]:
    """Return the days in periods of about a fortnight."""
    edges = np.linspace(0, days, max(days // FOLD_DAYS, 1) + 1).astype(int)
    return [slice(int(first), int(last)) for first, last in pairwise(edges)]


def _chance(odds: float) -> float:
    return float(1.0 / (1.0 + np.exp(-odds)))


def _odds(chance: float) -> float:
    return float(np.log(chance / (1.0 - chance)))


def _by_tail(scores: FloatArray, budget: float) -> float:
    """Return the level that an exponential tail of the log odds puts at the budget (peaks over a threshold)."""
    clipped = np.clip(scores, TAIL_CLIP, 1 - TAIL_CLIP)
    odds = np.sort(np.log(clipped / (1 - clipped)))
    start = float(np.quantile(odds, 1 - TAIL_SHARE))
    over = odds[odds > start] - start
    excess = (over.sum() + TAIL_PRIOR_DAYS * TAIL_USUAL_EXCESS) / (len(over) + TAIL_PRIOR_DAYS)
    level = _chance(start + excess * np.log(TAIL_SHARE / (budget / DAYS_COVERED)))
    return round(float(np.clip(level, *OPEN_SCORE_RANGE)), 4)


def covered(
    score: FloatArray, direction: IntArray, ripe: BoolArray, opens: float, lasts: float, close_after: int
) -> int:
    """Return how many store-days reports would cover, first to last day, those between included."""
    stores, days = score.shape
    side, last = np.zeros(stores, dtype=np.int64), np.zeros(stores, dtype=np.int64)
    total = 0
    for day in range(days):
        hot = np.where(ripe[:, day] & (score[:, day] >= lasts), direction[:, day], 0)
        goes_on = (side != 0) & (hot == side)
        begins = ~goes_on & (hot != 0) & (score[:, day] >= opens)
        total += int(np.sum(day - last[goes_on])) + int(begins.sum())
        last = np.where(goes_on | begins, day, last)
        ends = (side != 0) & ~goes_on & ((day - last >= close_after) | begins)
        side = np.where(begins, hot, np.where(ends, 0, side))
    return total
