"""Ridge regression of many stores in one batch; every store is solved by itself, so that a batch's make-up is irrelevant."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mrs.models.baseline.panel import FloatArray

Float32Array = npt.NDArray[np.float32]


def weighted_gram(features: Float32Array, target: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return XᵀWX (b×F×F) and XᵀWy (b×F) of a batch.

    Parameters
    ----------
    features, target, weight
        b×T×F, b×T and b×T; rows that do not count have weight 0 and a finite target.
    """
    weighted = features * weight.astype(np.float32)[..., None]
    transposed = weighted.transpose(0, 2, 1)
    gram = np.matmul(transposed, features).astype(np.float64)
    moment = np.matmul(transposed, target.astype(np.float32)[..., None])[..., 0].astype(np.float64)
    return gram, moment


def solve(
    gram: FloatArray, moment: FloatArray, penalty: FloatArray, centre: FloatArray | None = None
) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients (b×F) and the effective number of parameters (b) of ridge regressions.

    Parameters
    ----------
    gram, moment
        From `weighted_gram`.
    penalty
        b×F, the strength with which each coefficient is held at its centre.
    centre
        F or b×F; None: zero.
    """
    index = np.arange(gram.shape[-1])
    held = gram.copy()
    held[:, index, index] += penalty
    inverse = np.linalg.inv(held)
    aim = moment if centre is None else moment + penalty * centre
    effective = gram.shape[-1] - np.sum(inverse[:, index, index] * penalty, axis=1)
    return np.matmul(inverse, aim[..., None])[..., 0], np.maximum(effective, 0.0)


def predict(features: Float32Array, coefficients: FloatArray) -> FloatArray:
    """Return b×T: the features times the coefficients."""
    found = np.matmul(features, coefficients.astype(np.float32)[..., None])[..., 0]
    return np.asarray(found, dtype=np.float64)
