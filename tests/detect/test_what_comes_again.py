"""A day of the whole chain that no calendar names, a year later: expected by how often such days came again here."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow.compute as pc
import pytest
from mrs.detection.predictions import BASELINE, CLASSIFIER

from tests.detect.runner import Logs, run
from tests.detect.world import World, make_world, tables_of

JUDGED = date(2025, 8, 28)
LAST = date(2025, 9, 18)
SALES_DAYS = tuple(date(2023, month, 4 * month % 27 + 2) for month in (9, 10, 11, 12)) + tuple(
    date(2024, month, 4 * month % 27 + 2) for month in range(1, 8)
)
"""Days that came again a year later, by which the chain tells that its days do."""
AGAIN = date(2024, 9, 10)
SMALL = date(2024, 9, 17)
"""A day on which four stores alone stood out."""
FEW = slice(0, 4)


def a_year_later(day: date) -> date:
    return day.replace(year=day.year + 1)


@pytest.fixture(scope="module")
def years() -> World:
    """Two years with days of a rise by two thirds; what stood out in four stores stands out in them again."""
    world = make_world(stores=30, first_tick=JUDGED, history=760, last=LAST)

    def change(sales):
        for day in SALES_DAYS:
            sales[:, world.at(day)] *= 1.65
            sales[:, world.at(a_year_later(day))] *= 1.65
        sales[:, world.at(AGAIN)] *= 1.65
        sales[FEW, world.at(SMALL)] *= 0.4

    return world.changed(change)


def judged(world: World, first: date, last: date) -> Logs:
    return run(tables_of(world, first), first, last)


def reported(logs: Logs, day: date) -> set[str]:
    rows = logs[CLASSIFIER].filter(pc.equal(logs[CLASSIFIER]["date"], day)).to_pylist()
    return {r["store_id"] for r in rows if r["is_anomalous"]}


def expected(logs: Logs, day: date) -> float:
    rows = logs[BASELINE].filter(pc.equal(logs[BASELINE]["date"], day)).to_pylist()
    return float(np.median([np.log(r["observed_sales"] / r["expected_sales"]) for r in rows]))


def test_a_sales_day_is_reported_the_first_time_and_far_less_the_second(years: World) -> None:
    first = judged(years, AGAIN - timedelta(days=12), AGAIN)
    assert len(reported(first, AGAIN)) > 20
    again = years.changed(lambda sales: sales[:, years.at(a_year_later(AGAIN))].__imul__(1.65))
    second = judged(again, JUDGED, LAST)
    assert abs(expected(second, a_year_later(AGAIN))) < 0.5 * expected(first, AGAIN)
    assert len(reported(second, a_year_later(AGAIN))) <= 3


def test_a_year_after_what_happened_in_few_stores_an_event_there_is_found(years: World) -> None:
    day = a_year_later(SMALL)
    hit = years.changed(lambda sales: sales[FEW, years.at(day)].__imul__(0.4))
    found = judged(hit, JUDGED, LAST)
    assert set(hit.store_ids[FEW]) <= reported(found, day)
    assert abs(expected(found, day)) < 0.1, "of the other stores nothing else is expected"


def test_on_a_day_that_comes_again_an_event_of_a_part_of_the_stores_is_found(years: World) -> None:
    day = a_year_later(AGAIN)

    def change(sales):
        sales[:, years.at(day)] *= 1.65
        sales[FEW, years.at(day)] *= 0.4

    found = judged(years.changed(change), JUDGED, LAST)
    assert set(years.store_ids[FEW]) <= reported(found, day)
    assert len(reported(found, day)) <= 7
