"""Models are chosen by name: registered ones, or a class of one's own by dotted path."""

from __future__ import annotations

import pytest
from mrs.attribution.evidence_model import EvidenceCauseModel
from mrs.clustering.mocked import MockedSimilarity
from mrs.clustering.weighted import WeightedSimilarity
from mrs.errors import BadInputError
from mrs.models.registry import ANOMALY_MODELS, BASELINE_MODELS, CAUSE_MODELS, SIMILARITY_MODELS, ModelKind

KINDS = (BASELINE_MODELS, ANOMALY_MODELS, SIMILARITY_MODELS, CAUSE_MODELS)


class Lopsided:
    """A model that forgot what a similarity model must offer."""

    name, version = "lopsided", "1"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_registered_model_is_one_of_its_kind_and_says_its_name(kind: ModelKind[object]) -> None:
    for name in kind.registered:
        assert kind.load(name).name == name  # type: ignore[attr-defined]


def test_a_dotted_path_is_a_class_of_ones_own() -> None:
    assert isinstance(SIMILARITY_MODELS.load("mrs.clustering.mocked:MockedSimilarity"), MockedSimilarity)
    assert isinstance(SIMILARITY_MODELS.load("weighted"), WeightedSimilarity)


def test_parameters_reach_the_constructor() -> None:
    assert isinstance(CAUSE_MODELS.load("evidence", version="default"), EvidenceCauseModel)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("wieghted", "no similarity model 'wieghted'; known are mocked, weighted"),
        ("nowhere.at_all:Model", "cannot be imported: No module named 'nowhere'"),
        ("mrs.clustering.mocked:Nothing", "cannot be imported: .*Nothing"),
        ("tests.models.test_registry:Lopsided", "not a SimilarityModel: it lacks score"),
    ],
)
def test_what_is_no_model_is_refused_with_a_reason(name: str, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        SIMILARITY_MODELS.load(name)
