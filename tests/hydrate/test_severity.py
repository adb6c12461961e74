"""Severity is smooth, grows with certainty, money and stores, and is rarely high."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mrs.hydration.severity import days_at_stake, severity
from mrs.settings import HydrateSettings

SCORES = st.floats(0, 1)
STAKES = st.floats(0, 1e6)


def one(score: float, stake: float, half_at: float = HydrateSettings().event_half_store_days) -> float:
    """Return one severity."""
    return float(severity(np.array([score]), np.array([stake]), half_at)[0])


@given(SCORES, STAKES)
def test_it_is_a_share_and_never_above_the_score(score: float, stake: float) -> None:
    assert 0 <= one(score, stake) <= score


@given(SCORES, STAKES, STAKES)
def test_it_rises_with_money(score: float, a: float, b: float) -> None:
    low, high = sorted((a, b))
    assert one(score, low) <= one(score, high)


@pytest.mark.parametrize(("stake", "expected"), [(0, 0.0), (3, 0.5), (27, 0.9), (float("nan"), 0.0)])
def test_known_values(stake: float, expected: float) -> None:
    assert one(1.0, stake) == pytest.approx(expected)


def test_a_day_at_half_again_is_half_a_day_at_stake() -> None:
    stake = days_at_stake(np.array([50.0, -70.0]), np.array([100.0, 700.0]), np.array([1.0, 7.0]))
    assert stake.tolist() == [0.5, 0.7]


def test_a_day_on_which_nothing_was_expected_counts_as_one_where_something_was_sold() -> None:
    stake = days_at_stake(np.array([5.0, 0.0]), np.array([0.0, 0.0]), np.array([2.0, 1.0]))
    assert stake.tolist() == [2.0, 0.0]
