"""Stores whose sales change for good: found, named, learned; and days of habitual closing on which a store opens."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from mrs.detection.baseline.level import NEVER, slow_level
from mrs.detection.predictions import BASELINE
from mrs.settings import DetectSettings

from tests.detect.runner import Logs, last_rows, run
from tests.detect.world import FIRST_TICK, World, make_world, tables_of

LAST = FIRST_TICK + timedelta(days=60)
CHANGE = FIRST_TICK + timedelta(days=8)
SETTINGS = DetectSettings(calibrate=False)


@pytest.fixture(scope="module")
def world() -> World:
    """Store 3 sells 40 % less from a day on, store 6 80 % more, store 9 begins to open on Sundays.

    Store 5 was closed for two months until a fortnight before; a week after the change it sells three times as much.
    """
    quiet = make_world(stores=12, seed=4, last=LAST)
    at, rng = quiet.at(CHANGE), np.random.default_rng(9)

    def change(sales: np.ndarray) -> None:
        sales[3, at:] *= 0.6
        sales[6, at:] *= 1.8
        sales[5, at - 75 : at - 15] = 0.0
        sales[5, at + 7] *= 3.0
        sundays = np.flatnonzero(sales[9, at:] == 0) + at
        sales[9, sundays] = np.round(sales[9, sundays - 1] * np.exp(0.08 * rng.normal(size=len(sundays))), 2)

    return quiet.changed(change)


@pytest.fixture(scope="module")
def logs(world: World) -> Logs:
    return run(tables_of(world), FIRST_TICK, LAST, SETTINGS)


def of_store(logs: Logs, store: str) -> list[dict[str, object]]:
    return [r for r in last_rows(logs) if r["store_id"] == store]


@pytest.mark.parametrize(("store", "direction"), [("s003", "down"), ("s006", "up")])
def test_a_lasting_change_is_one_report_that_closes_when_the_new_level_is_learned(
    logs: Logs, store: str, direction: str
) -> None:
    (report,) = of_store(logs, store)
    assert (report["direction"], report["report_status"]) == (direction, "closed")
    assert abs(report["first_detected_at"].date() - CHANGE) <= timedelta(days=3)
    assert abs(report["lasting_since"] - CHANGE) <= timedelta(days=3)
    assert timedelta(days=21) <= report["last_detected_at"].date() - CHANGE <= timedelta(days=35)


@pytest.mark.parametrize("store", ["s003", "s006"])
def test_what_is_expected_follows_the_new_level(logs: Logs, store: str) -> None:
    rows = [r for r in logs[BASELINE].to_pylist() if r["store_id"] == store and r["expected_sales"] > 0]
    late = [r for r in rows if r["date"] > CHANGE + timedelta(days=40)]
    ratio = sum(r["observed_sales"] for r in late) / sum(r["expected_sales"] for r in late)
    assert ratio == pytest.approx(1.0, abs=0.08)
    assert {abs(r["level_since"] - CHANGE) <= timedelta(days=3) for r in late} == {True}
    assert {r["level_since"] for r in rows if r["date"] < CHANGE} == {None}


def test_a_new_opening_day_is_said_and_learned_in_a_few_weeks(logs: Logs) -> None:
    reports = of_store(logs, "s009")
    assert reports and {r["direction"] for r in reports} == {"up"}
    sundays = [r for r in logs[BASELINE].to_pylist() if r["store_id"] == "s009" and r["date"].weekday() == 6]
    first = next(r for r in sundays if r["date"] >= CHANGE)
    assert first["expected_sales"] == 0 and first["observed_sales"] > 0
    assert reports[0]["first_detected_at"].date() == first["date"]
    assert sundays[-1]["expected_sales"] > 0.5 * sundays[-1]["observed_sales"]
    assert max(r["last_detected_at"].date() for r in reports) < LAST - timedelta(days=7)


def test_a_reopened_store_is_expected_to_sell_as_before_and_judged_within_days(logs: Logs) -> None:
    rows = {r["date"]: r for r in logs[BASELINE].to_pylist() if r["store_id"] == "s005" and r["observed_sales"]}
    reopened = [rows[d] for d in sorted(rows) if CHANGE <= d < CHANGE + timedelta(days=7)]
    ratio = [r["observed_sales"] / r["expected_sales"] for r in reopened]
    assert min(ratio) > 0.75 and max(ratio) < 1.33
    (report,) = of_store(logs, "s005")
    assert report["first_detected_at"].date() == CHANGE + timedelta(days=7)
    assert report["direction"] == "up"


def test_the_level_begins_anew_once_and_by_the_days_before_alone() -> None:
    rng = np.random.default_rng(3)
    deviation = rng.normal(0, 0.08, (2, 120))
    deviation[0, 60:] -= 0.5
    usable = np.ones(deviation.shape, dtype=bool)
    usable[0, 60:85] = False  # the days of the report do not train
    seen = np.ones(deviation.shape, dtype=bool)
    found = slow_level(deviation, np.full(2, 0.08), usable, seen, 28.0, 8.0, 2.0)
    assert set(found.since[0].tolist()) == {NEVER, 60} and set(found.since[1].tolist()) == {NEVER}
    assert found.level[0, 80] == pytest.approx(0, abs=0.06)
    assert found.level[0, 86] == pytest.approx(-0.5, abs=0.06)
    assert found.moved[0, 59] == 0 and found.moved[0, 60] == pytest.approx(-0.5, abs=0.06)
    for day in (70, 90):
        past = slow_level(deviation[:, :day], np.full(2, 0.08), usable[:, :day], seen[:, :day], 28.0, 8.0, 2.0)
        assert np.array_equal(past.level, found.level[:, :day])
        rest = (deviation[:, day:], np.full(2, 0.08), usable[:, day:], seen[:, day:], 28.0, 8.0, 2.0)
        later = slow_level(*rest, state=past.after)
        for name in ("level", "since", "run", "begun"):
            assert np.array_equal(getattr(later, name)[:, 20:], getattr(found, name)[:, day + 20 :])
        assert np.array_equal(later.level, found.level[:, day:])


def test_a_course_that_fades_is_no_new_level() -> None:
    deviation = np.random.default_rng(3).normal(0, 0.05, (1, 120))
    deviation[0, 60:] += 1.2 * 0.93 ** np.arange(60)
    every = np.ones(deviation.shape, dtype=bool)
    found = slow_level(deviation, np.full(1, 0.05), every, every, 28.0, 8.0, 2.0)
    assert (found.since == NEVER).all()
