"""The protocols of the models: what a stage may ask of an implementation, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from mrs.models.similarity.pairs import PairFeatures
    from mrs.models.similarity.panel import FloatArray


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
