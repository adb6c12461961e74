"""The band of quiet days: as wide as they scatter, whatever has happened in the stores before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from mrs.arrays import NORMAL_90
from mrs.detection.baseline.held import held_out
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.params import HELD_PERIODS
from mrs.detection.baseline.scopes import Layout, StoreTable
from mrs.panels import SalesPanel

Array = npt.NDArray[np.float64]
STORES, REGIONS, PERIOD, DAYS, FIRST = 48, 8, 28, 196, 19_600
ANCHOR = FIRST + DAYS - PERIOD
SAID, REAL = 0.1, 0.12
"""The spread (log) that the model says, and that of quiet days."""


class SaysNothing:
    """Expects one of every store and day, as a model would whose band is too narrow."""

    name, version = "says_nothing", "1"

    def expect(self, inputs: BaselineInputs) -> Expectation:
        shape = inputs.panel.sales.shape
        return Expectation(np.zeros(shape), np.full(shape, SAID), np.zeros(shape, dtype=bool), np.full(shape, 500.0))


def scale_of(log_sales: Array) -> Array:
    """Return by what the band is multiplied on each weekday after a past in which stores sold so much."""
    ids = tuple(f"s{i:02d}" for i in range(STORES))
    never, nowhere = np.zeros(log_sales.shape, dtype=bool), np.full(STORES, np.nan)
    panel = SalesPanel(ids, FIRST, np.exp(log_sales), never, never, np.full(STORES, FIRST))
    places = StoreTable(ids, (None,) * STORES, tuple(f"r{i % REGIONS}" for i in range(STORES)), nowhere, nowhere)
    inputs = BaselineInputs(panel, Layout(places, FIRST, DAYS), (), (), never, ANCHOR)
    return held_out(SaysNothing(), inputs, PERIOD, 30).scale


def past(seed: int, tails: float | None = None) -> Array:
    rng = np.random.default_rng(seed)
    shape = (STORES, DAYS)
    noise = rng.normal(size=shape) if tails is None else rng.standard_t(tails, shape) / np.sqrt(tails / (tails - 2))
    return np.asarray(REAL * noise)


def events(seed: int, share: float) -> Array:
    """Return log effects of a week in most stores of a region or in one store, on about that share of store-days."""
    rng, effect = np.random.default_rng(seed), np.zeros((STORES, DAYS))
    while np.mean(effect != 0) < share:
        region, start = int(rng.integers(REGIONS)), int(rng.integers(DAYS - 8))
        members = np.flatnonzero((np.arange(STORES) % REGIONS == region) & (rng.random(STORES) < 0.8))
        members = members if rng.random() < 0.7 else rng.integers(STORES, size=1)
        if not effect[members, max(start - 3, 0) : start + 10].any():
            effect[members, start : start + 7] = rng.choice([-1, 1]) * rng.uniform(0.3, 0.7)
    return effect


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("share", [0.06, 0.2])
def test_events_of_the_past_do_not_widen_the_band(share: float, seed: int) -> None:
    quiet = past(seed)
    alone = scale_of(quiet)
    assert alone.mean() == pytest.approx(REAL / SAID, rel=0.05)
    assert scale_of(quiet + events(seed, share)).mean() == pytest.approx(alone.mean(), rel=0.06)


@pytest.mark.parametrize("tails", [None, 4.0])
def test_a_quiet_past_gives_the_width_that_holds_nine_days_of_ten_though_some_lie_far_off(tails: float | None) -> None:
    quiet = past(7, tails)
    measured = quiet[:, ANCHOR - HELD_PERIODS * PERIOD - FIRST : ANCHOR - FIRST]
    assert np.mean(np.abs(measured) <= scale_of(quiet).mean() * SAID * NORMAL_90) == pytest.approx(0.9, abs=0.01)


def test_what_comes_after_the_anchor_changes_nothing() -> None:
    quiet = past(8)
    later = quiet.copy()
    later[:, ANCHOR - FIRST :] += 1.0
    assert np.array_equal(scale_of(later), scale_of(quiet))
