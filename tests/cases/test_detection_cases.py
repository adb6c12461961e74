"""Days that were judged wrong in public: reopenings, small counts, and chain days that are no double load."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from mrs.arrays import FloatArray
from mrs.detection.baseline.holidays import habitually_closed, last_open_of_month, open_days_to_christmas
from mrs.detection.predictions import counts_so_far, no_more_than_counts
from mrs.detection.run_wide import agreement, chain_days, repeated_days
from mrs.panels import SalesPanel

WEEKS = 30


def panel(sales: FloatArray) -> SalesPanel:
    closed = np.zeros(sales.shape, dtype=bool)
    ids = tuple(f"s{k}" for k in range(len(sales)))
    return SalesPanel(ids, 4, sales, closed, closed, np.zeros(len(sales), dtype=np.int64))  # day 4 was a Monday


def week_open() -> FloatArray:
    return np.tile([100.0] * 6 + [0.0], WEEKS)[None, :]


def test_a_store_that_closed_for_two_months_keeps_the_habits_that_it_had() -> None:
    sales = week_open()
    sales[0, 70:130] = 0.0
    habit = habitually_closed(panel(sales))[0].reshape(WEEKS, 7)
    assert habit[20:, 6].all(), "Sundays stay closed"
    assert not habit[20:, :6].any(), "from the week after the reopening on, weekdays are expected again"
    assert habit[18].all(), "while it is closed, it is expected to be"


def test_without_a_long_closing_a_habit_is_what_it_was() -> None:
    rng = np.random.default_rng(1)
    sales = np.where(rng.random((5, WEEKS * 7)) < 0.2, 0.0, 50.0)
    sales[:, 6::7] = np.where(rng.random((5, WEEKS)) < 0.8, 0.0, 50.0)
    found = habitually_closed(panel(sales))
    for day in range(sales.shape[1]):
        past = sales[:, list(range(day % 7, day // 7 * 7, 7))[-8:]] == 0
        expected = (past.sum(axis=1) > 0.6 * past.shape[1]) & (past.shape[1] >= 2)
        assert (found[:, day] == expected).all()


def test_no_sale_is_as_unlikely_as_the_counts_distribution_says() -> None:
    observed, expected = np.array([0.0, 3.0, 12.0, 0.0]), np.array([3.0, 3.0, 3.0, 3.0])
    z = np.array([-8.0, 0.1, 6.0, -8.0])
    told = no_more_than_counts(z, observed, expected, np.array([True, True, True, False]))
    assert told[0] == pytest.approx(-1.96, abs=0.02)
    assert told[1] == pytest.approx(0.1, abs=0.1)
    assert 3.0 < told[2] < 6.0, "twelve for three is rare in any distribution"
    assert told[3] == -8.0, "money has no such distribution"


def test_counts_are_told_by_what_was_known_until_then() -> None:
    assert counts_so_far(np.array([[3.0, np.nan, 0.0, 2.5, 4.0]])).tolist() == [[True, True, True, False, False]]


def test_small_counts_that_repeat_by_chance_are_no_repeated_feed() -> None:
    counts = np.random.default_rng(2).poisson(3, (24, 60)).astype(np.float64)
    assert not repeated_days(counts, np.ones(24, dtype=bool)).any()
    money = np.random.default_rng(2).uniform(900, 2000, (24, 60))
    money[:, 30] = money[:, 29]
    assert repeated_days(money, np.ones(24, dtype=bool))[:, 30].all()


def test_weekly_totals_that_are_spread_over_days_are_no_fault_of_each_day() -> None:
    weekly = np.repeat(np.random.default_rng(4).uniform(900, 2000, (24, 20)), 7, axis=1)
    found = repeated_days(weekly, np.ones(24, dtype=bool))
    assert not found[:, 28:].any()
    daily = np.random.default_rng(4).uniform(900, 2000, (24, 140))
    daily[:, 100] = daily[:, 99]
    assert repeated_days(daily, np.ones(24, dtype=bool))[:, 100].all()


@pytest.mark.parametrize(("spread", "is_load"), [(0.0, True), (0.2, False)])
def test_a_day_that_doubles_some_stores_and_triples_others_is_no_double_load(spread: float, is_load: bool) -> None:
    rng = np.random.default_rng(3)
    deviation = rng.normal(0, 0.08, (24, 60))
    deviation[:, 50] += np.log(2) + rng.normal(0, spread, 24)
    common = np.zeros(60)
    common[50] = np.log(2)
    agree = agreement(deviation, np.full(deviation.shape, 0.08), common)
    found = chain_days(common, np.zeros(60, dtype=bool), agree)
    assert found.up[50] > 0.5
    assert found.multiplied[50] == is_load


def test_the_last_open_day_of_a_month_comes_before_its_closed_end() -> None:
    dates = [date(2024, 6, 1) + timedelta(days=d) for d in range(61)]  # 30 June 2024 is a Sunday
    sundays, never = np.array([[d.weekday() == 6 for d in dates]]), np.zeros((1, 61), dtype=bool)
    assert [dates[k].day for k in np.flatnonzero(last_open_of_month(dates, sundays)[0])] == [29, 31]
    assert [dates[k].day for k in np.flatnonzero(last_open_of_month(dates, never)[0])] == [30, 31]


def test_days_before_christmas_go_by_how_many_are_open_yet() -> None:
    for year, third_last in ((2013, 21), (2014, 22)):  # the 22nd is a Sunday, and a Monday
        dates = [date(year, 12, 1) + timedelta(days=k) for k in range(31)]
        sundays = np.array([[d.weekday() == 6 for d in dates]])
        left = open_days_to_christmas(dates, sundays)[0]
        assert [d.day for d, k in zip(dates, left, strict=True) if k == 3] == [third_last]
        assert [d.day for d, k in zip(dates, left, strict=True) if k == 1] == [24]
        assert not left[sundays[0]].any() and not left[24:].any()
        never = np.zeros_like(sundays)
        assert open_days_to_christmas(dates, never)[0, 21] == 3
