"""What happens to real chains and no feed knows of: direction, days and reach are told, and no cause is sure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from mrs.attribution.probabilities import within_reason
from mrs.attribution.signal_specs import CAUSES
from mrs.contracts import Cause
from mrs.settings import AttributeSettings

from functions.attribute.propose_cause_for_minority import MRPAL, propose_cause_for_minority
from tests.attribute.worlds import MRDL, NORTH, STORES, TICK, CauseWorld

MODEST = 0.6


def told(tables: dict[str, pa.Table]) -> list[dict[str, Any]]:
    """Return the likeliest cause of each report."""
    rows = propose_cause_for_minority(tables, [TICK], AttributeSettings())[MRPAL].to_pylist()
    return [r for r in rows if r["rank"] == 1]


def each(low: float, high: float, n: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Return an own log effect for each of n stores, from shares of what is expected."""
    return np.log(np.random.default_rng(seed).uniform(low, high, (n, 1)))


def disaster() -> CauseWorld:
    """Half of a region's stores sell half for three days; what the others sell is what they always sell."""
    return CauseWorld().deviate(NORTH[:6], 2, 0, each(0.4, 0.6, 6))


def marked(tables: dict[str, pa.Table], stores: Sequence[str]) -> dict[str, pa.Table]:
    """Return the tables with a zero in an open store in the reports of some stores."""
    rows = tables[MRDL].to_pylist()
    for row in rows:
        row["data_quality"] = "zero_while_open" if row["store_id"] in stores else None
    return tables | {MRDL: pa.Table.from_pylist(rows, schema=tables[MRDL].schema)}


@pytest.mark.parametrize("times", [2.6, 3.3, 4.5, 6.0, 8.0, 15.0])
def test_a_bulk_order_is_no_fault_of_the_feed(times: float) -> None:
    (row,) = told(CauseWorld().deviate(["south-03"], 0, 0, float(np.log(times))).tables())
    assert row["cause"] == Cause.UNKNOWN
    assert row["confidence"] <= 0.8


@pytest.mark.parametrize("times", [2.0, 8.5, 9.0])
def test_a_bulk_order_near_an_exact_multiple_is_not_surely_a_fault(times: float) -> None:
    (row,) = told(CauseWorld().deviate(["south-03"], 0, 0, float(np.log(times))).tables())
    assert row["cause"] == Cause.UNKNOWN or row["confidence"] <= 0.7


@pytest.mark.parametrize(
    ("world", "direction", "days", "stores"),
    [
        (disaster(), "down", 3, 6),
        (CauseWorld().deviate(NORTH[2:7], 1, 0, each(1.3, 1.6, 5)), "up", 2, 5),  # a great visit
        (CauseWorld().deviate(STORES, 11, 0, each(1.2, 1.3, len(STORES))), "up", 12, len(STORES)),  # relief buying
        (CauseWorld().deviate(["south-03"], 3, 0, np.log(0.6)), "down", 4, 1),  # a store's incident
    ],
)
def test_what_no_feed_shows_is_told_with_direction_days_and_reach(
    world: CauseWorld, direction: str, days: int, stores: int
) -> None:
    for row in told(world.tables()):
        deviation = json.loads(row["evidence"])["deviation"]
        assert (deviation["direction"], deviation["stores"]) == (direction, stores)
        assert (deviation["first_day"], deviation["last_day"]) == (world.day(days - 1).isoformat(), TICK.isoformat())
        assert row["cause"] == Cause.UNKNOWN or row["confidence"] <= MODEST


def test_a_store_that_shuts_while_others_fell_has_no_broken_feed() -> None:
    """Alone it is the feed; beside stores that sold half of what they should, the store was shut."""
    shut = ["north-00"]
    alone = CauseWorld().deviate(shut, 0, 0, -50.0)
    beside = disaster()
    beside.effect[:9, beside.days(2, 0)] = np.log(0.5)
    beside.effect[0, beside.days(0, 0)] = -50.0
    beside.reports = [(shut, 0, 0, "c1"), (NORTH[1:9], 2, 0, "c0")]
    assert [r["cause"] for r in told(marked(alone.tables(), shut))] == [Cause.DATA_QUALITY]
    rows = told(marked(beside.tables(), shut))
    assert all(r["cause"] == Cause.UNKNOWN or r["confidence"] <= MODEST for r in rows)


def lone_falls(stores: int, days_apart: int = 0) -> CauseWorld:
    """Return stores of a region that each sell a fifth for six days, each as an event of its own."""
    world = CauseWorld()
    for k, store in enumerate(NORTH[:stores]):
        world.deviate([store], 5 + days_apart * k, 0, float(np.log(0.2)), f"c{k}")
    return world


def test_stores_that_fell_on_the_same_day_are_not_each_disrupted() -> None:
    """A disaster hits some stores that no cluster holds together: each alone would have been disrupted."""
    (alone,) = told(lone_falls(1).tables())
    assert alone["cause"] == Cause.STORE_DISRUPTION
    assert alone["confidence"] > 0.8
    two, three = told(lone_falls(2).tables()), told(lone_falls(3).tables())
    assert all(r["confidence"] < 0.7 for r in two)
    assert [r["cause"] for r in three] == [Cause.UNKNOWN] * 3
    assert all(r["confidence"] < 0.8 for r in three)
    apart = told(lone_falls(2, days_apart=4).tables())
    assert [r["cause"] for r in apart] == [Cause.STORE_DISRUPTION] * 2


@pytest.mark.parametrize("times", [2.0, 10.0, 100.0])
def test_an_exact_multiple_of_several_stores_is_a_fault_of_the_feed(times: float) -> None:
    rows = told(CauseWorld().deviate(NORTH[:8], 0, 0, float(np.log(times))).tables())
    assert {r["cause"] for r in rows} == {Cause.DATA_QUALITY}


def test_stores_near_the_double_that_differ_from_each_other_are_none() -> None:
    rows = told(CauseWorld().deviate(NORTH[:8], 0, 0, each(1.5, 2.6, 8)).tables())
    assert {r["cause"] for r in rows} == {Cause.UNKNOWN}


def reasoned(marked: float = 0.0, alone: float = 1.0, up: bool = False, **told: float) -> dict[str, float]:
    """Return the probabilities of the causes after `within_reason`."""
    before = np.array([[told.get(c, 0.0) for c in CAUSES]])
    possible = np.array([[not (up and c == Cause.STORE_DISRUPTION) for c in CAUSES]])
    after = within_reason(before, possible, np.array([marked]), np.array([alone]))[0]
    assert after.sum() == pytest.approx(1.0)
    return dict(zip((str(c) for c in CAUSES), after, strict=True))


def test_reason_rules_out_what_a_causes_kind_does() -> None:
    causes = {"data_quality": 0.6, "weather": 0.1, "unknown": 0.3}
    assert reasoned(marked=1.0, **causes)["data_quality"] == pytest.approx(0.6)
    unmarked = reasoned(**causes)
    assert unmarked["data_quality"] == 0
    assert unmarked["weather"] / unmarked["unknown"] == pytest.approx(1 / 3)
    silent = {"store_disruption": 0.9, "unknown": 0.1}
    assert reasoned(up=True, **silent)["unknown"] == 1
    assert 0.5 < reasoned(**silent)["store_disruption"] < 0.9
    assert reasoned(alone=1 / 20, **silent)["store_disruption"] < 0.15
