"""What is worked out for many rows or worlds together is what each gives by itself."""

from __future__ import annotations

import numpy as np
import pytest
from mrs.detection.anomaly.combiner import Combiner, load_combiner
from mrs.detection.anomaly.evidence import evidence_of_worlds
from mrs.detection.anomaly.inputs import AnomalyInputs
from mrs.detection.anomaly.neighbours import find_neighbours
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.calibration.learning import bin_edges
from mrs.detection.calibration.params import TREE_BINS
from mrs.detection.context import context_of


def walked(trees: Combiner, row: np.ndarray) -> float:
    """Go down tree after tree, as their definition says."""
    odds, inner = trees.base, trees.threshold.shape[1]
    for feature, threshold, value in zip(trees.feature, trees.threshold, trees.value, strict=True):
        node = 0
        while node < inner:
            node = 2 * node + 1 + int(row[feature[node]] > threshold[node])
        odds += value[node - inner]
    return odds


def test_trees_judge_many_rows_as_they_judge_each() -> None:
    trees, rng = load_combiner(), np.random.default_rng(1)
    rows = (3 * rng.normal(size=(700, len(trees.names)))).astype(np.float32)
    assert trees.log_odds(rows)[::70].tolist() == [walked(trees, row) for row in rows[::70]]


@pytest.mark.parametrize("few", [False, True], ids=["many_values", "few_values"])
def test_bins_are_those_of_scikit_learn(few: bool) -> None:
    from sklearn.ensemble._hist_gradient_boosting.binning import _find_binning_thresholds

    rng = np.random.default_rng(2)
    values = np.round(rng.normal(size=5_000), 0 if few else 2)
    weight = rng.uniform(0.1, 3.0, len(values))
    assert bin_edges(values, weight).tolist() == _find_binning_thresholds(values, TREE_BINS, weight).tolist()


def test_worlds_side_by_side_do_not_touch_each_other() -> None:
    stores, days, rng = 12, 90, np.random.default_rng(3)
    regions = tuple("north" if s < 6 else "south" for s in range(stores))
    places = StoreTable(
        tuple(f"s{s:02d}" for s in range(stores)),
        ("r",) * stores,
        regions,
        rng.uniform(50, 51, stores),
        rng.uniform(9, 10, stores),
    )
    deviation = rng.normal(0, 0.1, (stores, 3, days))
    deviation[rng.random(deviation.shape) < 0.1] = np.nan
    everyone, rows = np.ones(stores, dtype=bool), np.arange(stores)
    neighbours = find_neighbours(places, rows, everyone)
    sigma, context = np.full((stores, days), 0.1), context_of(19_000, stores, days)
    inputs = AnomalyInputs(places, deviation[:, 0], sigma, everyone, rows, 30, context)
    together = evidence_of_worlds(inputs, deviation, neighbours)
    for world, found in enumerate(together):
        alone = evidence_of_worlds(inputs, deviation[:, world : world + 1], neighbours)[0]
        for name in ("up", "down", "z", "common"):
            np.testing.assert_array_equal(getattr(found, name), getattr(alone, name))
