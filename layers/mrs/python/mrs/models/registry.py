"""Which implementation of each kind of model a name in the settings stands for; classes are imported when asked for."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from mrs.errors import BadInputError

MODELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "baseline": {
            "seasonal_ridge": "mrs.detection.baseline.seasonal_ridge:SeasonalRidge",
            "mocked": "mrs.detection.baseline.mocked:MockedBaseline",
        },
        "anomaly": {
            "pooled_evidence": "mrs.detection.anomaly.pooled_evidence:PooledEvidence",
            "mocked": "mrs.detection.anomaly.mocked:MockedClassifier",
        },
        "similarity": {
            "weighted": "mrs.clustering.weighted:WeightedSimilarity",
            "mocked": "mrs.clustering.mocked:MockedSimilarity",
        },
        "cause": {
            "evidence": "mrs.attribution.evidence_model:EvidenceCauseModel",
            "mocked": "mrs.attribution.mocked:MockedCauseModel",
        },
    }
)


def model(kind: str, name: str, **parameters: Any) -> Any:
    """Return the implementation called `name` of a kind of model.

    Parameters
    ----------
    kind
        `baseline`, `anomaly`, `similarity` or `cause`.
    name
        As registered.
    **parameters
        What its constructor takes.

    Raises
    ------
    BadInputError
        If nothing is registered under that name.
    """
    known = MODELS.get(kind, {})
    if name not in known:
        raise BadInputError(f"there is no {kind} model {name!r}; known are {', '.join(sorted(known))}")
    module, _, attribute = known[name].partition(":")
    return getattr(import_module(module), attribute)(**parameters)
