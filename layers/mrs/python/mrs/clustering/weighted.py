"""The default SimilarityModel: the probability that two reports are one event, from weighted likenesses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from mrs.arrays import FloatArray
from mrs.clustering.pairs import PairFeatures

WEIGHTS = ("temporal", "spatial", "shape", "magnitude", "breadth", "chain")
ARTIFACT = Path(__file__).with_name("weights.json")
_FLOOR = 0.02
_PLACE_NOT_KNOWN = 0.7


@lru_cache(maxsize=1)
def shipped() -> dict[str, Any]:
    """Return the artifact: the weights, and what they were learned from."""
    found: dict[str, Any] = json.loads(ARTIFACT.read_text(encoding="utf-8"))
    return found


def design(pairs: PairFeatures) -> FloatArray:
    """Return (pairs, weights): what each of `WEIGHTS` is multiplied with."""
    place = np.where(np.isfinite(pairs.spatial), pairs.spatial, _PLACE_NOT_KNOWN)
    likenesses = (pairs.temporal, place, pairs.shape, pairs.magnitude)
    return np.column_stack((*(_log(x) for x in likenesses), pairs.breadth, pairs.chain))


@dataclass(frozen=True)
class WeightedSimilarity:
    """A logistic model over the logarithms of the likenesses, so that one great unlikeness outweighs the rest.

    Parameters
    ----------
    weights
        By name: those of `WEIGHTS` (of the logarithms of the likenesses, and of the shares of the region and of the
        chain that began to deviate together) and `intercept`, the log odds of two reports that are alike in everything.
        None for those that are shipped (`weights.json`, which names their source).
    """

    weights: dict[str, float] | None = None
    name: str = "weighted"
    version: str = "1"

    def score(self, pairs: PairFeatures) -> FloatArray:
        """Return the probability of each pair to be one event."""
        weights = shipped()["weights"] if self.weights is None else self.weights
        odds = design(pairs) @ np.array([weights[name] for name in WEIGHTS]) + weights["intercept"]
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def _log(likeness: FloatArray) -> FloatArray:
    return np.log(np.clip(likeness, _FLOOR, 1.0))
