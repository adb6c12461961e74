"""The band round the sum of an event's stores: as wide as their errors are alike."""

from __future__ import annotations

import numpy as np
import pytest

from functions.workshop.objects.series import Panel

STORES, DAYS = 50, 200


def panel(shared: float) -> Panel:
    """Stores whose errors have the correlation `shared`, in bands of 1.645 standard deviations."""
    random = np.random.default_rng(5)
    errors = np.sqrt(shared) * random.normal(size=(1, DAYS)) + np.sqrt(1 - shared) * random.normal(size=(STORES, DAYS))
    expected, none = np.full((STORES, DAYS), 100.0), np.zeros((STORES, DAYS))
    return Panel(0, expected + errors, expected, expected - 1.645, expected + 1.645, none, none, none + 1.0)


@pytest.mark.parametrize("shared", [0.0, 0.3, 1.0])
def test_nine_days_in_ten_lie_in_the_band_of_the_sum(shared: float) -> None:
    line = panel(shared).total()
    observed, low, high = (np.array(values, dtype=float) for values in (line.observed, line.low, line.high))
    assert 0.85 <= ((observed >= low) & (observed <= high)).mean() <= 0.95


def test_with_too_few_days_to_tell_the_stores_err_as_one() -> None:
    whole = panel(0.0)
    few = Panel(0, *(values[:, :5] for values in (*whole._all(), whole.price)))
    line = few.total()
    assert np.array(line.high, dtype=float) - np.array(line.expected, dtype=float) == pytest.approx(1.645 * STORES)
