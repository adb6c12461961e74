"""What was learned from the chain itself: trees over some of the evidence, and a map from log odds to probability."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np
import numpy.typing as npt

from mrs.arrays import FloatArray
from mrs.detection.anomaly.combiner import Combiner, combiner_of
from mrs.detection.anomaly.inputs import OwnRules
from mrs.detection.anomaly.prevalence import HighScores
from mrs.detection.params import ALONE_HALFWAY_Z, ALONE_STEEPNESS, LEAST_SCORE, SPREAD_APART
from mrs.errors import MrsError
from mrs.identity import sha256_hex

SHIPPED = "shipped"


def alone_odds(toward: FloatArray) -> FloatArray:
    """Return the log odds that a store's own deviation gives by itself: one so large is no quiet day's."""
    return np.asarray(ALONE_STEEPNESS * (toward - ALONE_HALFWAY_Z))


@dataclass(frozen=True)
class BySpread:
    """What a store's spread adds to the log odds of its days, beside what the map of all stores says.

    Parameters
    ----------
    slope
        Log odds by log sigma.
    middle
        The log sigma that adds nothing.
    """

    slope: float = 0.0
    middle: float = 0.0

    def applied(self, chance: FloatArray, sigma: FloatArray) -> FloatArray:
        """Return the probabilities of N days in stores of these spreads."""
        odds = np.exp(self.slope * np.clip(np.log(sigma) - self.middle, -SPREAD_APART, SPREAD_APART))
        return np.asarray(chance * odds / (chance * odds + 1.0 - chance))


@dataclass(frozen=True)
class Learned:
    """A chain's own judgement.

    Parameters
    ----------
    trees
        Trees over some of the evidence and the log odds of the shipped trees; None if those odds are used alone.
    odds, probability_at
        Rising log odds, and the probability at each; between them it is interpolated.
    rules
        What the past says of the rules beside the classifier.
    least
        The probability of a day that hardly deviates, which trees are not asked about.
    high
        How often days reach a high score; None if that says nothing of how much is going on.
    by_spread
        What a store's spread adds.
    """

    trees: Combiner | None
    odds: FloatArray
    probability_at: FloatArray
    rules: OwnRules = field(default_factory=OwnRules)
    least: float = LEAST_SCORE
    high: HighScores | None = None
    by_spread: BySpread = field(default_factory=BySpread)

    @property
    def version(self) -> str:
        """The first digits of the hash of all that was learned."""
        return sha256_hex(self.to_json())[:12]

    def log_odds(self, features: npt.NDArray[np.float32], shipped: Combiner, toward: FloatArray) -> FloatArray:
        """Return the log odds of N days, before they are mapped."""
        odds = shipped.log_odds(features)
        if self.trees is None:
            return np.maximum(odds, alone_odds(toward))
        index = [shipped.names.index(n) for n in self.trees.names if n != SHIPPED]
        return self.trees.log_odds(np.column_stack([features[:, index], odds]).astype(np.float32))

    def mapped(self, odds: FloatArray, sigma: FloatArray) -> FloatArray:
        """Return the probabilities that log odds stand for in stores of these spreads."""
        return self.by_spread.applied(np.interp(odds, self.odds, self.probability_at), sigma)

    def probability(self, features: npt.NDArray[np.float32], shipped: Combiner, toward: FloatArray) -> FloatArray:
        """Return the probability of N days, by all features and their own deviation toward the side."""
        sigma = features[:, shipped.names.index("sigma")].astype(np.float64)
        return self.mapped(self.log_odds(features, shipped, toward), sigma)

    def to_json(self) -> str:
        """Return the text that the log holds."""
        trees = None if self.trees is None else json.loads(self.trees.to_json())
        knots = {"odds": self.odds.tolist(), "probability": self.probability_at.tolist(), "rules": asdict(self.rules)}
        high = None if self.high is None else asdict(self.high)
        knots |= {"by_spread": asdict(self.by_spread)}
        return json.dumps(
            {"trees": trees, "least": self.least, "high": high, **knots}, sort_keys=True, separators=(",", ":")
        )


def learned_of(text: str) -> Learned:
    """Return what a log's text holds.

    Raises
    ------
    MrsError
        If it holds nothing of the kind.
    """
    try:
        found = json.loads(text)
        trees = None if found["trees"] is None else combiner_of(found["trees"])
        return Learned(
            trees,
            np.array(found["odds"], dtype=float),
            np.array(found["probability"], dtype=float),
            OwnRules(**found["rules"]),
            float(found.get("least", LEAST_SCORE)),  # releases before said the same of every chain
            _high_scores(found["high"]) if found.get("high") else None,
            BySpread(**found.get("by_spread", {})),  # releases before had one map for all stores
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MrsError(f"detector_calibration_log holds what this release cannot read: {error}") from error


def _high_scores(found: Mapping[str, float]) -> HighScores:
    """Return what a log's text says of high scores; releases before said how far it is to be trusted, too."""
    return HighScores(**{name: value for name, value in found.items() if name != "trust"})
