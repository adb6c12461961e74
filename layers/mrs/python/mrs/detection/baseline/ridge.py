"""Ridge regression of many stores in one batch; each store is solved by itself, whatever else is in the batch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mrs.arrays import BoolArray, FloatArray, IntArray

Float32Array = npt.NDArray[np.float32]


def weighted_gram(features: Float32Array, target: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return XWXᵀ (b×F×F) and XWy (b×F) of a batch.

    Parameters
    ----------
    features, target, weight
        b×F×T, b×T and b×T; days that do not count have weight 0 and a finite target.
    """
    weighted = features * weight.astype(np.float32)[:, None, :]
    gram = np.matmul(weighted, features.transpose(0, 2, 1)).astype(np.float64)
    moment = np.matmul(weighted, target.astype(np.float32)[..., None])[..., 0].astype(np.float64)
    return gram, moment


def gram_of_days(
    features: Float32Array, target: FloatArray, weight: FloatArray, days: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return what the days at `days` (b×K, weight 0 where unused) give to `weighted_gram`'s sums."""
    picked = np.take_along_axis(features, days[:, None, :], axis=2)
    return weighted_gram(picked, np.take_along_axis(target, days, axis=1), weight)


def outlying_days(size: FloatArray, limit: FloatArray, exempt: BoolArray, most: int) -> tuple[IntArray, BoolArray]:
    """Return b×`most`: the days on which `size` exceeds the limit, largest first, and which of them are real."""
    excess = np.where(exempt | np.isnan(size), 0.0, np.maximum(size - limit[:, None], 0.0))
    days = np.argsort(-excess, axis=1, kind="stable")[:, :most]
    return days, np.take_along_axis(excess, days, axis=1) > 0


def solve(gram: FloatArray, moment: FloatArray, penalty: FloatArray) -> FloatArray:
    """Return the coefficients (b×F) of ridge regressions; `penalty` (b×F) holds each coefficient near zero."""
    return np.asarray(np.linalg.solve(_held(gram, penalty), moment[..., None])[..., 0], dtype=np.float64)


def solve_counting(gram: FloatArray, moment: FloatArray, penalty: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients (b×F) and the effective number of parameters (b)."""
    inverse = np.linalg.inv(_held(gram, penalty))
    effective = gram.shape[-1] - np.einsum("bff,bf->b", inverse, penalty)
    return np.matmul(inverse, moment[..., None])[..., 0], np.maximum(effective, 0.0)


def _held(gram: FloatArray, penalty: FloatArray) -> FloatArray:
    index = np.arange(gram.shape[-1])
    held = gram.copy()
    held[:, index, index] += penalty
    return held


def predict(features: Float32Array, coefficients: FloatArray) -> FloatArray:
    """Return b×T: the coefficients times the features."""
    found = np.matmul(coefficients.astype(np.float32)[:, None, :], features)[:, 0]
    return np.asarray(found, dtype=np.float64)
