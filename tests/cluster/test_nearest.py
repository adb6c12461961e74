"""The nearest points are the same whether all are compared or a tree is asked, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from mrs import nearest as module
from mrs.nearest import nearest


@pytest.mark.parametrize("dimensions", [3, 4, 7])
@pytest.mark.parametrize("k", [1, 5, 200])
def test_few_and_many(monkeypatch: pytest.MonkeyPatch, dimensions: int, k: int) -> None:
    random = np.random.default_rng(dimensions)
    points, of = random.normal(size=(200, dimensions)), random.normal(size=(30, dimensions))
    compared = nearest(points, of, k)
    monkeypatch.setattr(module, "COMPARED", 0)
    by_tree = nearest(points, of, k)
    for mine, theirs in zip(compared, by_tree, strict=True):
        assert mine.shape == (30, k)
        assert np.array_equal(mine, theirs)


def test_equal_distances_are_all_found() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [5.0, 5.0]])
    distance, near = nearest(points, points[:1], 3)
    assert distance.tolist() == [[0.0, 1.0, 1.0]]
    assert near[0, 0] == 0
    assert sorted(near[0, 1:]) == [1, 2]
