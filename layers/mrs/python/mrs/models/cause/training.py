"""Training of the cause model from labelled reports; the command line adds where the reports come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from mrs.models.cause.features import CauseFeatures, feature_names
from mrs.models.cause.specs import CAUSES
from mrs.models.cause.weighing import softmax
from mrs.models.similarity.panel import FloatArray, IntArray

_STRENGTH = 0.3


@dataclass(frozen=True)
class LabelledReports:
    """Reports whose cause is known.

    Parameters
    ----------
    values
        (rows, features) as `feature_names()`.
    cause
        Index of the cause in `CAUSES`.
    weight
        How much each row counts.
    world
        Where a row comes from; rows of one world (or of one analyst's month) are held out together.
    """

    values: FloatArray
    cause: IntArray
    weight: FloatArray
    world: IntArray

    def digest(self) -> str:
        """Return the SHA-256 of the training data, whatever the order of its rows."""
        table = np.column_stack((np.round(self.values, 6), self.cause, np.round(self.weight, 6), self.world))
        ordered = table[np.lexsort(table.T[::-1])]
        return hashlib.sha256(np.ascontiguousarray(ordered, dtype="<f8").tobytes()).hexdigest()


def train_cause_model(
    data: LabelledReports, version: str, described: dict[str, Any], strength: float = _STRENGTH
) -> dict[str, Any]:
    """Fit a multinomial logistic model and calibrate it on worlds that it has not seen.

    Parameters
    ----------
    data
        Labelled reports; their order does not matter.
    version
        Name of the artifact.
    described
        What the training data is, in words and numbers, for the artifact.
    strength
        Inverse strength of the ridge penalty.

    Returns
    -------
    dict
        The artifact: causes, features, coefficients, intercept, temperature, hash of the training data.
    """
    order = np.lexsort((*data.values.T[::-1], data.cause, data.world))
    values, cause, weight, world = data.values[order], data.cause[order], data.weight[order], data.world[order]
    folds = np.unique(world, return_inverse=True)[1] % 5
    held_out = np.zeros((len(values), len(CAUSES)))
    for fold in np.unique(folds):
        train = folds != fold
        if train.all() or not train.any():
            continue
        coefficients, intercept = _fit(values[train], cause[train], weight[train], strength)
        held_out[~train] = values[~train] @ coefficients.T + intercept
    temperature = _temperature(held_out, cause, weight)
    coefficients, intercept = _fit(values, cause, weight, strength)
    return {
        "version": version,
        "causes": [str(c) for c in CAUSES],
        "features": list(feature_names()),
        "coefficients": np.round(coefficients, 6).tolist(),
        "intercept": np.round(intercept, 6).tolist(),
        "typical": np.round(np.average(values, axis=0, weights=weight), 6).tolist(),
        "temperature": round(temperature, 6),
        "training": {**described, "sha256": data.digest(), "rows": len(values)},
    }


def _fit(values: FloatArray, cause: IntArray, weight: FloatArray, strength: float) -> tuple[FloatArray, FloatArray]:
    found = LogisticRegression(C=strength, max_iter=2000, tol=1e-5).fit(values, cause, sample_weight=weight)
    coefficients, intercept = np.zeros((len(CAUSES), values.shape[1])), np.full(len(CAUSES), -12.0)
    coefficients[found.classes_], intercept[found.classes_] = found.coef_, found.intercept_
    return coefficients, intercept


def _temperature(odds: FloatArray, cause: IntArray, weight: FloatArray) -> float:
    """Return the divisor of the log odds that makes held-out probabilities most likely."""

    def loss(log_temperature: float) -> float:
        chance = softmax(odds / np.exp(log_temperature))[np.arange(len(cause)), cause]
        return float(-(weight * np.log(np.maximum(chance, 1e-9))).sum() / weight.sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-1.0, 1.5), method="bounded").x))


def drop_feeds(features: CauseFeatures, absent: NDArray[np.bool_]) -> FloatArray:
    """Return the feature values as they would be without the feeds of some causes (a mask over `SIGNAL_CAUSES`)."""
    from mrs.models.cause.features import PER_CAUSE

    values = features.values.copy()
    for k in np.flatnonzero(absent):
        block = slice(k * len(PER_CAUSE), (k + 1) * len(PER_CAUSE))
        values[:, block] = 0.0
        values[:, k * len(PER_CAUSE) + PER_CAUSE.index("absent")] = 1.0
    return values
