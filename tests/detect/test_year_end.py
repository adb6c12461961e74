"""The first ends of a year that a chain sees are new to it: what all stores share then moves none of them."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from mrs.arrays import FloatArray, epoch_day
from mrs.detection.anomaly.inputs import AnomalyInputs, OwnRules
from mrs.detection.anomaly.learned import Learned
from mrs.detection.anomaly.pooled_evidence import PooledEvidence
from mrs.detection.baseline.promoted import Promoted
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.context import context_of, first_year_ends
from mrs.detection.predictions import PredictionPanel

SHOPS, DAYS = 60, 40


@pytest.mark.parametrize(
    ("began", "year", "new"),
    [
        (date(2013, 1, 1), 2013, True),
        (date(2013, 1, 1), 2014, True),
        (date(2013, 1, 1), 2015, False),
        (date(2013, 12, 1), 2014, True),  # of the first it has not seen the whole
        (date(2013, 12, 1), 2015, True),
        (date(2013, 12, 1), 2016, False),
    ],
)
def test_two_ends_of_a_year_are_new_to_a_chain(began: date, year: int, new: bool) -> None:
    first = epoch_day(date(year, 11, 20))
    found = first_year_ends(first, 60, epoch_day(began))
    on = {epoch_day(date(year, 11, 25)), epoch_day(date(year, 12, 31))}
    assert {first + int(d) for d in np.flatnonzero(found)[[0, -1]]} == on if new else not found.any()


def judged(last: date, began: date | None) -> FloatArray:
    """Return how far stores are off on a day on which all sell about a third more, but the first, which falls."""
    rng = np.random.default_rng(3)
    ids, first_day = tuple(f"s{k:03d}" for k in range(SHOPS)), epoch_day(last) - DAYS + 1
    nowhere = np.full(SHOPS, np.nan)
    stores = StoreTable(ids, ids, tuple(f"region {k % 10}" for k in range(SHOPS)), nowhere, nowhere)
    off = rng.normal(0, 0.1, (SHOPS, DAYS))
    off[:, -1] += 0.3 * rng.uniform(0.7, 1.4, SHOPS)
    off[0, -1] = -0.5
    sigma, everyone, nothing = np.full(off.shape, 0.1), np.ones(SHOPS, dtype=bool), Promoted.nothing(off.shape)
    sold = (100 * np.exp(off), np.full(off.shape, 100.0), off / sigma, sigma, np.ones(off.shape, dtype=bool))
    panel = PredictionPanel(ids, first_day, *sold, everyone, np.full(off.shape, -1), np.full(DAYS, np.nan), nothing)
    given = (stores, off, sigma, everyone, np.arange(SHOPS), 20, context_of(first_day, SHOPS, DAYS), panel)
    rules = OwnRules(began=None if began is None else epoch_day(began))
    learned = Learned(None, np.array([-4.0, 4.0]), np.array([0.01, 0.9]), rules)
    return PooledEvidence(learned=learned).judge(AnomalyInputs(*given)).z[:, -1]


@pytest.mark.parametrize(
    ("last", "began", "moves"),
    [
        (date(2014, 12, 9), date(2013, 1, 1), False),
        (date(2014, 12, 9), date(2012, 1, 1), True),
        (date(2014, 12, 9), None, True),
        (date(2014, 9, 9), date(2013, 1, 1), True),
    ],
    ids=["second_end", "third_end", "not_known", "another_season"],
)
def test_what_all_stores_share_at_a_new_end_of_a_year_moves_none(last: date, began: date | None, moves: bool) -> None:
    z = judged(last, began)
    moved = float(np.mean(np.abs(z[1:]) > 1.0))
    assert moved > 0.5 if moves else moved < 0.25
    assert z[0] < -2.0  # what goes against the chain is seen in any case
