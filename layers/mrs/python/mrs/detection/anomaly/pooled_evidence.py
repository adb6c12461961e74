"""The default AnomalyClassifier: boosted trees over evidence of the store, the days before and its neighbours."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mrs.arrays import BoolArray, FloatArray
from mrs.detection.anomaly.combiner import Combiner, load_combiner
from mrs.detection.anomaly.evidence import Evidence, collect_evidence
from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement
from mrs.errors import MrsError

Float32Array = npt.NDArray[np.float32]
LEAST_Z = 0.5
"""A day that deviates less to a side is no anomaly to that side, whatever its neighbours do."""
LEAST_SCORE = 0.0005
ALONE_HALFWAY, ALONE_STEEPNESS = 5.0, 2.5
PARTS = ("z", "log", "common", "run_short", "run_long", "near_5", "near_15", "region", "chain", "post_region")


class PooledEvidence:
    """A trained combination of own, sequential and pooled evidence.

    Parameters
    ----------
    combiner
        The trees; if None, those that ship with the code.
    """

    name = "pooled_evidence"

    def __init__(self, combiner: Combiner | None = None) -> None:
        self._combiner = combiner or load_combiner()

    @property
    def version(self) -> str:
        """Version of the trained trees."""
        return self._combiner.version

    def judge(self, inputs: AnomalyInputs) -> Judgement:
        """Return how probably each day is anomalous, to each side; see the protocol."""
        evidence = collect_evidence(inputs)
        if evidence.names != self._combiner.names:
            raise MrsError("the combiner was trained on other evidence than is collected: train it again")
        known = ~np.isnan(inputs.deviation[inputs.rows][:, inputs.first :])
        index = {name: i for i, name in enumerate(evidence.names)}
        return Judgement(
            up=self._side(evidence.up, evidence.z, known),
            down=self._side(evidence.down, -evidence.z, known),
            z=evidence.z,
            common=evidence.common,
            parts={name: evidence.up[:, :, index[name]].astype(np.float64) for name in PARTS},
        )

    def _side(self, features: Float32Array, toward: FloatArray, known: BoolArray) -> FloatArray:
        score = np.where(known, LEAST_SCORE, np.nan)
        wanted = candidates(toward, known)
        score[wanted] = np.maximum(self._combiner.probability(features[wanted]), _alone(toward[wanted]))
        return np.asarray(np.round(score, 6))


def _alone(toward: FloatArray) -> FloatArray:
    """Return the minimum score from the store's own z alone: a large one is anomalous regardless of neighbours."""
    return np.asarray(1.0 / (1.0 + np.exp(-ALONE_STEEPNESS * (toward - ALONE_HALFWAY))))


def candidates(toward: FloatArray, known: BoolArray) -> BoolArray:
    """Return which days deviate enough to one side to be scored; training uses the same rule."""
    return np.asarray(known & (toward >= LEAST_Z))


def training_rows(evidence: Evidence, known: BoolArray, side: int) -> tuple[BoolArray, Float32Array]:
    """Return the mask of the days to be judged and their features, for one side."""
    mask = candidates(side * evidence.z, known)
    return mask, (evidence.up if side > 0 else evidence.down)[mask]
