"""Events that the past itself holds: days that the shipped trees, which never saw the chain, are certain about.

They are neither quiet days to learn from nor false alerts to count against the budget.
"""

from __future__ import annotations

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.anomaly.combiner import Combiner
from mrs.detection.anomaly.evidence import Evidence
from mrs.detection.anomaly.pooled_evidence import candidates
from mrs.detection.calibration.params import PAST_EVENT_CARRIED, PAST_EVENT_MARGIN_DAYS, PAST_EVENT_SCORE


def past_events(evidence: Evidence, ripe: BoolArray, shipped: Combiner, close_after: int) -> BoolArray:
    """Return S×D: True on the days of the past's own events.

    Parameters
    ----------
    evidence, ripe
        The evidence of the past's D days, and the days on which a report could have opened.
    shipped
        The trees that ship with the code.
    close_after
        Days without an anomaly after which an event ends.
    """
    out = np.zeros(ripe.shape, dtype=bool)
    for side, features in ((1, evidence.up), (-1, evidence.down)):
        score = np.zeros(ripe.shape)
        judged = candidates(side * evidence.z, ripe)
        score[judged] = shipped.probability(features[judged])
        out |= certain_runs(score, close_after)
    return out


def certain_runs(score: FloatArray, close_after: int) -> BoolArray:
    """Return S×D: True from the first to the last day of each run that reaches `PAST_EVENT_SCORE`, and around it."""
    stores, days = score.shape
    hot = score >= PAST_EVENT_CARRIED
    first, last = np.zeros(stores, dtype=np.int64), np.full(stores, -days - close_after)
    sure = np.zeros(stores, dtype=bool)
    change = np.zeros((stores, days + 1), dtype=np.int64)
    for day in range(days):
        ended = hot[:, day] & (day - last > close_after)
        _mark(change, ended & sure, first, last)
        sure &= ~ended
        first = np.where(ended, day, first)
        last = np.where(hot[:, day], day, last)
        sure |= hot[:, day] & (score[:, day] >= PAST_EVENT_SCORE)
    _mark(change, sure, first, last)
    return np.asarray(np.cumsum(change, axis=1)[:, :days] > 0)


def _mark(change: IntArray, which: BoolArray, first: IntArray, last: IntArray) -> None:
    """Add the spans of some stores to a matrix of changes."""
    at = np.flatnonzero(which)
    change[at, np.maximum(first[at] - PAST_EVENT_MARGIN_DAYS, 0)] += 1
    change[at, np.minimum(last[at] + PAST_EVENT_MARGIN_DAYS + 1, change.shape[1] - 1)] -= 1
