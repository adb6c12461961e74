"""What a cause model returns, and how probabilities behave when a cause could not be seen at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrs.arrays import FloatArray, IntArray
from mrs.attribution.signal_specs import CAUSES, SIGNAL_CAUSES
from mrs.contracts import Cause

_UNKNOWN = CAUSES.index(Cause.UNKNOWN)


@dataclass(frozen=True)
class Proposals:
    """Probabilities of the causes, and where they come from.

    Parameters
    ----------
    confidence
        (reports, causes) in the order of `CAUSES`; each row sums to 1.
    weight
        (reports, causes, signal causes + 1) what the signals of each cause (and, last, the look of the deviation
        itself) add to the log odds of a cause against the mean of all causes.
    """

    confidence: FloatArray
    weight: FloatArray


def softmax(odds: FloatArray) -> FloatArray:
    """Return probabilities that are proportional to exp(odds), by row."""
    shifted = np.exp(odds - odds.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def within_sight(confidence: FloatArray, allowed: NDArray[np.bool_]) -> FloatArray:
    """Give what a cause that cannot be seen would have got to `unknown`: others gain nothing by its absence."""
    seen = np.where(allowed, confidence, 0.0)
    seen[:, _UNKNOWN] += np.where(allowed, 0.0, confidence).sum(axis=1)
    return np.asarray(seen / seen.sum(axis=1, keepdims=True))


def no_weight(n: int) -> FloatArray:
    """Return weights of 0."""
    return np.zeros((n, len(CAUSES), len(SIGNAL_CAUSES) + 1))


def pooled_odds(odds: FloatArray, event: IntArray, share: float) -> FloatArray:
    """Return log odds of which `share` is the mean over the event: the reports of one event have one cause."""
    if not len(odds):
        return odds
    count = np.bincount(event).astype(float)
    mean = np.column_stack([np.bincount(event, weights=column) for column in odds.T]) / np.maximum(count, 1.0)[:, None]
    return np.asarray((1 - share) * odds + share * mean[event])
