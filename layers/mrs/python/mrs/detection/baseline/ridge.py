"""Ridge regression of many stores in one batch; each store is solved by itself, whatever else is in the batch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mrs.arrays import BoolArray, FloatArray, IntArray

Float32Array = npt.NDArray[np.float32]
INVERSE_LEAST_ROWS = 10
"""Rows below which a matrix is not halved."""


def weighted_gram(features: Float32Array, target: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return XWXᵀ (b×F×F) and XWy (b×F) of a batch.

    Parameters
    ----------
    features, target, weight
        b×F×T, b×T and b×T; days that do not count have weight 0 and a finite target.
    """
    root = np.sqrt(weight)
    rooted = features * root.astype(np.float32)[:, None, :]
    gram = np.matmul(rooted, rooted.transpose(0, 2, 1)).astype(np.float64)  # of itself: BLAS makes one half of it
    moment = np.matmul(rooted, (root * target).astype(np.float32)[..., None])[..., 0].astype(np.float64)
    return gram, moment


def outlying_days(size: FloatArray, limit: FloatArray, exempt: BoolArray, most: int) -> tuple[IntArray, BoolArray]:
    """Return the days on which `size` exceeds the limit, largest first, `most` at most, and which of them are real.

    Both are b×K: K is `most` where a day of any of the batch does, whatever the others' days, and otherwise 0.
    """
    excess = np.where(exempt | np.isnan(size), 0.0, np.maximum(size - limit[:, None], 0.0))
    days = np.argsort(-excess, axis=1, kind="stable")[:, : most if excess.any() else 0]
    return days, np.take_along_axis(excess, days, axis=1) > 0


def held(gram: FloatArray, penalty: FloatArray) -> FloatArray:
    """Return the sums of b×F×F with a penalty (b×F) that holds each coefficient near zero, in place."""
    index = np.arange(gram.shape[-1])
    gram[:, index, index] += penalty
    return gram


def without_days(
    inverse: FloatArray, moment: FloatArray, features: FloatArray, target: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the coefficients (b×F) without some days, and the diagonal (b×F) of the inverse without them.

    By the inverse with them (Woodbury's identity): there are few, and another inverse would take far longer.

    Parameters
    ----------
    inverse, moment
        b×F×F and b×F, of the sums that hold the penalties and all days.
    features, target
        b×F×K and b×K of the days, each times the root of its weight; 0 where there are fewer.
    """
    moment = moment - np.matmul(features, target[..., None])[..., 0]
    coefficients = np.matmul(inverse, moment[..., None])[..., 0]
    diagonal = np.diagonal(inverse, axis1=1, axis2=2)
    if not features.shape[-1]:
        return coefficients, diagonal
    over = np.matmul(inverse, features)
    left = np.eye(features.shape[-1]) - np.matmul(features.transpose(0, 2, 1), over)
    under = np.linalg.solve(left, over.transpose(0, 2, 1))
    coefficients += np.matmul(over, np.matmul(under, moment[..., None]))[..., 0]
    return coefficients, diagonal + np.einsum("bfk,bkf->bf", over, under)


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
