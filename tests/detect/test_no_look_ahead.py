"""What is expected of a day does not depend on that day, also where the model is fitted on that very morning."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from mrs.arrays import EPOCH, epoch_day
from mrs.detection.anomaly.prevalence import HighScores, prevalence
from mrs.detection.predictions import BASELINE
from mrs.settings import DetectSettings

from tests.detect.runner import rows, run
from tests.detect.world import FIRST_TICK, World, tables_of

WEEKLY = DetectSettings(refit_days=7, calibrate=False)


def expected_by(world: World, day: date) -> list[tuple[object, ...]]:
    """Return what the daily run expects of each store until a day, in periods of a week."""
    logs = run(tables_of(world), FIRST_TICK, day, WEEKLY, daily=True)
    return [(r["store_id"], r["date"], r["expected_sales"], r["expected_high"]) for r in rows(logs[BASELINE])]


def test_a_fit_does_not_see_the_day_of_its_refit(quiet: World) -> None:
    to_anchor = -epoch_day(FIRST_TICK) % WEEKLY.refit_days or WEEKLY.refit_days
    anchor = FIRST_TICK + timedelta(days=to_anchor)
    assert epoch_day(anchor) % WEEKLY.refit_days == 0

    def tripled(sales):
        sales[:, quiet.at(anchor)] *= 3

    assert expected_by(quiet.changed(tripled), anchor) == expected_by(quiet, anchor)


def test_nor_do_the_days_before_a_runs_first_that_warm_it_up(quiet: World) -> None:
    """Judged by days that a fit has seen, the days after it would seem restless."""
    changed = FIRST_TICK - timedelta(days=15)

    def expected_before(world: World) -> list[tuple[object, ...]]:
        logs = run(tables_of(world), FIRST_TICK, FIRST_TICK)
        return [(r["store_id"], r["date"], r["expected_sales"]) for r in rows(logs[BASELINE]) if r["date"] <= changed]

    def tripled(sales):
        sales[:, quiet.at(changed) :] *= 3

    expected = expected_before(quiet)
    assert len({d for _, d, _ in expected}) > 30
    assert expected_before(quiet.changed(tripled)) == expected


def test_how_much_is_going_on_is_told_by_days_that_were_judged_when_they_came(quiet: World, monkeypatch) -> None:
    """Of the days before a run's first nobody was told anything, and they say nothing of those after it."""
    told: list[np.ndarray] = []

    def recorded(score: np.ndarray, usual: HighScores) -> np.ndarray:
        told.append(score)
        return prevalence(score, usual)

    monkeypatch.setattr("mrs.detection.anomaly.pooled_evidence.prevalence", recorded)
    run(tables_of(quiet), FIRST_TICK, FIRST_TICK, DetectSettings())
    (score,) = told
    judged = FIRST_TICK.toordinal() - (EPOCH.toordinal() + epoch_day(FIRST_TICK) // 28 * 28)
    known = ~np.isnan(score).all(axis=0)
    assert known[-28 + judged]
    assert known.sum() == 1
