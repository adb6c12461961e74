"""A store that opened while its chain was selling: its first weeks are not expected again a year later."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pytest
from mrs.arrays import epoch_day
from mrs.contracts import dataset
from mrs.detection.baseline.inputs import BaselineInputs
from mrs.detection.baseline.level import NEVER
from mrs.detection.baseline.openings import opening_days
from mrs.detection.baseline.penalties import is_yearly, penalties
from mrs.detection.baseline.seasonal_ridge import SeasonalRidge
from mrs.detection.expectation import CALENDAR, PROMOTIONS, SALES, STORES, baseline_inputs
from mrs.detection.predictions import CLASSIFIER
from mrs.settings import DetectSettings

from tests.builders import table

Array = npt.NDArray[np.float64]
FIRST, OPENING = date(2022, 1, 3), date(2023, 2, 6)
"""The chain's first day, and that on which the last of its stores opens."""
DAYS, GROWN, NOISE = 900, 12, 0.05
OPENS = (OPENING - FIRST).days
AGAIN = OPENS + 364
RAMPS = {
    "slow to begin": lambda age: -0.6 * np.exp(-age / 25),
    "grows for half a year": lambda age: -0.5 * np.clip(1 - age / 180, 0, None),
    "a rush at first": lambda age: 0.5 * np.exp(-age / 40),
}


def log_sales(ramp: str) -> Array:
    """Return the grown stores' log sales and, last, those of the one that opens; all have the chain's season."""
    rng, day = np.random.default_rng(2), np.arange(DAYS)
    season = 0.2 * np.sin(2 * np.pi * day / 365.25)
    out = 7.0 + season + NOISE * rng.normal(size=(GROWN + 1, DAYS))
    out[-1] += RAMPS[ramp](np.maximum(day - OPENS, 0).astype(np.float64))
    out[-1, :OPENS] = np.nan
    return np.asarray(out)


def inputs_of(sales: Array, anchor: int) -> BaselineInputs:
    """Return the inputs of a refit period that begins on a column."""
    days = [FIRST + timedelta(days=k) for k in range(anchor + 28)]
    known_from = FIRST + timedelta(days=anchor)
    rows = [
        {"store_id": f"s{i:02d}", "date": day, "sales": float(np.exp(sales[i, k])), "tick": max(day, known_from)}
        for i in range(len(sales))
        for k, day in enumerate(days)
        if not np.isnan(sales[i, k])
    ]
    places = [{"store_id": f"s{i:02d}", "retailer": "r", "tick": FIRST} for i in range(len(sales))]
    tables = {name: dataset(name).empty() for name in (PROMOTIONS, CALENDAR, CLASSIFIER)}
    tables |= {SALES: table(SALES, *rows), STORES: table(STORES, *places)}
    return baseline_inputs(tables, epoch_day(FIRST) + anchor, DetectSettings())


def off(ramp: str, anchor: int) -> Array:
    """Return S×28: how far the days from a column on lie from what is expected of them by the days before it."""
    sales = log_sales(ramp)
    inputs = inputs_of(sales, anchor)
    found = SeasonalRidge().expect(inputs)
    at = epoch_day(FIRST) + anchor - inputs.panel.first_day
    return sales[:, anchor : anchor + 28] - found.log_expected[:, at : at + 28]


@pytest.mark.parametrize("ramp", RAMPS)
def test_a_year_after_it_opened_a_store_is_not_expected_to_begin_again(ramp: str) -> None:
    for anchor in (AGAIN - 28, AGAIN):
        assert abs(off(ramp, anchor)[-1].mean()) < 0.05


def test_what_passes_in_the_first_months_is_not_expected_to_stay() -> None:
    assert abs(off("slow to begin", OPENS + 110)[-1].mean()) < 0.05


def test_the_chain_s_season_is_expected_of_a_store_that_has_seen_it_once() -> None:
    apart = off("slow to begin", AGAIN + 70)
    assert abs(apart[-1].mean()) < 0.05
    assert np.abs(apart[:-1].mean(axis=1)).max() < 0.05


def test_a_store_of_a_year_borrows_its_season_and_nothing_else() -> None:
    fit = SeasonalRidge().fit(inputs_of(log_sales("slow to begin"), AGAIN))
    borrowed = {name for name, lent in zip(fit.names, fit.profile[-1], strict=True) if lent != 0}
    assert "season_sin_1" in borrowed
    assert all(is_yearly([name])[0] for name in borrowed)


def test_a_store_that_was_always_there_borrows_nothing_after_a_year() -> None:
    fit = SeasonalRidge().fit(inputs_of(log_sales("slow to begin"), 500))
    assert not fit.profile[:-1].any()
    assert fit.profile[-1].any()


def test_what_is_yearly_is_held_until_a_second_year_confirms_it() -> None:
    names = ("weekday_0", "month_sin_1", "season_sin_1")
    one, two = penalties(names, np.array([400.0, 400.0]), np.array([20.0, 1.0]))
    assert one[2] == pytest.approx(20 * two[2])
    assert np.array_equal(one[:2], two[:2])


def test_a_store_has_opened_where_the_chain_sold_long_before() -> None:
    trading = np.zeros((4, 100), dtype=bool)
    for store, first in enumerate((0, 20, 40)):
        trading[store, first:] = True
    assert opening_days(trading, 1000, 1000).tolist() == [NEVER, NEVER, 1040, NEVER]
    assert opening_days(trading, 1000, 1020).tolist() == [NEVER, NEVER, NEVER, NEVER]
    assert opening_days(trading, 1000, None).tolist() == [NEVER] * 4
