"""A small ensemble of full binary trees, evaluated with NumPy alone: what all evidence says, as a probability."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mrs.arrays import FloatArray
from mrs.errors import MrsError

ROWS_AT_ONCE = 1024
"""Rows that all trees judge together: what is made on the way stays in the processor's cache."""
ARTIFACT = Path(__file__).with_name("combiner.json")


@dataclass(frozen=True)
class Combiner:
    """Additive trees of equal depth over named features.

    Parameters
    ----------
    version
        Version of the training.
    names
        The K features, in the order of the columns.
    feature, threshold
        M×(2^depth − 1): a row goes right at a node where its feature exceeds the threshold.
    value
        M×2^depth: what each leaf adds to the log odds.
    base
        Log odds before any tree.
    """

    version: str
    names: tuple[str, ...]
    feature: npt.NDArray[np.int64]
    threshold: npt.NDArray[np.float32]
    value: FloatArray
    base: float

    def probability(self, features: npt.NDArray[np.float32]) -> FloatArray:
        """Return the probability of each of N rows of K features."""
        return np.asarray(1.0 / (1.0 + np.exp(-self.log_odds(features))))

    def log_odds(self, features: npt.NDArray[np.float32]) -> FloatArray:
        """Return the log odds of each of N rows of K features."""
        odds = np.empty(len(features))
        nodes = [(k, *np.nonzero(k == self.feature.T)) for k in np.unique(self.feature)]
        first = self.value.shape[1] * np.arange(len(self.value))[:, None]
        for start in range(0, len(features), ROWS_AT_ONCE):
            some = np.ascontiguousarray(features[start : start + ROWS_AT_ONCE].T)
            right = np.empty((*self.threshold.T.shape, -(-some.shape[1] // 8)), dtype=np.uint8)
            for k, node, tree in nodes:
                right[node, tree] = np.packbits(some[k] > self.threshold[tree, node][:, None], axis=1)
            added = self.value.take(first + _leaves(right, some.shape[1]))
            odds[start : start + ROWS_AT_ONCE] = np.add.reduce(added, axis=0, initial=self.base)  # tree after tree
        return odds

    def to_json(self) -> str:
        """Return the artifact's text."""
        return json.dumps(
            {
                "version": self.version,
                "names": list(self.names),
                "base": round(self.base, 6),
                "feature": self.feature.tolist(),
                "threshold": [[_short(t) for t in row] for row in self.threshold.tolist()],
                "value": [[round(v, 5) for v in row] for row in self.value.tolist()],
            },
            separators=(",", ":"),
        )


def _leaves(right: npt.NDArray[np.uint8], rows: int) -> npt.NDArray[np.uint8]:
    """Return the leaf of each of N rows in each of M full binary trees: M×N.

    `right` (nodes×M×⌈N/8⌉) says at which nodes a row goes right, a bit for each row. What the nodes of a level say is
    chosen by what those above them say, for eight rows in a step.
    """
    leaf, chosen = np.zeros((right.shape[1], rows), dtype=np.uint8), list[npt.NDArray[np.uint8]]()
    for first in (2**level - 1 for level in range((len(right) + 1).bit_length() - 1)):
        said = right[first : 2 * first + 1]
        for above in chosen:
            to_left, to_right = np.split(said, 2)
            said = to_left ^ (above & (to_left ^ to_right))
        chosen.append(said[0])
        leaf = 2 * leaf + np.unpackbits(said[0], axis=1, count=rows)
    return leaf


def _short(value: float) -> float:
    return float(f"{value:.6g}") if abs(value) < 1e30 else 3.0e38


def combiner_of(found: Mapping[str, Any]) -> Combiner:
    """Return the trees that an artifact holds."""
    return Combiner(
        version=str(found["version"]),
        names=tuple(found["names"]),
        feature=np.array(found["feature"], dtype=np.int64),
        threshold=np.array(found["threshold"], dtype=np.float32),
        value=np.array(found["value"], dtype=np.float64),
        base=float(found["base"]),
    )


@cache
def load_combiner(path: Path = ARTIFACT) -> Combiner:
    """Return the trained combiner that ships with the code.

    Raises
    ------
    MrsError
        If the file does not hold one.
    """
    try:
        return combiner_of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, KeyError, ValueError) as error:
        raise MrsError(f"{path.name} holds no combiner: {error}") from error
