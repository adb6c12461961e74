"""A day of the whole chain that no calendar names, a year later: expected by how often such days came again here."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow.compute as pc
import pytest
from mrs.detection.explain_store_day import explain_store_day
from mrs.detection.predictions import BASELINE, CLASSIFIER
from mrs.settings import DetectSettings

from tests.detect.runner import Logs, detect_inputs, run
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


@pytest.fixture(scope="module")
def one_day() -> World:
    """Two years in which one day stood out once, so that no day of the chain has come again before."""
    world = make_world(stores=30, first_tick=JUDGED, history=760, last=LAST)
    return world.changed(lambda sales: sales[:, world.at(AGAIN)].__imul__(1.65))


@pytest.mark.parametrize(("size", "is_event"), [(1.65, False), (1.45, False), (0.6, True), (3.5, True)])
def test_a_day_that_comes_again_for_the_first_time_is_no_event_if_it_is_alike(
    one_day: World, size: float, is_event: bool
) -> None:
    day = a_year_later(AGAIN)
    found = judged(one_day.changed(lambda sales: sales[:, one_day.at(day)].__imul__(size)), JUDGED, day)
    assert 0 < -expected(found, day) + np.log(size) < 0.4, "a part of it is expected whatever comes"
    assert (len(reported(found, day)) >= 15) is is_event
    assert len(reported(found, day)) <= 3 or is_event


def test_why_says_what_a_day_that_came_again_was_judged_against(one_day: World) -> None:
    day = a_year_later(AGAIN)
    again = one_day.changed(lambda sales: sales[:, one_day.at(day)].__imul__(1.65))
    tables = tables_of(again, JUDGED)
    logs = run(tables, JUDGED, day)
    why = explain_store_day(detect_inputs(tables, logs, [day]), "s004", day, DetectSettings())
    assert why["expected_sales"] * 1.3 < why["judged_against"] < why["observed_sales"] * 1.2
    assert "moved as it did on such a day before" in why["decision"]


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
