"""What a cause model returns, and how probabilities behave when a cause could not be seen at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrs.arrays import FloatArray, IntArray
from mrs.attribution.params import BOTH_UP_SAYS, LEAST_UNEXPLAINED, SILENCE_SAYS
from mrs.attribution.signal_specs import BROUGHT_BY, CAUSES, MISTAKEN_FOR, SIGNAL_CAUSES, UP_BY_CHANCE
from mrs.contracts import Cause

NOTHING_SHARED: Mapping[str, float] = dict.fromkeys(MISTAKEN_FOR, 0.0)
"""The shares of a version that has none."""
LEAST_ODDS = 1e-12
"""Probability below which the odds between two causes do not fall."""
_UNKNOWN, _FAULT, _DISRUPTION = (CAUSES.index(c) for c in (Cause.UNKNOWN, Cause.DATA_QUALITY, Cause.STORE_DISRUPTION))


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


def between_rivals(confidence: FloatArray, together: FloatArray, better: FloatArray) -> FloatArray:
    """Weigh each pair of `BROUGHT_BY` again where the signals of both were up; what the two have together stays.

    One of them brings the signal of the other, too: that this is up says less of it there, and what tells them apart is
    whose course over the days is that of the sales.

    Parameters
    ----------
    together, better
        (reports, pairs) as `mrs.attribution.features.rivals` returns them.
    """
    out = confidence.copy()
    for k, (effect, cause) in enumerate(BROUGHT_BY.items()):
        pair = [CAUSES.index(effect), CAUSES.index(cause)]
        odds = np.diff(np.log(np.maximum(confidence[:, pair], LEAST_ODDS)), axis=1)[:, 0]
        odds = odds * (1.0 - (1.0 - BOTH_UP_SAYS) * together[:, k]) - better[:, k] * together[:, k]
        share = softmax(np.column_stack((np.zeros(len(odds)), odds)))
        out[:, pair] = np.where(
            together[:, k, None] > 0, share * confidence[:, pair].sum(axis=1, keepdims=True), confidence[:, pair]
        )
    return out


def within_reason(
    confidence: FloatArray, possible: NDArray[np.bool_], marked: FloatArray, alone: FloatArray
) -> FloatArray:
    """Take from causes what their kind rules out; the others keep their odds among each other.

    A cause that never moves sales in the report's direction has nothing. A fault of the feed leaves a mark: without one
    a large deviation is as well a bulk order or a disaster. A disruption is one store's own: of several that fell at
    once each would have needed one. It is told by silence alone, as `unknown` is, so neither is sure beside the other.

    Parameters
    ----------
    possible
        (reports, causes) False where a cause never moves sales in the report's direction.
    marked
        (reports,) 0 to 1, how clearly the report's days bear a mark of a broken feed.
    alone
        (reports,) one over the number of stores of the report's event, less where the stores beside them fell too.
    """
    out = np.where(possible, confidence, 0.0)
    out[:, _FAULT] *= marked
    silent = out[:, [_UNKNOWN, _DISRUPTION]]
    softened = silent**SILENCE_SAYS
    out[:, [_UNKNOWN, _DISRUPTION]] = softened * (silent.sum(axis=1) / softened.sum(axis=1))[:, None]
    out[:, _DISRUPTION] *= alone
    return np.asarray(out / out.sum(axis=1, keepdims=True))


def within_sight(
    confidence: FloatArray, allowed: NDArray[np.bool_], possible: NDArray[np.bool_], usual: FloatArray | None = None
) -> FloatArray:
    """Divide what `unknown` and the causes that cannot be seen have together; causes that can be seen gain nothing.

    Each has of it as much as it usually brings such deviations; where nothing is known of that, they share it evenly
    (principle of indifference). So a cause that cannot be seen may have more than `unknown`, which is named all the
    same (`mrs.decisions.verdict`).

    Parameters
    ----------
    allowed
        (reports, causes) False where a cause cannot be seen, because its feed is absent.
    possible
        (reports, causes) False where a cause never moves sales in the report's direction.
    usual
        (reports, causes) how often each cause brings what looks like the report, in any unit; even where not given.
    """
    pool = confidence[:, _UNKNOWN] + np.where(allowed, 0.0, confidence).sum(axis=1)
    sharing = ~allowed & possible
    sharing[:, _UNKNOWN] = True
    part = np.where(sharing, 1.0 if usual is None else usual, 0.0)
    kept = np.where(sharing, pool[:, None] * part / part.sum(axis=1, keepdims=True), np.where(allowed, confidence, 0.0))
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))


def with_unseen(
    confidence: FloatArray,
    allowed: NDArray[np.bool_],
    possible: NDArray[np.bool_],
    shares: Mapping[str, float],
    weak: FloatArray,
) -> FloatArray:
    """Give to a cause that cannot be seen its share of a seen one for which it may be mistaken; the sums stay.

    A rise of mentions says less of a viral post where nobody can see whether a campaign runs that they are about, and a
    campaign says less where nobody can see posts.

    Parameters
    ----------
    allowed, possible
        As in `within_sight`.
    shares
        By the cause whose signal it is (`MISTAKEN_FOR`), 0 to less than a half; a version may lack some.
    weak
        (reports, signal causes) as `mrs.attribution.features.chance_fits` returns it: as far as a signal fits only so,
        a share counts that chance brings (`UP_BY_CHANCE`).
    """
    out = confidence.copy()
    for effect, cause in MISTAKEN_FOR.items():
        e, c = CAUSES.index(effect), CAUSES.index(cause)
        is_mistaken = allowed[:, e] & ~allowed[:, c] & possible[:, c]
        moved = np.where(is_mistaken, shares.get(effect, 0.0), 0.0) * out[:, e]
        if effect in UP_BY_CHANCE:
            moved = moved * weak[:, SIGNAL_CAUSES.index(effect)]
        out[:, c] += moved
        out[:, e] -= moved
    return out


def with_priors(
    confidence: FloatArray, allowed: NDArray[np.bool_], possible: NDArray[np.bool_], shares: Mapping[Cause, float]
) -> FloatArray:
    """Give causes that cannot be seen the shares that somebody has set, of what nothing seen explains.

    That is what `unknown` and all causes that cannot be seen have together; those without a set share keep their odds
    among each other. Causes that can be seen are as before.

    Parameters
    ----------
    allowed, possible
        As in `within_sight`.
    shares
        0 to 1 by cause; where they leave less than `LEAST_UNEXPLAINED` for all others, they shrink alike.
    """
    said = np.array([shares.get(cause, np.nan) for cause in CAUSES])
    unseen = ~allowed & possible
    named = unseen & ~np.isnan(said)
    others = unseen & ~named
    others[:, _UNKNOWN] = True
    left = np.where(others, confidence, 0.0)
    pool = np.where(named | others, confidence, 0.0).sum(axis=1)
    given = np.where(named, said, 0.0)
    given = given * np.minimum(1.0, (1.0 - LEAST_UNEXPLAINED) / np.maximum(given.sum(axis=1), LEAST_ODDS))[:, None]
    rest = pool * (1.0 - given.sum(axis=1)) / np.maximum(left.sum(axis=1), LEAST_ODDS)
    told = np.where(named, given * pool[:, None], np.where(others, confidence * rest[:, None], confidence))
    return np.where((left[:, _UNKNOWN] > 0)[:, None] & named.any(axis=1)[:, None], told, confidence)


def no_weight(n: int) -> FloatArray:
    """Return weights of 0."""
    return np.zeros((n, len(CAUSES), len(SIGNAL_CAUSES) + 1))


def pooled_odds(odds: FloatArray, event: IntArray, share: float) -> FloatArray:
    """Return log odds shrunk by `share` toward the event's mean, because the reports of one event have one cause."""
    if not len(odds):
        return odds
    count = np.bincount(event).astype(float)
    mean = np.column_stack([np.bincount(event, weights=column) for column in odds.T]) / np.maximum(count, 1.0)[:, None]
    return np.asarray((1 - share) * odds + share * mean[event])
