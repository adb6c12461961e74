"""The protocols of the models: what a stage may ask of an implementation, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from mrs.arrays import FloatArray
    from mrs.attribution.features import CauseFeatures
    from mrs.attribution.probabilities import Proposals
    from mrs.clustering.pairs import PairFeatures
    from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement
    from mrs.detection.baseline.inputs import BaselineInputs, Expectation, Lenders


@runtime_checkable
class SimilarityModel(Protocol):
    """Says how probably two reports are one event."""

    @property
    def name(self) -> str:
        """Name under which it is registered."""

    @property
    def version(self) -> str:
        """Version of its parameters."""

    def score(self, pairs: PairFeatures) -> FloatArray:
        """Return one value between 0 and 1 a pair."""


@runtime_checkable
class CauseModel(Protocol):
    """Says how probable each cause is, and what that rests on."""

    @property
    def name(self) -> str:
        """Name under which it is registered."""

    @property
    def version(self) -> str:
        """Version of its parameters."""

    def propose(self, features: CauseFeatures) -> Proposals:
        """Return probabilities that sum to 1 for each report, and the weights behind them."""


@runtime_checkable
class BaselineModel(Protocol):
    """Says what a store was expected to sell on a day, from what was known before it."""

    @property
    def name(self) -> str:
        """Name under which it is registered."""

    @property
    def version(self) -> str:
        """Version of the method."""

    def expect(self, inputs: BaselineInputs) -> Expectation:
        """Return the expectation of each store and day; a store's depends on no other store of the inputs."""


@runtime_checkable
class FittedBaseline(Protocol):
    """A BaselineModel that fits to the days before the anchor, and answers by that fit from the anchor on."""

    def fit(self, inputs: BaselineInputs) -> Any:
        """Return the fit, which depends on nothing dated from the anchor on."""

    def ahead(self, inputs: BaselineInputs, fit: Any) -> Expectation:
        """Return what `expect` does from the anchor on, where old days only tell whether a store traded."""

    def lenders(self, peers: BaselineInputs) -> Lenders:
        """Return what stores with a short history borrow from these."""


@runtime_checkable
class AnomalyClassifier(Protocol):
    """Says how probably a store's day is anomalous, and to which side."""

    @property
    def name(self) -> str:
        """Name under which it is registered."""

    @property
    def version(self) -> str:
        """Version of its trained parameters."""

    def judge(self, inputs: AnomalyInputs) -> Judgement:
        """Return the probability of each wanted store and day; it depends on no later day."""
