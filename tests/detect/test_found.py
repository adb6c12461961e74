"""What would have been found of planted events, by size and by how much a store's days scatter."""

from __future__ import annotations

import numpy as np
from mrs.detection.calibration.found import Found

NOT = np.inf


def test_what_is_found_is_said_by_size_and_by_class_of_store() -> None:
    """Stores 0 to 2 are calm, 3 to 5 between, 6 to 8 noisy; each has 20 episodes, of which the noisy miss a half."""
    store = np.repeat(np.arange(9), 20)
    days = np.where((store >= 6) & (np.arange(180) % 2 == 0), NOT, np.arange(180) % 3)
    found = Found(np.where(store < 3, 0.15, 0.4), days, store)
    assert found.by_size() == {"10–25 %": 1.0, "25–60 %": 0.75, "over 60 %": None}
    sigma = np.repeat([0.3, 0.1, 0.05], 3)[::-1] + np.arange(9) / 1000
    assert found.by_spread(sigma) == [[0.05, 0.052, 1.0], [0.103, 0.105, 1.0], [0.306, 0.308, 0.5]]
    assert found.delay() == round(float(days[np.isfinite(days)].mean()), 3)


def test_a_class_with_few_episodes_says_nothing() -> None:
    store = np.repeat(np.arange(9), 9)
    assert Found(np.full(81, 0.4), np.zeros(81), store).by_spread(np.linspace(0.05, 0.3, 9)) == []
    assert Found(np.full(2, 0.4), np.zeros(2), np.zeros(2, dtype=int)).by_spread(np.array([0.1, np.nan])) == []
