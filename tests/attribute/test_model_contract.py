"""One suite for every implementation: deterministic, input untouched, row order irrelevant, same shape out."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from mrs.attribution import params, shape_features
from mrs.attribution.evidence_model import EvidenceCauseModel, artifact
from mrs.attribution.features import PER_CAUSE, CauseFeatures, feature_names
from mrs.attribution.signal_specs import CAUSES, FREE_CAUSES, SIGNAL_CAUSES
from mrs.attribution.training import LabelledReports, train_cause_model
from mrs.attribution.training_unseen import learned_shares, learned_usual, without_feeds
from mrs.attribution.usual import USUAL_LOOK
from mrs.clustering.pairs import PairFeatures
from mrs.contracts import Cause
from mrs.errors import BadInputError
from mrs.models.registry import CAUSE_MODELS, SIMILARITY_MODELS

from cli.train.causes import FIRST_SEED, SHIPPED_WORLDS

REPORTS = 40


def cause_features(seed: int = 0) -> CauseFeatures:
    rng = np.random.default_rng(seed)
    values = rng.random((REPORTS, len(feature_names())))
    allowed, signal = np.ones((REPORTS, len(CAUSES)), bool), np.zeros((REPORTS, len(SIGNAL_CAUSES)), np.int64)
    event, course = np.arange(REPORTS) // 4, rng.normal(0, 1, signal.shape)
    return CauseFeatures(feature_names(), values, allowed, signal, event, np.zeros(REPORTS), course)


def pair_features(seed: int = 0) -> PairFeatures:
    rng = np.random.default_rng(seed)
    columns = rng.random((6, REPORTS))
    columns[1, ::5] = np.nan
    return PairFeatures(*columns)


@pytest.mark.parametrize("name", sorted(CAUSE_MODELS.registered))
class TestCauseModels:
    def test_probabilities_sum_to_one(self, name: str) -> None:
        found = CAUSE_MODELS.load(name).propose(cause_features())
        assert found.confidence.shape == (REPORTS, len(CAUSES))
        assert found.weight.shape == (REPORTS, len(CAUSES), len(SIGNAL_CAUSES) + 1)
        assert np.allclose(found.confidence.sum(axis=1), 1)
        assert (found.confidence >= 0).all()

    def test_deterministic_and_input_untouched(self, name: str) -> None:
        features = cause_features()
        before = features.values.copy()
        one, two = (CAUSE_MODELS.load(name).propose(features) for _ in range(2))
        assert np.array_equal(one.confidence, two.confidence)
        assert np.array_equal(before, features.values)

    def test_order_of_reports_does_not_matter(self, name: str) -> None:
        features, order = cause_features(), np.random.default_rng(1).permutation(REPORTS)
        columns = {name: getattr(features, name)[order] for name in ("values", "allowed", "signal", "event", "course")}
        turned = replace(features, **columns)
        chosen = CAUSE_MODELS.load(name)
        assert np.allclose(chosen.propose(features).confidence[order], chosen.propose(turned).confidence)

    def test_what_cannot_be_seen_stays_with_unknown_and_the_others_that_cannot(self, name: str) -> None:
        features = cause_features()
        blind = replace(features, allowed=np.tile([c in FREE_CAUSES for c in CAUSES], (REPORTS, 1)))
        whole, less = (CAUSE_MODELS.load(name).propose(f).confidence for f in (features, blind))
        free = np.array([c in FREE_CAUSES and c != "unknown" for c in CAUSES])
        assert np.allclose(less[:, free], whole[:, free])
        assert np.allclose(less[:, ~free].sum(axis=1), whole[:, ~free].sum(axis=1))
        assert (less[:, CAUSES.index("unknown")] > 0).all()

    def test_names_itself(self, name: str) -> None:
        chosen = CAUSE_MODELS.load(name)
        assert chosen.name == name
        assert chosen.version


@pytest.mark.parametrize("name", sorted(SIMILARITY_MODELS.registered))
class TestSimilarityModels:
    def test_scores_lie_between_zero_and_one(self, name: str) -> None:
        score = SIMILARITY_MODELS.load(name).score(pair_features())
        assert score.shape == (REPORTS,)
        assert ((score >= 0) & (score <= 1)).all()

    def test_deterministic_and_input_untouched(self, name: str) -> None:
        pairs = pair_features()
        before = pairs.spatial.copy()
        assert np.array_equal(SIMILARITY_MODELS.load(name).score(pairs), SIMILARITY_MODELS.load(name).score(pairs))
        assert np.array_equal(before, pairs.spatial, equal_nan=True)

    def test_liker_is_not_less_probable(self, name: str) -> None:
        pairs = pair_features()
        nearer = replace(pairs, temporal=np.minimum(pairs.temporal + 0.2, 1.0))
        chosen = SIMILARITY_MODELS.load(name)
        assert (chosen.score(nearer) >= chosen.score(pairs)).all()


def labelled(seed: int = 0, rows: int = 400) -> LabelledReports:
    """Return reports whose cause is the signal that is strongest, for three causes."""
    rng = np.random.default_rng(seed)
    values = 0.1 * rng.random((rows, len(feature_names())))
    cause = rng.integers(0, 3, rows)
    for k in range(3):
        values[cause == k, feature_names().index(f"{CAUSES[k]}.strength")] += 0.8
    values[cause == CAUSES.index(Cause.OWN_STOCKOUT), feature_names().index("look.up")] = 0.0
    return LabelledReports(values, cause, np.ones(rows), rng.integers(0, 6, rows), np.arange(rows), np.ones(rows, bool))


def test_training_learns_what_the_labels_say() -> None:
    trained = EvidenceCauseModel(parameters=train_cause_model(labelled(), "t", {"source": "test"}))
    data = labelled(1)
    features = replace(
        cause_features(),
        values=data.values,
        allowed=np.ones((len(data.values), len(CAUSES)), bool),
        signal=np.zeros((len(data.values), len(SIGNAL_CAUSES)), np.int64),
        event=data.event,
        fell_beside=np.zeros(len(data.values)),
        course=np.zeros((len(data.values), len(SIGNAL_CAUSES))),
    )
    assert (trained.propose(features).confidence.argmax(axis=1) == data.cause).mean() > 0.95


def up_together(campaigns: int, others: int, cause: Cause = Cause.VIRAL, strength: float = 0.9) -> LabelledReports:
    """Return events of campaigns and of a cause, whose signal rose clearly in all and the spend in the campaigns'."""
    n = campaigns + others
    values = np.zeros((n, len(feature_names())))
    values[:, [feature_names().index(name) for name in ("look.up", *(f"{c}.quiet" for c in SIGNAL_CAUSES))]] = 1.0
    for name in ("strength", "explains", "cover", "coincides", "onset", "own", "overlap", "course", "reach", "dose"):
        values[:, feature_names().index(f"{cause}.{name}")] = 0.9
        values[:campaigns, feature_names().index(f"paid_campaign.{name}")] = 0.9
    values[:, feature_names().index(f"{cause}.strength")] = strength
    values[:, feature_names().index(f"{cause}.quiet")] = 0.0
    values[:campaigns, feature_names().index("paid_campaign.quiet")] = 0.0
    label = np.r_[np.full(campaigns, CAUSES.index(Cause.PAID_CAMPAIGN)), np.full(others, CAUSES.index(cause))]
    return LabelledReports(values, label, np.ones(n), np.zeros(n, int), np.arange(n), np.ones(n, bool))


def test_a_share_is_what_the_events_say_and_less_where_they_are_few() -> None:
    shares = [learned_shares(up_together(n, n), artifact("default")) for n in (1, 40, 1000)]
    assert shares[0] == pytest.approx(dict.fromkeys(shares[0], 0.0), abs=0.01)
    assert 0.05 < shares[1]["viral"] < shares[2]["viral"] - 0.02
    assert shares[2]["viral"] < 0.49
    assert [s["price_change"] for s in shares] == pytest.approx([0.0, 0.0, 0.0], abs=0.01)


@pytest.mark.parametrize(("strength", "learned"), [(0.2, 0.3), (0.9, 0.0)])
def test_the_share_of_the_weather_is_learned_where_it_hardly_fits(strength: float, learned: float) -> None:
    share = learned_shares(up_together(20, 40, Cause.WEATHER, strength), artifact("default"))["weather"]
    assert share == pytest.approx(learned, abs=0.05)


def by_look(campaigns: int, unknown: int, *, alone: float) -> LabelledReports:
    """Return rises that no signal explains, of which some are campaigns: all at one store, or all at many."""
    n = campaigns + unknown
    values = np.zeros((n, len(feature_names())))
    for name in ("look.up", *(f"{c}.quiet" for c in SIGNAL_CAUSES)):
        values[:, feature_names().index(name)] = 1.0
    values[:, feature_names().index("look.alone")] = alone
    label = np.r_[np.full(campaigns, CAUSES.index(Cause.PAID_CAMPAIGN)), np.full(unknown, CAUSES.index(Cause.UNKNOWN))]
    return LabelledReports(values, label, np.ones(n), np.zeros(n, int), np.arange(n), np.ones(n, bool))


def test_what_is_usual_of_a_look_is_learned() -> None:
    """Of those at many stores most are campaigns; of those at one, few."""
    many, one = by_look(300, 100, alone=0.0), by_look(20, 380, alone=1.0)
    data = LabelledReports(
        np.vstack((many.values, one.values)),
        *(np.concatenate((getattr(many, f), getattr(one, f))) for f in ("cause", "weight", "world")),
        np.arange(800),
        np.ones(800, bool),
    )
    learned = learned_usual(data, data, artifact("default"))
    row = dict(zip(("always", *USUAL_LOOK), learned["paid_campaign"], strict=True))
    odds = [row["always"] + row["up"] + row["alone"] * alone for alone in (0.0, 1.0)]
    assert odds[0] > 0.5 and odds[1] < -1.5
    assert set(learned) == {str(c) for c in SIGNAL_CAUSES}


def test_training_is_deterministic_whatever_the_order() -> None:
    data, order = labelled(), np.random.default_rng(2).permutation(400)
    assert train_cause_model(data, "t", {}) == train_cause_model(data.take(order), "t", {})


def test_evidence_keeps_its_sign() -> None:
    coefficients = np.array(artifact("default")["coefficients"])
    for k, cause in enumerate(CAUSES):
        for feature in ("strength", "cover", "onset", "course", "precision"):
            if cause in SIGNAL_CAUSES:
                assert coefficients[k, feature_names().index(f"{cause}.{feature}")] >= 0


def test_default_artifact_names_its_training_data() -> None:
    training = artifact("default")["training"]
    assert len(training["sha256"]) == 64
    assert training["seeds"] == list(range(FIRST_SEED, FIRST_SEED + SHIPPED_WORLDS))


@pytest.mark.parametrize(
    ("module", "name"), [(params, "BOTH_UP_SAYS"), (params, "RULES"), (shape_features, "LONE_TEN")]
)
def test_the_version_shows_the_rules_that_come_after_the_weights(
    module: ModuleType, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = EvidenceCauseModel().version
    assert EvidenceCauseModel().version == before
    monkeypatch.setattr(module, name, 0.123)
    assert EvidenceCauseModel().version != before


def test_unknown_version_is_refused() -> None:
    with pytest.raises(BadInputError, match="no cause model version"):
        EvidenceCauseModel("../secrets")


def test_blinding_zeroes_the_blocks_of_absent_feeds() -> None:
    values = cause_features().values
    absent = np.arange(len(SIGNAL_CAUSES)) == 0
    blind = without_feeds(values, absent)
    assert blind[:, feature_names().index(f"{SIGNAL_CAUSES[0]}.absent")].min() == 1
    assert blind[:, feature_names().index(f"{SIGNAL_CAUSES[0]}.cover")].max() == 0
    assert np.array_equal(blind[:, len(PER_CAUSE) :], values[:, len(PER_CAUSE) :])
