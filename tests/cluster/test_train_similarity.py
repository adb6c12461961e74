"""What training the similarity promises: it learns what makes pairs one event; no likeness counts against a pair."""

from __future__ import annotations

import numpy as np
from mrs.clustering.pairs import PairFeatures
from mrs.clustering.weighted import WEIGHTS, WeightedSimilarity, design, shipped

from cli.simulate import simulate_world
from cli.train.similarity import fit_weights, world_pairs


def test_learned_weights_tell_pairs_of_one_event_from_others() -> None:
    rng = np.random.default_rng(0)
    pairs = PairFeatures(*rng.random((6, 2000)))
    same = (pairs.temporal * pairs.shape > 0.3).astype(float)
    weights = fit_weights(design(pairs), same, np.ones(2000))
    assert min(weights[name] for name in WEIGHTS) >= 0
    assert weights["temporal"] > weights["magnitude"]
    assert ((WeightedSimilarity(weights=weights).score(pairs) > 0.5) == (same > 0)).mean() > 0.9


def test_worlds_give_pairs_of_both_kinds() -> None:
    rows, same, weight = world_pairs(simulate_world(40, 220, 3, quiet_days=180, events=12))
    assert rows.shape == (len(same), len(WEIGHTS))
    assert 0 < same.mean() < 1
    assert (weight > 0).all()


def test_shipped_weights_are_complete() -> None:
    assert set(shipped()["weights"]) == {*WEIGHTS, "intercept"}
