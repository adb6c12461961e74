"""Beside the model of years: what a store's last weeks say, and days of the whole chain that come again."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pytest
from mrs.arrays import epoch_day
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.recent import recent_distance, weight_of
from mrs.detection.baseline.repeats import repeated_days
from mrs.detection.baseline.scopes import Entry, Layout, StoreTable
from mrs.panels import SalesPanel

Array = npt.NDArray[np.float64]
FIRST, LAST = date(2021, 12, 1), date(2024, 12, 27)
THANKSGIVINGS = (date(2022, 11, 24), date(2023, 11, 23), date(2024, 11, 28))
NOISE = 0.05


def inputs_of(log_sales: Array, anchor: date, calendar: tuple[Entry, ...] = ()) -> BaselineInputs:
    """Return stores that sell what a log says from `FIRST` on."""
    stores, days = log_sales.shape
    ids = tuple(f"s{i}" for i in range(stores))
    nothing = np.zeros(log_sales.shape, dtype=bool)
    panel = SalesPanel(
        ids, epoch_day(FIRST), np.exp(log_sales), nothing, nothing, np.full(stores, epoch_day(FIRST), dtype=np.int64)
    )
    nowhere = np.full(stores, np.nan)
    table = StoreTable(ids, (None,) * stores, (None,) * stores, nowhere, nowhere)
    return BaselineInputs(panel, Layout(table, epoch_day(FIRST), days), (), calendar, nothing, epoch_day(anchor))


def expecting_nothing_special(inputs: BaselineInputs) -> Expectation:
    shape = inputs.panel.sales.shape
    zeros, closed = np.zeros(shape), np.zeros(shape, dtype=bool)
    return Expectation(zeros, np.full(shape, NOISE), closed, np.full(shape, 500.0), may_be_combined=True)


def at(day: date) -> int:
    return (day - FIRST).days


def noise(stores: int = 12) -> Array:
    return NOISE * np.random.default_rng(3).normal(size=(stores, at(LAST) + 1))


def repeats_of(log_sales: Array, anchor: date = date(2024, 11, 20), calendar: tuple[Entry, ...] = ()) -> Array:
    inputs = inputs_of(log_sales, anchor, calendar)
    return repeated_days(inputs, expecting_nothing_special(inputs)).expected


def as_before(log_sales: Array, anchor: date) -> Array:
    inputs = inputs_of(log_sales, anchor)
    return repeated_days(inputs, expecting_nothing_special(inputs)).as_before


def test_a_feast_that_no_calendar_names_is_expected_whole_from_its_third_time_on() -> None:
    log_sales = noise()
    for day in THANKSGIVINGS:
        log_sales[:, at(day)] -= 0.4
        log_sales[:, at(day + timedelta(days=1))] += 0.5
    found = repeats_of(log_sales)
    assert -0.4 < found[at(THANKSGIVINGS[2])] < -0.25
    assert 0.35 < found[at(THANKSGIVINGS[2]) + 1] < 0.5
    assert np.abs(found[at(THANKSGIVINGS[1]) - 3 : at(THANKSGIVINGS[1]) + 4]).max() < 0.1, "little, from the second"


SALES_DAYS = tuple(date(2022, month, 5 * month % 27 + 1) for month in range(2, 12))
CAME_ONCE = date(2022, 12, 14)


def with_sales_days(again: bool, stores: slice = slice(None)) -> Array:
    """Return noise with days of the year 2022 that stand out, and come again on the same dates of 2023 or do not."""
    log_sales = noise()
    for day in SALES_DAYS:
        log_sales[stores, at(day)] += 0.4
        log_sales[stores, at(day.replace(year=2023))] += 0.4 * again
    return log_sales


def test_how_often_days_came_again_is_learned_from_the_chain() -> None:
    last = at(SALES_DAYS[-1].replace(year=2023))
    does, does_not = (repeats_of(with_sales_days(again), date(2023, 11, 1)) for again in (True, False))
    assert 0.2 < does[last] < 0.4, "by the days before it that came again"
    assert np.abs(does[at(date(2023, 1, 1)) : at(SALES_DAYS[0].replace(year=2023)) + 1]).max() < 0.15, (
        "none did by then"
    )
    assert 0.0 < does_not[last] < NOISE, "no more than chance, on a day that did not come again"


def test_an_event_of_a_part_of_the_chain_is_no_day_that_comes_again() -> None:
    for part in (slice(4), slice(8)):
        log_sales = with_sales_days(True)
        log_sales[part, at(CAME_ONCE)] += 1.0
        expected = repeats_of(log_sales, date(2023, 12, 1))
        assert np.abs(expected[at(date(2023, 12, 1)) : at(date(2023, 12, 31))]).max() < 0.05, part


@pytest.mark.parametrize("others_came_again", [False, True])
def test_what_the_chain_did_once_is_known_a_year_later_beside_what_is_expected_of_it(others_came_again: bool) -> None:
    anchor, day = date(2023, 11, 1), date(2023, 11, 8)
    log_sales = with_sales_days(True) if others_came_again else noise()
    log_sales[:, at(day.replace(year=2022))] += 0.4
    more, expected = as_before(log_sales, anchor)[at(day)], repeats_of(log_sales, anchor)[at(day)]
    assert 0.3 < more + expected < 0.5
    assert bool(expected > 0.15) is others_came_again


def test_a_year_after_a_day_like_any_other_or_of_a_part_of_the_chain_nothing_is_known() -> None:
    day, log_sales = date(2024, 9, 10), noise()
    log_sales[:4, at(day.replace(year=2023))] += 0.8
    assert np.isnan(as_before(log_sales, date(2024, 9, 1))[at(day)])
    assert np.mean(~np.isnan(as_before(noise(), date(2024, 9, 1)))) < 0.02


def test_of_a_long_event_only_the_first_days_are_known_a_year_later() -> None:
    log_sales, first = noise(), date(2023, 9, 1)
    log_sales[:, at(first) : at(first) + 25] += 0.4
    known = ~np.isnan(as_before(log_sales, date(2024, 8, 15))[at(first.replace(year=2024)) :])
    assert known[:3].all() and not known[12:25].any()


def test_a_day_of_next_to_no_sales_names_no_size() -> None:
    log_sales = with_sales_days(True)
    log_sales[:, at(CAME_ONCE)] -= 5.0
    expected = repeats_of(log_sales, date(2023, 12, 1))
    assert np.abs(expected[at(date(2023, 12, 1)) : at(date(2023, 12, 31))]).max() < 0.05


def holiday(name: str, first: date, days: int = 1, told: date = FIRST) -> Entry:
    start = epoch_day(first)
    return Entry((None, None, None), start, start + days - 1, epoch_day(told), name, "public_holiday")


def test_a_holiday_is_expected_by_its_name_from_its_second_time_on_each_of_its_days_by_itself() -> None:
    feasts, effects = (date(2023, 4, 21), date(2024, 4, 10)), (0.6, -0.3, 0.2)
    log_sales = noise()
    for first in feasts:
        for k, effect in enumerate(effects):
            log_sales[:, at(first) + k] += effect
    calendar = tuple(holiday("Eid al-Fitr", first, len(effects)) for first in feasts)
    for anchor, known in ((date(2024, 4, 1), True), (date(2023, 4, 1), False)):
        found = repeats_of(log_sales, anchor, calendar)[at(feasts[1]) :][: len(effects)]
        assert np.allclose(found, np.array(effects) if known else 0.0, atol=0.12), found
    assert np.abs(repeats_of(log_sales, date(2024, 4, 1))[at(feasts[1]) :][: len(effects)]).max() < 0.1, "no calendar"
    untold = (calendar[0], holiday("Eid al-Fitr", feasts[1], len(effects), told=feasts[1] + timedelta(days=1)))
    assert abs(repeats_of(log_sales, date(2024, 4, 1), untold)[at(feasts[1])]) < 0.1, "not known on its first day"


def test_one_name_for_all_holidays_says_nothing_of_any() -> None:
    log_sales, days = noise(), [date(2023, month, 9) for month in range(1, 13)]
    for k, day in enumerate(days):
        log_sales[:, at(day)] += 0.5 if k % 2 else -0.5
    calendar = tuple(holiday("Public Holiday", day) for day in (*days, date(2024, 11, 21)))
    assert abs(repeats_of(log_sales, date(2024, 11, 20), calendar)[at(date(2024, 11, 21))]) < 0.1


def test_what_came_once_is_not_expected_again() -> None:
    log_sales = noise()
    log_sales[:, at(date(2023, 12, 5))] += 1.0
    assert np.abs(repeats_of(log_sales)[at(date(2024, 11, 20)) :]).max() < 0.1


def test_a_pay_day_is_expected() -> None:
    log_sales = noise()
    months = [FIRST + timedelta(days=k) for k in range(at(LAST) + 1)]
    log_sales[:, [d.day == 25 for d in months]] += 0.2
    assert 0.1 < repeats_of(log_sales)[at(date(2024, 11, 25))] < 0.2


def test_chance_repeats_itself_hardly() -> None:
    found = repeats_of(noise())[at(date(2023, 12, 1)) :]
    assert np.mean(np.abs(found) > NOISE) < 0.02


def test_days_from_the_anchor_on_change_no_expectation() -> None:
    log_sales = noise()
    for day in THANKSGIVINGS:
        log_sales[:, at(day)] -= 0.4
    unknown = log_sales.copy()
    unknown[:, at(date(2024, 11, 20)) :] += 1.0
    assert np.array_equal(repeats_of(unknown), repeats_of(log_sales))


def test_a_lasting_fall_moves_the_last_weekdays_and_a_week_does_not() -> None:
    anchor = date(2024, 9, 1)
    fallen, week = noise(), noise()
    fallen[:, at(date(2024, 6, 1)) :] -= 0.3
    week[:, at(date(2024, 8, 20)) : at(date(2024, 8, 27))] -= 0.3

    def distance(log_sales: Array) -> Array:
        inputs = inputs_of(log_sales, anchor)
        wide = expecting_nothing_special(inputs)
        found = recent_distance(inputs, Expectation(wide.log_expected, 4 * wide.sigma, wide.is_closed, wide.days_known))
        return found[:, at(anchor) : at(anchor) + 7]

    assert np.allclose(distance(fallen).mean(), -0.3, atol=0.02)
    assert abs(distance(week).mean()) < 0.03


def test_the_weight_is_what_the_past_says_and_nothing_where_that_is_little() -> None:
    rng = np.random.default_rng(4)
    apart = rng.normal(size=4000)
    noise_of_days = rng.normal(size=4000)
    assert abs(weight_of(apart, 0.4 * apart + noise_of_days) - 0.4) < 0.05
    assert weight_of(apart, 0.08 * apart + noise_of_days) == 0.0
    assert weight_of(apart, -apart) == 0.0
    assert weight_of(np.zeros(0), np.zeros(0)) == 0.0


EASTERS = (date(2022, 4, 17), date(2023, 4, 9), date(2024, 3, 31))


def weekdays(month: int, position: int, weekday: int) -> list[date]:
    """Return the first (0), second (1) … such weekday of a month in each year."""
    week = [[date(year, month, 7 * position + k) for k in range(1, 8)] for year in (2022, 2023, 2024)]
    return [d for days in week for d in days if d.weekday() == weekday]


FEASTS = {
    "ten days before Easter": [[e - timedelta(days=k) for e in EASTERS] for k in (10, 50, 40, 30, 20)],
    "the fourth Friday of November": [
        weekdays(*which) for which in ((11, 3, 4), (3, 0, 0), (5, 1, 1), (7, 2, 2), (9, 0, 3))
    ],
}
"""The days of a feast, and of four others that are named in the same way and come before it."""


@pytest.mark.parametrize("name", FEASTS)
def test_a_feast_that_moves_is_nothing_in_its_first_year_a_part_in_its_second_and_most_in_its_third(name: str) -> None:
    feast, *others = FEASTS[name]

    def said(also: list[list[date]]) -> list[float]:
        log_sales = noise()
        for day in (*feast, *(d for other in also for d in other)):
            log_sales[:, at(day)] += 0.4
        return [float(repeats_of(log_sales, day - timedelta(days=9))[at(day)]) / 0.4 for day in feast]

    alone, among_others = said([]), said(others)
    for first, second, third in (alone, among_others):
        assert abs(first) < 0.2 and second > 0.08 and third > 0.75
    assert among_others[1] > max(0.4, 3 * alone[1]), "the more, the more of them came again"
