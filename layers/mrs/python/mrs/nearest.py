"""The nearest of a set of points: of few by comparing all, of many by a tree, whose import takes a quarter second."""

from __future__ import annotations

import numpy as np

from mrs.arrays import FloatArray, IntArray

COMPARED = 2**22
"""Distances that are worked out rather than a tree built: in as many milliseconds as importing the tree takes."""
_LEAF = 32


def nearest(points: FloatArray, of: FloatArray, k: int) -> tuple[FloatArray, IntArray]:
    """Return the distances to the nearest points and which these are, nearest first; equal ones in any order.

    Parameters
    ----------
    points
        (n, d), the points to look among.
    of
        (r, d), the places to look from.
    k
        How many to find, at most n.

    Returns
    -------
    Two arrays (r, k): distances, in the unit of the coordinates, and rows of `points`.
    """
    if len(points) * len(of) > COMPARED:
        from scipy.spatial import cKDTree

        distance, near = cKDTree(points, leafsize=_LEAF).query(of, k=[*range(1, k + 1)])
        return distance, near
    square = np.zeros((len(of), len(points)))
    for mine, theirs in zip(of.T, points.T, strict=True):  # summed as the tree does, so that no bit differs
        square += (mine[:, None] - theirs) ** 2
    near = np.argpartition(square, k - 1, axis=1)[:, :k] if k < len(points) else np.tile(np.arange(k), (len(of), 1))
    apart = np.take_along_axis(square, near, axis=1)
    order = np.argsort(apart, axis=1, kind="stable")
    return np.sqrt(np.take_along_axis(apart, order, axis=1)), np.take_along_axis(near, order, axis=1)
