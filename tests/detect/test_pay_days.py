"""Pay days, month ends and first Fridays that no calendar names: a report the first time, none from the second on."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc
import pytest
from mrs.detection.baseline.pay_days import pay_days
from mrs.detection.predictions import BASELINE, CLASSIFIER

from tests.detect.runner import Logs, run
from tests.detect.world import World, make_world, tables_of

Array = npt.NDArray[np.float64]
SPREAD = 0.03
WEEKEND = (5, 6)


def moved(due: date, step: int) -> date:
    """Return the day on which pay comes that is due on a day: so many days off a weekend."""
    while due.weekday() in WEEKEND:
        due += timedelta(days=step)
    return due


def last_of(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


NAMES: dict[str, Callable[[date], bool]] = {
    "the 25th": lambda d: d.day == 25,
    "the 25th, or the Friday before": lambda d: d == moved(d.replace(day=25), -1),
    "the 25th, or the Monday after": lambda d: d == moved(d.replace(day=25), 1),
    "the last working day": lambda d: d == moved(last_of(d), -1),
    "the last day, or the Monday after": lambda d: (
        d in (moved(last_of(d), 1), moved(d.replace(day=1) - timedelta(days=1), 1))
    ),
    "the last day of the month": lambda d: d.day == monthrange(d.year, d.month)[1],
    "the first Friday": lambda d: d.weekday() == 4 and d.day <= 7,
}
BEGAN = date(2024, 3, 1)


def days_of(first: date, count: int) -> list[date]:
    return [first + timedelta(days=k) for k in range(count)]


def chain(is_pay_day: Callable[[date], bool], size: float, days: list[date], seed: int) -> Array:
    noise = SPREAD * np.random.default_rng(seed).normal(size=len(days))
    return noise + np.array([size if d >= BEGAN and is_pay_day(d) else 0.0 for d in days])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", (1.15, 1.4))
def test_a_pay_day_that_begins_after_a_year_is_expected_mostly_from_its_third_time_on(name: str, share: float) -> None:
    days, size = days_of(date(2023, 1, 1), 620), float(np.log(share))
    said = []
    for seed in range(8):
        common = chain(NAMES[name], size, days, seed)
        pays = [i for i, d in enumerate(days) if d >= BEGAN and NAMES[name](d)]
        said.append(pay_days(common, days, SPREAD)[pays] / size)
    usual = np.mean(said, axis=0)
    assert abs(usual[0]) < 0.05, "nothing is known of the first"
    assert usual[1] >= usual[0], "of the second in part at most: most days that stand out do not come again"
    assert usual[2] > (0.5 if share > 1.2 else 0.3), usual
    assert usual[4:].min() > 0.75, usual
    other = [i for i, d in enumerate(days) if d >= BEGAN and i not in pays]
    assert np.mean(np.abs(pay_days(common, days, SPREAD)[other]) > SPREAD) < 0.03


def test_where_other_days_came_again_the_second_time_is_expected_too() -> None:
    days, size = days_of(date(2023, 1, 1), 500), 0.34
    of_new = [i for i, d in enumerate(days) if d.day == 12 and d >= BEGAN]

    def second(proven: bool) -> float:
        common = chain(lambda d: d.day == 12, size, days, 1)
        for first in (date(2023, 3, 1), date(2023, 7, 1)) if proven else ():
            which = [d.day in (5, 20) and first <= d < first + timedelta(days=100) for d in days]
            common += np.where(which, size, 0.0)
        return float(pay_days(common, days, SPREAD)[of_new[1]])

    assert second(True) > second(False) + 0.03


def test_a_day_that_fails_once_or_is_not_known_stays_expected_and_one_that_ended_does_not() -> None:
    days = days_of(date(2023, 1, 1), 1000)
    common = chain(lambda d: d.day == 25, 0.34, days, 2)
    pays = [i for i, d in enumerate(days) if d.day == 25 and d >= BEGAN]
    once, unknown, ended = common.copy(), common.copy(), common.copy()
    once[pays[8]] -= 0.34
    unknown[pays[8]] = np.nan
    ended[pays[8] :] = SPREAD * np.random.default_rng(9).normal(size=len(days) - pays[8])
    for changed in (once, unknown):
        assert pay_days(changed, days, SPREAD)[pays[9]] > 0.15
    assert abs(pay_days(ended, days, SPREAD)[pays[12]]) < 0.05


def test_chance_and_days_that_stand_out_once_are_hardly_expected_again() -> None:
    days = days_of(date(2022, 1, 1), 1000)
    rng = np.random.default_rng(5)
    common = SPREAD * rng.normal(size=len(days))
    common[rng.choice(len(days), 40, replace=False)] += 0.3 * rng.choice([-1, 1], 40)
    said = pay_days(common, days, SPREAD)
    assert np.mean(np.abs(said) > SPREAD) < 0.02
    assert np.mean((common - said) ** 2) < 1.03 * np.mean(common**2)


def test_a_day_changes_what_is_said_of_later_days_alone() -> None:
    days = days_of(date(2023, 1, 1), 620)
    common = chain(lambda d: d.day == 25, 0.34, days, 3)
    later = common.copy()
    later[500:] += 1.0
    assert np.array_equal(pay_days(common, days, SPREAD)[:501], pay_days(later, days, SPREAD)[:501])


FIRST_TICK, LAST = date(2024, 9, 2), date(2024, 12, 20)
PAID = [d for d in days_of(FIRST_TICK, (LAST - FIRST_TICK).days + 1) if d.day == 17]


def paid(share: float, stores: slice = slice(None), days: list[date] = PAID) -> World:
    world = make_world(stores=30, first_tick=FIRST_TICK, last=LAST)

    def change(sales: Array) -> None:
        for day in days:
            sales[stores, world.at(day)] *= share

    return world.changed(change)


def judged(world: World) -> Logs:
    return run(tables_of(world, FIRST_TICK), FIRST_TICK, LAST)


def reported(logs: Logs, day: date) -> int:
    rows = logs[CLASSIFIER].filter(pc.equal(logs[CLASSIFIER]["date"], day))
    return int(pc.sum(pc.fill_null(rows["is_anomalous"], False)).as_py())


def off(logs: Logs, day: date) -> float:
    rows = logs[BASELINE].filter(pc.equal(logs[BASELINE]["date"], day)).to_pylist()
    return float(np.median([np.log(r["observed_sales"] / r["expected_sales"]) for r in rows]))


def test_a_pay_day_is_reported_the_first_time_and_no_more() -> None:
    found = judged(paid(1.6))
    assert [d.weekday() for d in PAID].count(6) == 1, "one is on a Sunday, when all are closed"
    open_days = [d for d in PAID if d.weekday() != 6]
    first, *again = open_days
    assert reported(found, first) > 25
    assert max(reported(found, day) for day in again) <= 2
    assert abs(off(found, again[-1])) < 0.5 * off(found, first)


@pytest.mark.parametrize("step", [-1, 1])
def test_a_pay_day_that_a_weekend_moves_is_reported_the_first_time_and_no_more(step: int) -> None:
    days = [moved(d, step) for d in PAID]
    assert sum(d not in PAID for d in days) == 1, "one is due on a Sunday"
    found = judged(paid(1.6, days=days))
    assert reported(found, days[0]) > 25
    assert max(reported(found, day) for day in days[1:]) <= 2


def test_an_event_on_a_pay_day_is_found() -> None:
    world = paid(1.6)
    day = [d for d in PAID if d.weekday() != 6][1]
    hit = world.changed(lambda sales: sales[:3, world.at(day)].__imul__(0.45))
    assert 3 <= reported(judged(hit), day) <= 6


def test_what_comes_again_in_a_part_of_the_stores_or_twice_as_large_is_reported_again() -> None:
    open_days = [d for d in PAID if d.weekday() != 6]
    twice, once = (judged(paid(1.6, slice(0, 12), days)) for days in (open_days[:2], open_days[1:2]))
    assert reported(twice, open_days[1]) > 5
    assert abs(reported(twice, open_days[1]) - reported(once, open_days[1])) <= 1  # the first time widens spreads
    world = paid(1.3, days=open_days[:1])
    larger = judged(world.changed(lambda sales: sales[:, world.at(open_days[1])].__imul__(2.4)))
    assert reported(larger, open_days[1]) > 25


def test_each_day_is_judged_as_if_the_next_were_not_known() -> None:
    world = paid(1.6)
    day = [d for d in PAID if d.weekday() != 6][1]
    short = make_world(stores=30, first_tick=FIRST_TICK, last=LAST)
    cut = short.changed(
        lambda sales: sales.__setitem__(
            slice(None), np.where(np.arange(sales.shape[1]) <= world.at(day), world.sales, 1.3 * world.sales)
        )
    )
    assert reported(judged(world), day) == reported(judged(cut), day)
