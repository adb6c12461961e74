"""What must not change a result: chunks, shards, the order of rows, anything dated later."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from mrs.detection.calibration.artifact import CALIBRATION
from mrs.detection.episodes import MRDL
from mrs.detection.predictions import BASELINE, CLASSIFIER
from mrs.settings import DetectSettings

from tests.detect.runner import Logs, rows, run
from tests.detect.world import FIRST_TICK, LAST_TICK, World, tables_of

LOGS = (BASELINE, CLASSIFIER, MRDL)
LEARNED = (*LOGS, CALIBRATION)


def test_a_backfill_equals_the_same_ticks_one_by_one(eventful: World, learned_logs: Logs) -> None:
    daily = run(tables_of(eventful), FIRST_TICK, LAST_TICK, DetectSettings(), daily=True)
    for name in LEARNED:
        assert rows(daily[name]) == rows(learned_logs[name])


def test_seven_shards_equal_one(eventful: World, learned_logs: Logs) -> None:
    sharded = run(tables_of(eventful), FIRST_TICK, LAST_TICK, DetectSettings(), shards=7)
    for name in LEARNED:
        assert rows(sharded[name]) == rows(learned_logs[name])


def test_in_a_chain_with_more_stores_than_reference_stores_neither_cut_nor_day_matters(
    eventful: World, eventful_logs: Logs
) -> None:
    few = DetectSettings(neighbour_stores=12, calibrate=False)
    whole = run(tables_of(eventful), FIRST_TICK, LAST_TICK, few)
    assert rows(whole[CLASSIFIER]) != rows(eventful_logs[CLASSIFIER])
    for other in (
        run(tables_of(eventful), FIRST_TICK, LAST_TICK, few, shards=7),
        run(tables_of(eventful), FIRST_TICK, LAST_TICK, few, daily=True),
    ):
        for name in LOGS:
            assert rows(other[name]) == rows(whole[name])


def test_permuted_input_rows_change_nothing(eventful: World, learned_logs: Logs) -> None:
    rng = np.random.default_rng(5)
    shuffled = {k: t.take(pa.array(rng.permutation(t.num_rows))) for k, t in tables_of(eventful).items()}
    permuted = run(shuffled, FIRST_TICK, LAST_TICK, DetectSettings())
    for name in LEARNED:
        assert rows(permuted[name]) == rows(learned_logs[name])


@pytest.mark.parametrize(("seed", "learns"), [(0, True), (1, False), (2, False)])
def test_nothing_dated_t_or_later_changes_the_expectation_for_t(
    eventful: World, eventful_logs: Logs, learned_logs: Logs, seed: int, learns: bool
) -> None:
    logs = learned_logs if learns else eventful_logs
    rng = np.random.default_rng(seed)
    day = FIRST_TICK + timedelta(days=int(rng.integers(2, 20)))

    def change(sales):
        later = sales[:, eventful.at(day) :]
        later *= rng.uniform(0.2, 4.0, later.shape)
        later[rng.random(later.shape) < 0.1] = np.nan

    changed = run(tables_of(eventful.changed(change)), FIRST_TICK, LAST_TICK, DetectSettings(calibrate=learns))
    expectation = ("store_id", "date", "expected_sales", "expected_low", "expected_high")

    def before(found: Logs, name: str, columns: tuple[str, ...], last) -> list[tuple[object, ...]]:
        return [tuple(r[c] for c in columns) for r in rows(found[name]) if r["date"] <= last]

    assert before(changed, BASELINE, expectation, day) == before(logs, BASELINE, expectation, day)
    scores = ("store_id", "date", "anomaly_score", "is_anomalous")
    eve = day - timedelta(days=1)
    assert before(changed, CLASSIFIER, scores, eve) == before(logs, CLASSIFIER, scores, eve)


def test_a_store_with_a_short_history_borrows_alike_in_any_sharding(quiet: World) -> None:
    def change(sales):
        sales[3, : quiet.at(FIRST_TICK) - 30] = np.nan
        sales[8, : quiet.at(FIRST_TICK) + 3] = np.nan

    tables = tables_of(quiet.changed(change))
    whole = run(tables, FIRST_TICK, LAST_TICK)
    for other in (run(tables, FIRST_TICK, LAST_TICK, shards=3), run(tables, FIRST_TICK, LAST_TICK, daily=True)):
        for name in LOGS:
            assert rows(other[name]) == rows(whole[name])
