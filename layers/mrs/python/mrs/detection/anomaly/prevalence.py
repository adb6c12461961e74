"""How much is going on in a chain: the share of its store-days with an event lately, by the classifier's own word.

A probability holds beside a base rate. What is learned from plantings holds where `BASE_RATE` of the store-days have an
event; where more have, the same evidence is worth more. The share is read off how many store-days reach a high score,
of which the plantings say how many quiet and how many planted ones do (Lipton, Wang and Smola, 2018: black box shift
estimation), as far as that can be told in this chain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import FloatArray
from mrs.detection.params import BASE_RATE, PREVALENCE_HALF_LIFE_DAYS, PREVALENCE_RANGE


@dataclass(frozen=True)
class HighScores:
    """How often days reach a high score in a chain.

    Parameters
    ----------
    level
        That score, at `BASE_RATE`.
    quiet, planted
        Share of quiet days and of days with an event that reach it.
    trust
        Weight, 0 to 1, of what they tell beside `BASE_RATE`: less where quiet weeks differ or few events reach it.
    """

    level: float
    quiet: float
    planted: float
    trust: float


def prevalence(score: FloatArray, usual: HighScores) -> FloatArray:
    """Return T: the share of store-days with an event, from the days before each day alone.

    Parameters
    ----------
    score
        S×T, probability at `BASE_RATE` that a day is anomalous; NaN where nothing is known.
    usual
        How often days are that high.
    """
    keep = 0.5 ** (1.0 / PREVALENCE_HALF_LIFE_DAYS)
    reached, known = np.sum(np.nan_to_num(score) >= usual.level, axis=0), np.sum(~np.isnan(score), axis=0)
    out = np.full(score.shape[1], BASE_RATE)
    high, count = 0.0, 0.0
    for day in range(1, len(out)):
        high, count = keep * high + reached[day - 1], keep * count + known[day - 1]
        if count:
            seen = (high / count - usual.quiet) / (usual.planted - usual.quiet)
            out[day] = usual.trust * seen + (1.0 - usual.trust) * BASE_RATE
    return np.asarray(np.clip(out, *PREVALENCE_RANGE))


def at_prevalence(chance: FloatArray, share: FloatArray) -> FloatArray:
    """Return what probabilities at `BASE_RATE` are where another share of store-days has an event."""
    odds = chance * share / (1.0 - share) * (1.0 - BASE_RATE) / BASE_RATE
    return np.asarray(odds / (odds + 1.0 - chance))
