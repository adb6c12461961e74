"""How much is going on in a chain: the share of its store-days with an event lately, by the classifier's own word.

A probability holds beside a base rate. What is learned from plantings holds where `BASE_RATE` of the store-days have an
event; where more have, the same evidence is worth more. The share is read off how many store-days reach a high score,
of which the plantings say how many quiet and how many planted ones do (Lipton, Wang and Smola, 2018: black box shift
estimation), as far as that can be told in this chain.

Quiet days differ by season too: where fewer of them than in the past reach a middling score, a high one is less often
chance. Only fewer: more may as well be small events, and what stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import FloatArray
from mrs.detection.params import (
    BASE_RATE,
    CALM_PRIOR_STORE_DAYS,
    CALMEST,
    MIDDLING,
    PREVALENCE_HALF_LIFE_DAYS,
    PREVALENCE_RANGE,
)


@dataclass(frozen=True)
class HighScores:
    """How often days have a high and a middling score in a chain.

    Parameters
    ----------
    level
        That score, at `BASE_RATE`.
    quiet, planted
        Share of quiet days and of days with an event that reach it.
    trust
        Weight, 0 to 1, of what they tell beside `BASE_RATE`: less where quiet weeks differ or few events reach it.
    middling_quiet, middling_planted
        Share of quiet days and of days with an event whose score is in `MIDDLING`; 0 where that is not known.
    """

    level: float
    quiet: float
    planted: float
    trust: float
    middling_quiet: float = 0.0
    middling_planted: float = 0.0


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
    keep = 0.5 ** (1.0 / PREVALENCE_HALF_LIFE_DAYS)
    score = np.nan_to_num(score, nan=-1.0)
    counted = (score >= usual.level, (score >= MIDDLING[0]) & (score < MIDDLING[1]), score >= 0.0)
    by_day = np.array([which.sum(axis=0) for which in counted], dtype=np.float64)
    out, seen = np.full(score.shape[1], BASE_RATE), np.zeros(3)
    for day in range(1, len(out)):
        seen = keep * seen + by_day[:, day - 1]
        high, middling, count = seen
        if count:
            told = (high / count - usual.quiet) / (usual.planted - usual.quiet)
            share = float(np.clip(usual.trust * told + (1.0 - usual.trust) * BASE_RATE, *PREVALENCE_RANGE))
            odds = share / (1.0 - share) / calm(middling, count, share, usual)
            out[day] = odds / (1.0 + odds)
    return out


def calm(middling: float, count: float, share: float, usual: HighScores) -> float:
    """Return how many quiet days have a middling score for each that had one in the past; 1 if not fewer.

    Parameters
    ----------
    middling, count
        Store-days with such a score, and all.
    share
        The share of these that have an event.
    usual
        How often days of either kind have one.
    """
    quiet, planted = count * (1.0 - share) * usual.middling_quiet, count * share * usual.middling_planted
    if not quiet:
        return 1.0
    trust = quiet / (quiet + planted + CALM_PRIOR_STORE_DAYS)
    return float(np.clip((middling - planted) / quiet, CALMEST, 1.0) ** trust)


def at_prevalence(chance: FloatArray, share: FloatArray) -> FloatArray:
    """Return what probabilities at `BASE_RATE` are where another share of store-days has an event."""
    odds = chance * share / (1.0 - share) * (1.0 - BASE_RATE) / BASE_RATE
    return np.asarray(odds / (odds + 1.0 - chance))
