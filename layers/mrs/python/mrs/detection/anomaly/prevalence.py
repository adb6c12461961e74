"""How much is going on in a chain: the share of its store-days with an event lately, by the classifier's own word.

A probability holds beside a base rate. What is learned from plantings holds where `BASE_RATE` of the store-days have an
event; where more have, the same evidence is worth more. The share is read off how many store-days reach a high score,
of which the plantings say how many quiet and how many planted ones do (Lipton, Wang and Smola, 2018: black box shift
estimation).

Quiet days differ by season too: where fewer of them than in the past reach a middling score, a high one is less often
chance. Only fewer: more may as well be small events, and what stands beside them.

Both are unknown, and a few weeks tell little: a week holds a few events, each of several days and stores. So each pair
of values is weighed by its prior and by how likely it makes what was seen, of which a week counts for no more than
`PREVALENCE_WEEK_STORE_DAYS`, and the share that is returned is the mean over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mrs.arrays import FloatArray
from mrs.detection.params import (
    AS_CALM,
    BASE_RATE,
    CALM_RANGE,
    CALM_SPREAD,
    MIDDLING,
    PREVALENCE_HALF_LIFE_DAYS,
    PREVALENCE_RANGE,
    PREVALENCE_SPREAD,
    PREVALENCE_USUAL,
    PREVALENCE_WEEK_STORE_DAYS,
)

LEAST_CHANCE = 1e-6
"""Chance below which no kind of score is taken to be, so that its logarithm is one."""


@dataclass(frozen=True)
class HighScores:
    """How often days have a high and a middling score in a chain.

    Parameters
    ----------
    level
        That score, at `BASE_RATE`.
    quiet, planted
        Share of quiet days and of days with an event that reach it.
    middling_quiet, middling_planted
        Share of quiet days and of days with an event whose score is in `MIDDLING`; 0 where that is not known.
    """

    level: float
    quiet: float
    planted: float
    middling_quiet: float = 0.0
    middling_planted: float = 0.0


@dataclass(frozen=True)
class _Pairs:
    """Shares of store-days with an event, and for each how calm quiet days may be: G each.

    Parameters
    ----------
    share, calm
        The share, and how many quiet days have a high or middling score for each that had one in the past.
    prior
        Log of how likely the pair is before anything was seen, but for a constant.
    worth
        The share of days with an event at which a score is worth as much.
    """

    share: FloatArray
    calm: FloatArray
    prior: FloatArray
    worth: FloatArray


def prevalence(score: FloatArray, usual: HighScores) -> FloatArray:
    """Return T: the share of store-days with an event at which scores hold, from the days before each day alone.

    Its odds are those of an event, over how many of the past's quiet days there are lately that look like one.

    Parameters
    ----------
    score
        S×T, probability at `BASE_RATE` that a day is anomalous; NaN where nothing is known.
    usual
        How often days are that high.
    """
    pairs = _pairs(usual.middling_quiet > 0)
    chance = _log_chances(pairs, usual)
    keep = 0.5 ** (1.0 / PREVALENCE_HALF_LIFE_DAYS)
    score = np.nan_to_num(score, nan=-1.0)
    high = score >= usual.level
    middling = ~high & (score >= MIDDLING[0]) & (score < MIDDLING[1]) & (usual.middling_quiet > 0)
    by_day = np.array(
        [which.sum(axis=0) for which in (high, middling, (score >= 0.0) & ~high & ~middling)], dtype=float
    )
    out, seen, weeks = np.empty(score.shape[1]), np.zeros(len(by_day)), 0.0
    for day in range(len(out)):
        told = min(1.0, PREVALENCE_WEEK_STORE_DAYS * weeks / max(seen.sum(), 1e-9))
        weight = pairs.prior + told * (seen @ chance)
        out[day] = np.average(pairs.worth, weights=np.exp(weight - weight.max()))
        seen = keep * seen + by_day[:, day]
        weeks = keep * weeks + by_day[:, day].any() / 7
    return out


@lru_cache(maxsize=2)
def _pairs(calm_is_known: bool) -> _Pairs:
    """Return the pairs that are weighed: shares around the usual one, and how calm quiet days are, from 1 down."""
    odds = np.log(np.geomspace(*PREVALENCE_RANGE, 40))
    odds -= np.log1p(-np.exp(odds))
    calm = np.geomspace(*CALM_RANGE, 20) if calm_is_known else np.ones(1)
    usual = np.log(PREVALENCE_USUAL / (1.0 - PREVALENCE_USUAL))
    of_odds = -0.5 * ((odds - usual) / PREVALENCE_SPREAD) ** 2
    of_calm = np.exp(-0.5 * (np.log(calm) / CALM_SPREAD) ** 2)
    of_calm *= (1.0 - AS_CALM) / of_calm.sum()
    of_calm[-1] += AS_CALM
    prior = (of_odds[:, None] + np.log(of_calm)).ravel()
    odds, calm = (v.ravel() for v in np.meshgrid(odds, calm, indexing="ij"))
    return _Pairs(_share(odds), calm, prior, _share(odds - np.log(calm)))


def _share(odds: FloatArray) -> FloatArray:
    return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def _log_chances(pairs: _Pairs, usual: HighScores) -> FloatArray:
    """Return 3×G: the log of how often a day has a high, a middling and any other score, at each pair."""
    planted, quiet = pairs.share, (1.0 - pairs.share) * pairs.calm
    high = planted * usual.planted + quiet * usual.quiet
    middling = planted * usual.middling_planted + quiet * usual.middling_quiet
    return np.log(np.maximum([high, middling, 1.0 - high - middling], LEAST_CHANCE))


def at_prevalence(chance: FloatArray, share: FloatArray) -> FloatArray:
    """Return what probabilities at `BASE_RATE` are where another share of store-days has an event."""
    odds = chance * share / (1.0 - share) * (1.0 - BASE_RATE) / BASE_RATE
    return np.asarray(odds / (odds + 1.0 - chance))
