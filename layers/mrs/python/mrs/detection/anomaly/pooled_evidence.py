"""The default AnomalyClassifier: boosted trees over a store's evidence and its neighbours', and rules beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mrs.arrays import BoolArray, FloatArray
from mrs.detection.anomaly.combiner import Combiner, load_combiner
from mrs.detection.anomaly.evidence import Evidence, collect_evidence
from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement, OwnRules
from mrs.detection.anomaly.learned import Learned, alone_odds
from mrs.detection.anomaly.prevalence import HighScores, prevalence
from mrs.detection.anomaly.rules import with_rules
from mrs.detection.params import CANDIDATE_Z, LEAST_SCORE, PREVALENCE_DAYS, PREVALENCE_STORES
from mrs.errors import MrsError
from mrs.identity import smallest_hashes

Float32Array = npt.NDArray[np.float32]
PARTS = ("z", "log", "common", "run_short", "run_long", "near_5", "near_15", "region", "chain", "post_region")


class PooledEvidence:
    """A trained combination of own, sequential and pooled evidence, raised by the rules of `anomaly/rules.py`.

    Parameters
    ----------
    combiner
        The trees; if None, those that ship with the code.
    learned
        The calibration learned from the chain's own past; None if there is none.
    """

    name = "pooled_evidence"

    def __init__(self, combiner: Combiner | None = None, learned: Learned | None = None) -> None:
        self._combiner = combiner or load_combiner()
        self._learned = learned

    @property
    def version(self) -> str:
        """Version of the trained trees, and of what was learned from the chain itself."""
        return self._combiner.version + (f"+{self._learned.version}" if self._learned else "")

    def judge(self, inputs: AnomalyInputs) -> Judgement:
        """Return how probably each day is anomalous, to each side; see the protocol."""
        if self._learned is not None:
            rules = self._learned.rules
            inputs = replace(inputs, is_young=rules.is_young, began=rules.began)
        found = with_rules(inputs, self._judged(inputs), self._learned.rules if self._learned else OwnRules())
        if self._learned is None or self._learned.high is None:
            return found
        return replace(found, prevalence=self._prevalence(inputs, self._learned.high))

    def _judged(self, inputs: AnomalyInputs) -> Judgement:
        evidence = collect_evidence(inputs)
        if evidence.names != self._combiner.names:
            raise MrsError("the combiner was trained on other evidence than is collected: train it again")
        known = ~np.isnan(inputs.deviation[inputs.rows][:, inputs.first :])
        least = self._learned.least if self._learned else LEAST_SCORE
        return judgement_of(evidence, known, self._probability, least)

    def _prevalence(self, inputs: AnomalyInputs, usual: HighScores) -> FloatArray:
        """Return D: the share of store-days with an event before each wanted day, by a sample of reference stores.

        Only days that were judged when they came tell of it: those before a run's first say nothing.
        """
        ids = inputs.stores.store_ids
        sample = set(smallest_hashes([ids[int(i)] for i in np.flatnonzero(inputs.is_reference)], PREVALENCE_STORES))
        rows = np.array([i for i, name in enumerate(ids) if name in sample], dtype=np.int64)
        first = max(inputs.first - PREVALENCE_DAYS, 0)
        found = self._judged(replace(inputs, rows=rows, first=first, split=None))
        score = np.maximum(found.up, found.down)
        if inputs.panel is not None:
            score = np.where(inputs.panel.written[rows, first:], score, np.nan)
        return prevalence(score, usual)[inputs.first - first :]

    def _probability(self, features: Float32Array, toward: FloatArray) -> FloatArray:
        if self._learned is None:
            return np.maximum(self._combiner.probability(features), alone(toward))
        return self._learned.probability(features, self._combiner, toward)


def judgement_of(
    evidence: Evidence, known: BoolArray, probability: Callable[[Float32Array, FloatArray], FloatArray], least: float
) -> Judgement:
    """Return what evidence says, given the probability of N days by their features and their own deviation.

    `least` is that of all other days.
    """
    index = {name: i for i, name in enumerate(evidence.names)}

    def side(features: Float32Array, toward: FloatArray) -> FloatArray:
        score = np.where(known, least, np.nan)
        wanted = candidates(toward, known)
        score[wanted] = probability(features[wanted], toward[wanted])
        return np.asarray(np.round(score, 6))

    return Judgement(
        up=side(evidence.up, evidence.z),
        down=side(evidence.down, -evidence.z),
        z=evidence.z,
        common=evidence.common,
        parts={name: evidence.up[:, :, index[name]].astype(np.float64) for name in PARTS},
    )


def alone(toward: FloatArray) -> FloatArray:
    """Return the minimum score from the store's own z alone: a large one is anomalous regardless of neighbours."""
    return np.asarray(1.0 / (1.0 + np.exp(-alone_odds(toward))))


def candidates(toward: FloatArray, known: BoolArray) -> BoolArray:
    """Return which days deviate enough to one side to be scored; training uses the same rule."""
    return np.asarray(known & (toward >= CANDIDATE_Z))


def training_rows(evidence: Evidence, known: BoolArray, side: int) -> tuple[BoolArray, Float32Array]:
    """Return the mask of the days to be judged and their features, for one side."""
    mask = candidates(side * evidence.z, known)
    return mask, (evidence.up if side > 0 else evidence.down)[mask]
