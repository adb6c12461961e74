"""What is no news: a price that a promotion of the calendar cut, and a temperature that the whole country has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from mrs.arrays import epoch_day
from mrs.attribution.params import LEAST_ELSEWHERE, USUAL_DAYS, WINDOW_DAYS
from mrs.attribution.prices import price_signal
from mrs.attribution.signal_specs import SPEC_BY_NAME
from mrs.attribution.signals import Signal, judged
from mrs.attribution.tick_evidence import HISTORY_DAYS
from mrs.clustering.reports import places_of
from mrs.contracts import Cause, dataset

from tests.attribute.test_propose_cause_for_minority import confidence, proposed
from tests.attribute.worlds import NORTH, SALES, STORES, TICK, CauseWorld
from tests.builders import table

Temperatures = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def usual_promotions(depth: float | None) -> list[dict[str, Any]]:
    """Return a calendar of the chain in which every second week has a promotion, the last for six days up to today."""
    day = CauseWorld().day
    return [
        {
            "promotion_id": f"usual-{k}",
            "retailer": "chain",
            "start_date": day(k),
            "end_date": day(k - 5),
            "depth": depth,
        }
        for k in range(89, 4, -14)
    ]


def rise_in_a_promotion(cut: float, depth: float | None, began: int = 5) -> CauseWorld:
    """Return a world in which two stores sell more while a usual promotion runs, and their price is cut."""
    world = CauseWorld(promotions=usual_promotions(depth))
    world.price[[STORES.index(s) for s in NORTH[:2]], world.days(began, 0)] *= 1.0 - cut
    return world.deviate(NORTH[:2], began, 0, 0.3)


def test_a_price_cut_that_began_with_a_promotion_is_no_price_change() -> None:
    tables = rise_in_a_promotion(cut=0.08, depth=0.1).tables()
    assert proposed(tables) == {Cause.UNKNOWN}
    assert confidence(tables, Cause.PRICE_CHANGE) < 0.1


@pytest.mark.parametrize(
    "world",
    [
        rise_in_a_promotion(cut=0.3, depth=0.1),
        rise_in_a_promotion(cut=0.08, depth=0.1, began=3),
        rise_in_a_promotion(cut=0.08, depth=None),
    ],
    ids=["deeper than planned", "on a day of its own", "of no known depth"],
)
def test_a_cut_that_is_not_the_promotions_is_a_price_change(world: CauseWorld) -> None:
    assert proposed(world.tables()) == {Cause.PRICE_CHANGE}


def test_promotions_that_follow_each_other_are_told_apart() -> None:
    world = CauseWorld()
    days = [(11, 6, 0.1), (5, 0, 0.12)]
    for first, last, cut in days:
        world.price[:, world.days(first, last)] *= 1.0 - cut
        span = {"start_date": world.day(first), "end_date": world.day(last)}
        world.promotions.append({"promotion_id": f"p-{first}", "retailer": "chain", "depth": cut, **span})
    assert confidence(world.deviate(NORTH[:2], 5, 0, 0.3).tables(), Cause.PRICE_CHANGE) < 0.1


def test_a_cut_that_lasts_becomes_the_price() -> None:
    world = CauseWorld()
    world.price[:, world.days(45, 0)] *= 0.8
    world.promotions.append(
        {"promotion_id": "long", "start_date": world.day(45), "end_date": world.day(0), "depth": 0.25}
    )
    assert confidence(world.deviate(NORTH[:2], 5, 0, 0.3).tables(), Cause.PRICE_CHANGE) < 0.1


@pytest.mark.parametrize("more", [1, 20, 60])
def test_who_knows_more_of_the_past_says_no_more_of_a_price(more: int) -> None:
    rng = np.random.default_rng(more)
    first, days = epoch_day(TICK) - HISTORY_DAYS, HISTORY_DAYS + 1
    level = np.log(10.0) + 0.003 * rng.normal(size=(2, days + more))
    promotions = []
    for start in np.sort(rng.integers(0, days + more, 12)):
        length, depth = int(rng.integers(3, 40)), float(rng.uniform(0.05, 0.3))
        level[:, start : start + length] += np.log1p(-depth) * rng.uniform(0.3, 1.2)
        span = {
            f"{name}_date": TICK - timedelta(days=int(days + more - 1 - k))
            for name, k in (("start", start), ("end", start + length - 1))
        }
        promotions.append({"promotion_id": f"p{start}", "retailer": "chain", "depth": depth, "tick": TICK, **span})
    stores = pa.array(STORES[:2])
    dates = [TICK - timedelta(days=days + more - 1 - k) for k in range(days + more)]
    prices = [
        (s, d, float(p))
        for s, row in zip(STORES[:2], np.exp(level), strict=True)
        for d, p in zip(dates, row, strict=True)
    ]
    sales = table(SALES, *[{"store_id": s, "date": d, "price": p} for s, d, p in prices], tick=TICK)
    of_stores = table("stores_data", *[{"store_id": s, "retailer": "chain", "tick": TICK} for s in STORES[:2]])
    known = table("promotions_data", *promotions), places_of(of_stores, stores), stores
    unplanned = dataset("promotions_data").empty(), *known[1:]
    asked = (known, first, days), (known, first - more, days + more), (unplanned, first, days)
    found = [price_signal(sales, *of, since, n) for of, since, n in asked]
    little, much, without = (signal.usual[:, -WINDOW_DAYS:] for signal in found if signal is not None)
    np.testing.assert_array_equal(little, much)
    assert (little != without).any()


def temperatures(cold: float, regions: int, cold_regions: int) -> Signal:
    """Return temperatures of a country whose weather wanders by several degrees; on the last day some are cold."""
    rng = np.random.default_rng(3)
    country = 8.0 + 4.5 * np.sin(np.arange(USUAL_DAYS + 1) / 3.0)
    country[-1] = 12.0
    value: Temperatures = country + rng.normal(0, 1.5, (regions, USUAL_DAYS + 1))
    value[:cold_regions, -1] = 12.0 - cold
    common = np.median(value, axis=0) if regions >= LEAST_ELSEWHERE else None
    return judged(SPEC_BY_NAME["temperature_c"], "", np.arange(regions), value, common)


def test_a_region_that_is_cold_where_its_country_is_mild_is_cold() -> None:
    found = temperatures(cold=9.0, regions=12, cold_regions=3)
    assert found.active[:3, -1].min() > 0.6
    assert found.active[3:, -1].max() < 0.1
    assert (found.gap[:3, -1] < -6.0).all()


def test_a_few_regions_are_no_country() -> None:
    assert temperatures(cold=9.0, regions=LEAST_ELSEWHERE - 1, cold_regions=1).active[0, -1] < 0.3


def test_a_mild_country_makes_no_region_cold_that_is_as_usual() -> None:
    assert temperatures(cold=3.0, regions=12, cold_regions=3).active[:, -1].max() < 0.3
