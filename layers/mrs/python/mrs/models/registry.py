"""Which class a model's name in the settings stands for: registered ones, or a user's own by dotted path.

Classes are imported when they are asked for. `docs/extending.md` shows how to bring a model of one's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any, Generic, TypeVar

from mrs.errors import BadInputError
from mrs.models.protocols import AnomalyClassifier, BaselineModel, CauseModel, SimilarityModel

Model = TypeVar("Model")


@dataclass(frozen=True)
class ModelKind(Generic[Model]):
    """One kind of model: its protocol, and the implementations that come with the release.

    Parameters
    ----------
    name
        `baseline`, `anomaly`, `similarity` or `cause`.
    protocol
        What an implementation must offer.
    registered
        `module:Class` of each registered name.
    """

    name: str
    protocol: type[Model]
    registered: dict[str, str]

    def load(self, name: str, **parameters: Any) -> Model:
        """Return an instance of the implementation called `name`.

        Parameters
        ----------
        name
            A registered name, or `package.module:Class` of a class that the function's packages hold.
        **parameters
            Arguments of its constructor.

        Raises
        ------
        BadInputError
            If there is no such model, or the class lacks a member of the protocol.
        """
        path = name if ":" in name else self.registered[self.known(name)]
        module, _, attribute = path.partition(":")
        try:
            chosen = getattr(import_module(module), attribute)
        except (ImportError, AttributeError, ValueError) as error:
            raise BadInputError(f"the {self.name} model {name!r} cannot be imported: {error}") from None
        found = chosen(**parameters)
        if not isinstance(found, self.protocol):
            lacks = sorted(m for m in _members(self.protocol) if not hasattr(found, m))
            raise BadInputError(f"{name!r} is not a {self.protocol.__name__}: it lacks {', '.join(lacks)}")
        return found

    def known(self, name: str) -> str:
        """Return `name` if it is registered.

        Raises
        ------
        BadInputError
            If it is not; the message lists those that are.
        """
        if name not in self.registered:
            there = ", ".join(sorted(self.registered))
            raise BadInputError(f"there is no {self.name} model {name!r}; known are {there}")
        return name


def _members(protocol: type[Any]) -> set[str]:
    return {name for name in vars(protocol) if not name.startswith("_")}


BASELINE_MODELS: ModelKind[BaselineModel] = ModelKind(
    "baseline",
    BaselineModel,  # type: ignore[type-abstract]
    {
        "seasonal_ridge": "mrs.detection.baseline.seasonal_ridge:SeasonalRidge",
        "mocked": "mrs.detection.baseline.mocked:MockedBaseline",
    },
)
ANOMALY_MODELS: ModelKind[AnomalyClassifier] = ModelKind(
    "anomaly",
    AnomalyClassifier,  # type: ignore[type-abstract]
    {
        "pooled_evidence": "mrs.detection.anomaly.pooled_evidence:PooledEvidence",
        "mocked": "mrs.detection.anomaly.mocked:MockedClassifier",
    },
)
SIMILARITY_MODELS: ModelKind[SimilarityModel] = ModelKind(
    "similarity",
    SimilarityModel,  # type: ignore[type-abstract]
    {
        "weighted": "mrs.clustering.weighted:WeightedSimilarity",
        "mocked": "mrs.clustering.mocked:MockedSimilarity",
    },
)
CAUSE_MODELS: ModelKind[CauseModel] = ModelKind(
    "cause",
    CauseModel,  # type: ignore[type-abstract]
    {
        "evidence": "mrs.attribution.evidence_model:EvidenceCauseModel",
        "mocked": "mrs.attribution.mocked:MockedCauseModel",
    },
)
