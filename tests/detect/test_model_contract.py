"""What every implementation of BaselineModel and AnomalyClassifier must keep, the registered ones and any third."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from mrs.arrays import epoch_day
from mrs.contracts import dataset
from mrs.detection.anomaly.inputs import AnomalyInputs
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.recent import recent_distance
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.expectation import baseline_inputs
from mrs.detection.kept_period import AMOUNT_DAYS
from mrs.detection.predictions import CLASSIFIER, counts_so_far
from mrs.models.protocols import FittedBaseline
from mrs.models.registry import ANOMALY_MODELS, BASELINE_MODELS
from mrs.settings import DetectSettings

from tests.detect.world import FIRST_TICK, make_world, tables_of

ANCHOR = epoch_day(FIRST_TICK) // 28 * 28
SEEN = ANCHOR + 20


@pytest.fixture(scope="module")
def inputs() -> BaselineInputs:
    world = make_world(stores=14, last=FIRST_TICK + timedelta(days=20))
    tables = {**tables_of(world), CLASSIFIER: dataset(CLASSIFIER).empty()}
    return replace(baseline_inputs(tables, ANCHOR, DetectSettings()), peers=None)


@pytest.fixture
def judged() -> AnomalyInputs:
    rng = np.random.default_rng(4)
    count, days = 16, 70
    stores = StoreTable(
        tuple(f"s{i:02d}" for i in range(count)),
        tuple("ab"[i % 2] for i in range(count)),
        tuple("xy"[i % 2] for i in range(count)),
        rng.uniform(50, 51, count),
        rng.uniform(8, 9, count),
    )
    deviation = 0.1 * rng.normal(size=(count, days))
    deviation[rng.random(deviation.shape) < 0.05] = np.nan
    context = {name: np.zeros((count, days)) for name in ("near_holiday", "weekday")}
    sigma = np.full((count, days), 0.1)
    return AnomalyInputs(stores, deviation, sigma, np.ones(count, dtype=bool), np.arange(count), 50, context)


@pytest.mark.parametrize("name", sorted(BASELINE_MODELS.registered))
class TestBaselineContract:
    def test_it_is_named_and_versioned(self, name: str) -> None:
        found = BASELINE_MODELS.load(name)
        assert found.name == name
        assert found.version

    def test_it_is_deterministic_and_leaves_its_input_alone(self, name: str, inputs: BaselineInputs) -> None:
        before = copy.deepcopy(inputs)
        one, two = BASELINE_MODELS.load(name).expect(inputs), BASELINE_MODELS.load(name).expect(inputs)
        np.testing.assert_array_equal(one.log_expected, two.log_expected)
        np.testing.assert_array_equal(inputs.panel.sales, before.panel.sales)
        np.testing.assert_array_equal(inputs.flagged, before.flagged)

    def test_a_store_s_expectation_depends_on_no_other_store(self, name: str, inputs: BaselineInputs) -> None:
        rows = np.array([11, 2, 7])
        whole = BASELINE_MODELS.load(name).expect(inputs)
        some = BASELINE_MODELS.load(name).expect(inputs.take(rows, inputs.anchor))
        np.testing.assert_array_equal(some.log_expected, whole.log_expected[rows])
        np.testing.assert_array_equal(some.sigma, whole.sigma[rows])

    def test_a_day_changes_only_what_is_expected_of_later_days(self, name: str, inputs: BaselineInputs) -> None:
        at = ANCHOR - inputs.panel.first_day + 9
        sales = inputs.panel.sales.copy()
        sales[:, at:] *= 3.0
        changed = replace(inputs, panel=replace(inputs.panel, sales=sales))
        one, two = BASELINE_MODELS.load(name).expect(inputs), BASELINE_MODELS.load(name).expect(changed)
        np.testing.assert_array_equal(one.log_expected[:, : at + 1], two.log_expected[:, : at + 1])
        np.testing.assert_array_equal(one.sigma[:, : at + 1], two.sigma[:, : at + 1])

    def test_it_answers_for_every_store_and_day_with_a_positive_spread(self, name: str, inputs: BaselineInputs) -> None:
        found = BASELINE_MODELS.load(name).expect(inputs)
        shape = inputs.panel.sales.shape
        assert {a.shape for a in (found.log_expected, found.sigma, found.is_closed, found.days_known)} == {shape}
        assert (found.sigma > 0).all()


FITTED = [n for n in sorted(BASELINE_MODELS.registered) if isinstance(BASELINE_MODELS.load(n), FittedBaseline)]


@pytest.mark.parametrize("name", FITTED)
class TestFittedContract:
    def test_a_fit_knows_nothing_of_the_days_from_the_anchor_on(self, name: str, inputs: BaselineInputs) -> None:
        sales, before = inputs.panel.sales.copy(), ANCHOR - inputs.panel.first_day
        sales[:, before:] *= 3.0
        sales[::2, before:] = 0.0
        changed = replace(inputs, panel=replace(inputs.panel, sales=sales))
        model = BASELINE_MODELS.load(name)
        one, two = model.expect(inputs), model.ahead(inputs, model.fit(changed))
        np.testing.assert_array_equal(one.log_expected, two.log_expected)
        np.testing.assert_array_equal(one.sigma, two.sigma)

    def test_what_lies_ahead_needs_the_past_in_outline_only(self, name: str, inputs: BaselineInputs) -> None:
        model, before = BASELINE_MODELS.load(name), ANCHOR - inputs.panel.first_day
        outlined = replace(inputs, panel=inputs.panel.outlined(ANCHOR - AMOUNT_DAYS))
        assert not np.array_equal(outlined.panel.sales, inputs.panel.sales, equal_nan=True)
        whole, found = model.expect(inputs), model.ahead(outlined, model.fit(inputs))
        for one, two in zip(_all_of(inputs, whole), _all_of(outlined, found), strict=True):
            np.testing.assert_array_equal(one[:, before:], two[:, before:])


def _all_of(inputs: BaselineInputs, found: Expectation) -> list[np.ndarray]:
    arrays = [found.log_expected, found.sigma, found.is_closed, found.days_known, recent_distance(inputs, found)]
    return [*arrays, counts_so_far(inputs.panel.sales)]


@pytest.mark.parametrize("name", sorted(ANOMALY_MODELS.registered))
class TestClassifierContract:
    def test_it_is_named_and_versioned(self, name: str) -> None:
        found = ANOMALY_MODELS.load(name)
        assert found.name == name
        assert found.version

    def test_scores_are_probabilities_where_something_is_known(self, name: str, judged: AnomalyInputs) -> None:
        found = ANOMALY_MODELS.load(name).judge(judged)
        known = ~np.isnan(judged.deviation[:, judged.first :])
        for side in (found.up, found.down):
            assert side.shape == known.shape
            np.testing.assert_array_equal(~np.isnan(side), known)
            assert ((side[known] >= 0) & (side[known] <= 1)).all()

    def test_it_is_deterministic_and_leaves_its_input_alone(self, name: str, judged: AnomalyInputs) -> None:
        before = judged.deviation.copy()
        one, two = ANOMALY_MODELS.load(name).judge(judged), ANOMALY_MODELS.load(name).judge(judged)
        np.testing.assert_array_equal(one.up, two.up)
        np.testing.assert_array_equal(judged.deviation, before)

    def test_which_other_stores_are_wanted_does_not_matter(self, name: str, judged: AnomalyInputs) -> None:
        rows = np.array([3, 9])
        some = ANOMALY_MODELS.load(name).judge(replace(judged, rows=rows))
        whole = ANOMALY_MODELS.load(name).judge(judged)
        np.testing.assert_array_equal(some.up, whole.up[rows])
        np.testing.assert_array_equal(some.down, whole.down[rows])

    def test_a_later_day_changes_nothing(self, name: str, judged: AnomalyInputs) -> None:
        deviation = judged.deviation.copy()
        deviation[:, 60:] += 1.0
        one = ANOMALY_MODELS.load(name).judge(judged)
        two = ANOMALY_MODELS.load(name).judge(replace(judged, deviation=deviation))
        np.testing.assert_array_equal(one.up[:, :10], two.up[:, :10])

    def test_an_enormous_fall_of_one_store_is_seen_and_has_its_side(self, name: str, judged: AnomalyInputs) -> None:
        deviation = judged.deviation.copy()
        deviation[5, 62] = -1.5
        found = ANOMALY_MODELS.load(name).judge(replace(judged, deviation=deviation))
        assert found.down[5, 12] > 0.7
        assert found.up[5, 12] < 0.1
