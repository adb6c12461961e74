"""Ridge regression of many stores in one batch; each store is solved by itself, whatever else is in the batch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mrs.arrays import BoolArray, FloatArray, IntArray

Float32Array = npt.NDArray[np.float32]
INVERSE_LEAST_ROWS = 12
"""Rows below which a matrix is not halved."""


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
    """Return the days on which `size` exceeds the limit, largest first, `most` at most, and which of them are real.

    Both are b×K, where K days of one of the batch do.
    """
    excess = np.where(exempt | np.isnan(size), 0.0, np.maximum(size - limit[:, None], 0.0))
    days = np.argsort(-excess, axis=1, kind="stable")[:, : min(most, int((excess > 0).sum(axis=1).max(initial=0)))]
    return days, np.take_along_axis(excess, days, axis=1) > 0


def held(gram: FloatArray, penalty: FloatArray) -> FloatArray:
    """Return the sums of b×F×F with a penalty (b×F) that holds each coefficient near zero, in place."""
    index = np.arange(gram.shape[-1])
    gram[:, index, index] += penalty
    return gram


def solve(gram: FloatArray, moment: FloatArray) -> FloatArray:
    """Return the coefficients (b×F) of ridge regressions from sums that hold their penalties."""
    return np.asarray(np.linalg.solve(gram, moment[..., None])[..., 0], dtype=np.float64)


def solve_counting(gram: FloatArray, moment: FloatArray, penalty: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients (b×F) and the effective number of parameters (b), of the same sums."""
    inverse = inverse_of(gram)
    effective = gram.shape[-1] - np.einsum("bff,bf->b", inverse, penalty)
    return np.matmul(inverse, moment[..., None])[..., 0], np.maximum(effective, 0.0)


def inverse_of(matrix: FloatArray) -> FloatArray:
    """Return the inverses of b positive definite matrices, b×F×F.

    By the inverse of one half and of what is left of the other (Schur complement): products of matrices take half the
    time of the elimination of all rows.
    """
    half = matrix.shape[-1] // 2
    if half < INVERSE_LEAST_ROWS:
        return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    right, below = matrix[:, :half, half:], matrix[:, half:, :half]
    first = inverse_of(matrix[:, :half, :half])
    over, under = np.matmul(first, right), np.matmul(below, first)
    rest = inverse_of(matrix[:, half:, half:] - np.matmul(under, right))
    out = np.empty_like(matrix)
    out[:, half:, half:], out[:, half:, :half], out[:, :half, half:] = rest, -rest @ under, -over @ rest
    out[:, :half, :half] = first - np.matmul(over, out[:, half:, :half])
    return out


def predict(features: Float32Array, coefficients: FloatArray) -> FloatArray:
    """Return b×T: the coefficients times the features."""
    found = np.matmul(coefficients.astype(np.float32)[:, None, :], features)[:, 0]
    return np.asarray(found, dtype=np.float64)
