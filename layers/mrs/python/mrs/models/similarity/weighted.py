"""The default SimilarityModel: the probability that two reports are one event, from weighted likenesses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.models.similarity.pairs import PairFeatures
from mrs.models.similarity.panel import FloatArray

_FLOOR = 0.02
_PLACE_NOT_KNOWN = 0.7


@dataclass(frozen=True)
class WeightedSimilarity:
    """A logistic model over the logarithms of the likenesses, so that one great unlikeness outweighs the rest.

    Parameters
    ----------
    temporal, spatial, shape, magnitude
        Weights of the logarithms.
    breadth, chain
        Weights of the shares of the region and of the chain that began to deviate together.
    intercept
        Log odds of two reports that are alike in everything.
    """

    temporal: float = 0.5
    spatial: float = 1.9
    shape: float = 1.1
    magnitude: float = 1.1
    breadth: float = 3.5
    chain: float = 1.0
    intercept: float = 1.6
    name: str = "weighted"
    version: str = "1"

    def score(self, pairs: PairFeatures) -> FloatArray:
        """Return the probability of each pair to be one event."""
        place = np.where(np.isfinite(pairs.spatial), pairs.spatial, _PLACE_NOT_KNOWN)
        odds = (
            self.intercept
            + self.temporal * _log(pairs.temporal)
            + self.spatial * _log(place)
            + self.shape * _log(pairs.shape)
            + self.magnitude * _log(pairs.magnitude)
            + self.breadth * pairs.breadth
            + self.chain * pairs.chain
        )
        return np.asarray(1.0 / (1.0 + np.exp(-odds)))


def _log(likeness: FloatArray) -> FloatArray:
    return np.log(np.clip(likeness, _FLOOR, 1.0))
