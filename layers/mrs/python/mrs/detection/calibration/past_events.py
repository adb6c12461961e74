"""Events that the past itself holds: days that the shipped trees, which never saw the chain, are certain about.

They are neither quiet days to learn from nor false alerts to count against the budget. Nor are they what a band of
quiet days should hold: there each day counts by the chance that it is a quiet one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.anomaly.combiner import Combiner, load_combiner
from mrs.detection.anomaly.evidence import Evidence, collect_evidence
from mrs.detection.anomaly.inputs import AnomalyInputs
from mrs.detection.anomaly.pooled_evidence import Float32Array, alone, candidates
from mrs.detection.anomaly.prevalence import at_prevalence
from mrs.detection.calibration.params import (
    PAST_EVENT_CARRIED,
    PAST_EVENT_CLOSES_DAYS,
    PAST_EVENT_MARGIN_DAYS,
    PAST_EVENT_SCORE,
    SHARE_RANGE,
    SHARE_ROUNDS,
)
from mrs.detection.params import BASE_RATE


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
    up, down = _chances(evidence, ripe, lambda features, _: shipped.probability(features), BASE_RATE)
    return certain_runs(up, close_after) | certain_runs(down, close_after)


def chance_of_quiet(inputs: AnomalyInputs, known: BoolArray) -> FloatArray:
    """Return S×D: the chance that a known day is quiet, as the shipped trees judge; 0 within the past's events."""
    shipped = load_combiner()

    def judged(features: Float32Array, toward: FloatArray) -> FloatArray:
        return np.maximum(shipped.probability(features), alone(toward))

    up, down = _chances(collect_evidence(inputs), known, judged, SHARE_RANGE[0])
    event = certain_runs(up, PAST_EVENT_CLOSES_DAYS) | certain_runs(down, PAST_EVENT_CLOSES_DAYS)
    return np.where(known & ~event, 1.0 - np.maximum(up, down), 0.0)


def _chances(
    evidence: Evidence, known: BoolArray, probability: Callable[[Float32Array, FloatArray], FloatArray], least: float
) -> tuple[FloatArray, FloatArray]:
    """Return S×D each: the chances that an event to either side is on a day, 0 where nothing is known.

    A probability holds beside a base rate. The share of days with an event is that at which it is the mean of the
    days' chances, and `least` at least (expectation maximisation; Saerens, Latinne and Decaestecker, 2002): where
    nothing goes on, even days that look like events are taken for noise, and where much does, more are events.
    """
    up, down = np.zeros(known.shape), np.zeros(known.shape)
    for score, toward, features in ((up, evidence.z, evidence.up), (down, -evidence.z, evidence.down)):
        judged = candidates(toward, known)
        score[judged] = probability(features[judged], toward[judged])
    strongest, share = np.maximum(up, down)[known], BASE_RATE
    for _ in range(SHARE_ROUNDS if len(strongest) else 0):
        share = float(np.clip(at_prevalence(strongest, np.array(share)).mean(), *SHARE_RANGE))
    share = max(share, least)
    return at_prevalence(up, np.array(share)), at_prevalence(down, np.array(share))


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
