"""Stores that send nothing: what was expected of them is the money that is missing, and it is said how bad that is."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from mrs.arrays import epoch_day
from mrs.detection.episodes import DOWN, MISSING, Episodes, JudgedDay, advance, report_rows

DAY = epoch_day(date(2024, 6, 17))


def judged(side: int, observed: float, fault: str) -> JudgedDay:
    sides, nothing = np.array([side]), np.array([None], dtype=object)
    score, z, faults = np.array([0.999]), np.array([0.0]), np.array([fault], dtype=object)
    return JudgedDay(sides, sides, score, z, np.array([observed]), np.array([100.0]), faults, nothing, np.array([-1]))


def test_days_that_do_not_come_are_worth_what_was_expected() -> None:
    state = Episodes.none(1)
    for k in range(4):
        state, _, going = advance(state, DAY + k, judged(DOWN, np.nan, MISSING), 3)
    (row,) = report_rows(["s"], [(DAY + 3, going)], ("m", "1")).to_pylist()
    assert (row["observed_sales"], row["expected_sales"], row["sales_delta"]) == (0.0, 400.0, -400.0)
    assert row["last_detected_at"].date() - row["first_detected_at"].date() == timedelta(days=3)


def test_a_day_that_is_merely_not_known_is_worth_nothing() -> None:
    state, _, going = advance(Episodes.none(1), DAY, judged(DOWN, 40.0, ""), 3)
    state, _, going = advance(state, DAY + 1, judged(0, np.nan, ""), 3)
    (row,) = report_rows(["s"], [(DAY + 1, going)], ("m", "1")).to_pylist()
    assert row["expected_sales"] == pytest.approx(100.0)
