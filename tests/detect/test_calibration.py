"""What learning from the chain's own past promises: when it is due, what it plants, what its threshold holds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from mrs.arrays import BoolArray, FloatArray, epoch_day
from mrs.contracts import dataset
from mrs.detection.anomaly.combiner import load_combiner
from mrs.detection.anomaly.inputs import OwnRules
from mrs.detection.anomaly.learned import BySpread, Learned, learned_of
from mrs.detection.anomaly.prevalence import HighScores, at_prevalence, prevalence
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.calibration.artifact import CALIBRATION, in_force, is_due
from mrs.detection.calibration.budget import covered, threshold_of
from mrs.detection.calibration.by_spread import by_spread
from mrs.detection.calibration.calibrate import own_rules, usual_days
from mrs.detection.calibration.learning import LEARNED_NAMES, Rows, fit
from mrs.detection.calibration.params import LEARNED_DAYS
from mrs.detection.calibration.past import past_of
from mrs.detection.calibration.past_events import certain_runs
from mrs.detection.calibration.planting import Ground, plant, seed_of
from mrs.detection.params import BASE_RATE, CALM_RANGE, LEAST_SCORE, PREVALENCE_USUAL
from mrs.detection.predictions import CLASSIFIER
from mrs.detection.run_wide import repeated_days
from mrs.models.registry import BASELINE_MODELS
from mrs.settings import DetectSettings

from tests.detect.runner import Logs, last_rows
from tests.detect.world import FIRST_TICK, World, tables_of

ANCHOR = date(1970, 1, 1) + timedelta(days=28 * 714)
HIGH = HighScores(level=0.5, quiet=0.01, planted=0.61)
LEARNED = Learned(None, np.array([-4.0, 0.0, 4.0]), np.array([0.01, 0.4, 0.9]), OwnRules(8.0, 1.5), 0.02, HIGH)


def made(tick: date, days: int = 161, opens: float = 0.6) -> pa.Table:
    row = {f.name: None for f in dataset(CALIBRATION).schema}
    row |= {"tick": tick, "days": days, "open_score": opens, "carry_on_score": 0.4, "learned": LEARNED.to_json()}
    return pa.Table.from_pylist([row], schema=dataset(CALIBRATION).schema)


@pytest.mark.parametrize(
    ("before", "due"),
    [
        (dataset(CALIBRATION).empty(), True),
        (made(ANCHOR), False),
        (made(ANCHOR - timedelta(days=28), days=160), False),
        (made(ANCHOR - timedelta(days=28), days=30), True),
        (made(ANCHOR - timedelta(days=392)), True),
    ],
    ids=["first_tick", "made_in_this_period", "long_past", "short_past_that_grew", "a_year_ago"],
)
def test_is_due(before: pa.Table, due: bool) -> None:
    assert is_due(before, ANCHOR + timedelta(days=3), DetectSettings()) is due
    assert not is_due(before, ANCHOR, DetectSettings(calibrate=False))


def test_the_newest_calibration_by_the_tick_is_in_force_and_a_threshold_that_is_set_stands() -> None:
    log = pa.concat_tables([made(ANCHOR, opens=0.6), made(ANCHOR + timedelta(days=28), opens=0.7)])
    classifier, settings = in_force(log, ANCHOR + timedelta(days=5), DetectSettings())
    assert (settings.open_score, settings.carry_on_score) == (0.6, 0.4)
    assert classifier.version.endswith(LEARNED.version)
    assert in_force(log, ANCHOR + timedelta(days=28), DetectSettings())[1].open_score == 0.7
    assert in_force(log, ANCHOR, DetectSettings(open_score=0.9))[1].open_score == 0.9
    assert in_force(log, ANCHOR - timedelta(days=1), DetectSettings())[1].open_score is None


def test_a_past_that_was_too_short_leaves_what_ships_in_force() -> None:
    log = made(ANCHOR)
    log = log.set_column(log.column_names.index("learned"), "learned", pa.nulls(1, pa.string()))
    classifier, settings = in_force(log, ANCHOR + timedelta(days=5), DetectSettings())
    assert (classifier.version, settings.open_score) == (load_combiner().version, None)


def test_days_that_the_shipped_trees_are_sure_of_are_events_of_the_past() -> None:
    score = np.zeros((2, 30))
    score[0, 10:14], score[1, 10:14] = [0.4, 0.9, 0.0, 0.5], 0.6
    assert np.flatnonzero(certain_runs(score, 3)[0]).tolist() == [9, 10, 11, 12, 13, 14]
    assert not certain_runs(score, 3)[1].any()


def test_what_is_learned_is_read_back_as_it_was_written() -> None:
    again = learned_of(LEARNED.to_json())
    assert again.to_json() == LEARNED.to_json()
    assert again.mapped(np.array([2.0]), np.array([0.1]))[0] == pytest.approx(0.65)


def test_what_an_earlier_release_learned_is_still_read() -> None:
    known = json.loads(LEARNED.to_json())
    del known["least"], known["high"]
    del known["by_spread"]
    again = learned_of(json.dumps(known))
    assert (again.high, again.least, again.by_spread) == (None, LEAST_SCORE, BySpread())


def test_how_far_an_earlier_release_trusted_high_scores_is_no_obstacle() -> None:
    known = json.loads(LEARNED.to_json())
    known["high"]["trust"] = 0.9
    assert learned_of(json.dumps(known)).high == HIGH


def scores_of(share: float, quiet_middling: float, weeks: int = 8, stores: int = 200) -> FloatArray:
    """Return stores' scores over weeks of which `share` of the store-days have an event, of which a tenth middle."""
    rng = np.random.default_rng(8)
    has_event, chance = (rng.random((stores, 7 * weeks)) for _ in range(2))
    has_event = has_event < share
    high = chance < np.where(has_event, HIGH.planted, HIGH.quiet)
    middling = ~high & (chance > 1 - np.where(has_event, 0.1, quiet_middling))
    return np.where(high, 0.8, np.where(middling, 0.1, 0.01))


def test_the_share_of_days_with_an_event_is_read_off_high_scores() -> None:
    told = [prevalence(scores_of(share, 0.0), HIGH) for share in (0.0, 0.05, 0.3)]
    before = {t[0] for t in told}  # nothing is known before the first day
    assert len(before) == 1
    assert before.pop() == pytest.approx(PREVALENCE_USUAL, rel=0.25)
    none, usual, much = (t[-1] for t in told)
    assert none < 0.6 * BASE_RATE
    assert usual == pytest.approx(BASE_RATE, rel=0.25)
    assert 0.2 < much < 0.3  # drawn to what is usual


def test_weeks_tell_of_the_share_and_store_days_hardly_do() -> None:
    """A thousand store-days of a week share its few events."""
    many = [prevalence(scores_of(0.3, 0.0, weeks, stores), HIGH)[-1] for weeks, stores in ((1, 700), (7, 100))]
    assert BASE_RATE < many[0] < 0.8 * many[1]


@pytest.mark.parametrize(("quiet", "is_calm"), [(0.01, True), (0.04, False), (0.08, False)])
def test_scores_are_worth_more_only_in_weeks_calmer_than_the_past(quiet: float, is_calm: bool) -> None:
    """Of the past's quiet days 4 % had a middling score: fewer say that chance is rarer, more say nothing."""
    score = scores_of(0.05, quiet)
    before = prevalence(score, HIGH)[-1]
    now = prevalence(score, replace(HIGH, middling_quiet=0.04, middling_planted=0.1))[-1]
    worth = now / (1 - now) / (before / (1 - before))
    assert 1.3 < worth <= 1 / CALM_RANGE[0] if is_calm else worth == pytest.approx(1.1, abs=0.2)


def test_scores_and_thresholds_move_together_with_what_is_going_on() -> None:
    scores, shares = np.array([0.1, 0.5, 0.9]), np.array([0.01, 0.05, 0.3])
    moved = at_prevalence(scores[:, None], shares[None, :])
    assert np.array_equal(moved.argsort(axis=0)[:, 0], [0, 1, 2])
    assert moved[:, 1] == pytest.approx(scores)
    assert moved[1] == pytest.approx([1 / (1 + 99 / 19), 0.5, 1 / (1 + (7 / 3) / 19)])


def hits_by_spread(slope: float, count: int) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return probabilities by one map for all stores, spreads, and hits of which noisy stores have more by `slope`."""
    rng = np.random.default_rng(5)
    chance, sigma = rng.uniform(0.05, 0.95, count), np.exp(rng.normal(np.log(0.1), 0.5, count))
    odds = np.log(chance / (1 - chance)) + slope * (np.log(sigma) - np.log(0.1))
    return chance, sigma, rng.random(count) < 1 / (1 + np.exp(-odds))


@pytest.mark.parametrize("slope", [-0.8, 0.0, 0.8])
def test_what_a_score_is_worth_in_a_noisy_store_is_learned(slope: float) -> None:
    chance, sigma, hit = hits_by_spread(slope, 20_000)
    told = by_spread(chance, sigma, hit, np.ones(len(hit)))
    assert told.slope == pytest.approx(slope, abs=0.1)
    mapped, noisy = told.applied(chance, sigma), sigma > 0.15
    assert mapped[noisy].mean() == pytest.approx(hit[noisy].mean(), abs=0.02)
    assert mapped.mean() == pytest.approx(chance.mean(), abs=0.02)  # the mean of all stays


def test_the_same_evidence_is_worth_what_it_is_in_stores_as_noisy_as_that_one() -> None:
    shipped = load_combiner()
    features = np.zeros((2, len(shipped.names)), dtype=np.float32)
    features[:, shipped.names.index("sigma")] = sigma = np.array([0.1, 0.2])
    alike = LEARNED.probability(features, shipped, np.zeros(2))
    apart = replace(LEARNED, by_spread=BySpread(1.0, np.log(0.1))).probability(features, shipped, np.zeros(2))
    assert apart / (1 - apart) == pytest.approx(sigma / 0.1 * alike / (1 - alike))


def test_few_days_say_little_of_noisy_stores() -> None:
    chance, sigma, hit = hits_by_spread(0.8, 40)
    assert by_spread(chance, sigma, hit, np.ones(len(hit))).slope < 0.6


def test_trees_never_fall_where_evidence_rises() -> None:
    rng = np.random.default_rng(9)
    features = rng.normal(0, 1, (6_000, len(LEARNED_NAMES))).astype(np.float32)
    strongest = features[:, LEARNED_NAMES.index("z")]
    hit = rng.random(len(features)) < np.where(np.abs(strongest) > 1, 0.4, 0.1)  # falls, then rises
    whole, real = np.zeros(len(hit), dtype=np.int64), np.zeros(len(hit))
    trees = fit(Rows(features, hit, hit, real, whole, whole, whole, whole, real + 1), real + 1, "1")
    line = np.repeat(features[:1], 50, axis=0)
    line[:, LEARNED_NAMES.index("z")] = np.linspace(-3, 3, 50)
    odds = trees.log_odds(line)
    assert np.all(np.diff(odds) >= 0)
    assert odds[-1] > odds[0]


def test_the_past_that_is_learned_from_takes_small_counts_for_counts(quiet: World) -> None:
    counts = np.random.default_rng(10).poisson(3.0, quiet.sales.shape).astype(float)
    tables = tables_of(replace(quiet, sales=np.where(np.isnan(quiet.sales), np.nan, counts)))
    tables |= {name: dataset(name).empty() for name in (CLASSIFIER, CALIBRATION)}
    past = past_of(tables, epoch_day(FIRST_TICK), BASELINE_MODELS.load("seasonal_ridge"), DetectSettings())
    assert past is not None
    assert np.nanmin(past.panel.z) > -5  # in a logarithm, a day without sales is eight sigmas off


def ground(stores: int = 12, days: int = 90) -> Ground:
    ids = tuple(f"s{i:02d}" for i in range(stores))
    regions = tuple(f"r{i % 3}" for i in range(stores))
    nowhere = np.full(stores, np.nan)
    trading = np.ones((stores, days), dtype=bool)
    trading[:, ::7] = False
    return Ground(StoreTable(ids, (None,) * stores, regions, nowhere, nowhere), trading)


def test_plantings_are_the_datas_own_and_leave_most_days_quiet() -> None:
    where = ground()
    one, again, other = (plant(where, seed_of(where.stores, 20_000, k)) for k in (0, 0, 1))
    assert np.array_equal(one[0], again[0])
    assert not np.array_equal(one[0], other[0])
    effect, number = one
    assert 0.02 < np.mean(effect[where.trading] != 0) < 0.2
    assert not effect[~where.trading].any()
    assert {np.sign(effect[number == k].sum()) for k in np.unique(number[number >= 0])} <= {-1.0, 1.0}


def test_a_threshold_holds_the_budget_on_the_past_that_it_was_read_off() -> None:
    rng = np.random.default_rng(5)
    score, side = rng.beta(0.3, 8.0, (300, 120)), rng.choice([-1, 1], (300, 120))
    ripe = np.ones(score.shape, dtype=bool)
    level, share = threshold_of(score, side, ripe, 0.005, 2 / 3, 3, 0.45)
    assert 0.003 < share <= 0.005
    assert covered(score, side, ripe, level, 2 / 3 * level, 3) == round(share * score.size)


def test_one_store_has_a_threshold_too() -> None:
    score = np.random.default_rng(6).beta(0.3, 8.0, (1, 120))
    side, ripe = np.ones(score.shape, dtype=int), np.ones(score.shape, dtype=bool)
    level, _ = threshold_of(score, side, ripe, 0.005, 2 / 3, 3, 0.45)
    assert np.quantile(score, 0.95) < level < 1


@pytest.mark.parametrize("stores", [1, 10])
def test_a_threshold_of_few_days_is_drawn_to_the_usual_one_the_more_the_fewer_they_are(stores: int) -> None:
    score = np.random.default_rng(6).beta(0.3, 30.0, (stores, 120))
    given = score, np.ones(score.shape, dtype=int), np.ones(score.shape, dtype=bool), 0.005, 2 / 3, 3
    (low, _), (high, _) = (threshold_of(*given, usual) for usual in (0.3, 0.7))
    apart = np.log(high / (1 - high)) - np.log(low / (1 - low))
    known = 0.005 * score.size / 20
    assert apart == pytest.approx((1 - known) * 2 * np.log(7 / 3), abs=0.01)


def test_a_usual_threshold_that_the_past_itself_would_break_is_not_used() -> None:
    score = np.random.default_rng(6).beta(2.0, 8.0, (10, 120))
    side, ripe = np.ones(score.shape, dtype=int), np.ones(score.shape, dtype=bool)
    level, share = threshold_of(score, side, ripe, 0.005, 2 / 3, 3, 0.02)
    assert share <= 0.005
    assert level > 0.3


def test_of_a_year_that_was_not_seen_whole_the_largest_day_of_the_chain_is_still_to_come(quiet: World) -> None:
    tables = tables_of(quiet) | {name: dataset(name).empty() for name in (CLASSIFIER, CALIBRATION)}
    settings = DetectSettings()
    past = past_of(tables, epoch_day(FIRST_TICK), BASELINE_MODELS.load("seasonal_ridge"), settings)
    assert past is not None
    still = np.zeros(past.panel.z.shape[1])
    halfway = [own_rules(replace(past, seen_days=days), still, settings, None).chain_halfway for days in (91, 364, 900)]
    assert halfway == [2 * OwnRules().chain_halfway, OwnRules().chain_halfway, OwnRules().chain_halfway]


def test_a_december_that_was_new_to_the_chain_says_nothing_of_its_threshold(quiet: World) -> None:
    tables = tables_of(quiet) | {name: dataset(name).empty() for name in (CLASSIFIER, CALIBRATION)}
    past = past_of(tables, epoch_day(FIRST_TICK), BASELINE_MODELS.load("seasonal_ridge"), DetectSettings())
    assert past is not None
    assert np.array_equal(usual_days(past), past.ripe)
    first = epoch_day(date(2014, 11, 1))
    moved = replace(past.panel, first_day=first - past.first)
    new, known = (replace(past, panel=moved, seen_days=days) for days in (300, 1200))
    out = np.flatnonzero((past.ripe & ~usual_days(new)).any(axis=0)) + first
    assert {out.min(), out.max()} == {epoch_day(date(2014, 11, 25)), epoch_day(date(2014, 12, 31))}
    assert np.array_equal(usual_days(known), past.ripe)


def test_small_counts_that_tie_by_chance_are_no_fault_and_a_day_loaded_again_is() -> None:
    rng = np.random.default_rng(7)
    counts, every = rng.poisson(2.0, (60, 60)).astype(float), np.ones(60, dtype=bool)
    assert repeated_days(counts, every).mean() < 0.01
    counts[:, 40] = counts[:, 39]
    assert repeated_days(counts, every)[counts[:, 40] > 0, 40].all()


def test_what_was_learned_is_one_row_and_finds_the_events(eventful: World, learned_logs: Logs) -> None:
    (row,) = learned_logs[CALIBRATION].to_pylist()
    assert row["learned"] is not None
    assert row["carry_on_score"] < row["open_score"] < 1
    assert row["days"] == LEARNED_DAYS  # Sundays, on which all stores are closed, count
    found = {(r["store_id"], r["direction"]) for r in last_rows(learned_logs)}
    rising = {(s, "up") for s, r in zip(eventful.store_ids, eventful.regions, strict=True) if r == "r2"}
    assert ("s004", "down") in found
    assert len(found & rising) >= 0.6 * len(rising)
    assert len(found - rising) <= 5  # the one that fell is one of them
