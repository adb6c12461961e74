"""Calibration: from a chain's own past to its trees, the map to a probability, the threshold, and what to expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.anomaly.combiner import Combiner, load_combiner
from mrs.detection.anomaly.evidence import Evidence, collect_evidence
from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement, OwnRules
from mrs.detection.anomaly.learned import Learned, alone_odds
from mrs.detection.anomaly.pooled_evidence import Float32Array, judgement_of
from mrs.detection.anomaly.prevalence import HighScores
from mrs.detection.anomaly.rules import with_rules
from mrs.detection.calibration.budget import covered, threshold_of
from mrs.detection.calibration.by_spread import by_spread
from mrs.detection.calibration.found import Found
from mrs.detection.calibration.learning import LEARNED_NAMES, Rows, fit, inputs_of, rows_of, take, weights_of
from mrs.detection.calibration.params import (
    CATEGORY_BUDGET_PART,
    CATEGORY_QUIET_SCORE,
    CAUTION,
    CHAIN_MARGIN,
    CHAIN_MOST_HALFWAY,
    FOLD_DAYS,
    FOLDS,
    HIGH_SCORE_SHARE,
    LEARN_LEAST_STORE_DAYS,
    LEAST_EFFECT,
    MAP_BINS,
    MAP_PRIOR,
    MAP_QUIET_WEIGHT,
    MAP_TAILS,
    OPEN_SCORE_RANGE,
    OWN_LEAST_GAIN,
    PROBABILITY_RANGE,
    RELEARN_DAYS,
    TREE_LEAST_DAYS,
    TREE_LEAST_POSITIVES,
    TREE_LEAST_STORE_DAYS,
)
from mrs.detection.calibration.past import Past
from mrs.detection.calibration.past_events import past_events
from mrs.detection.categories import CategoryEvidence, category_evidence
from mrs.detection.context import context_of, first_year_ends
from mrs.detection.params import BASE_RATE, CARRY_ON_SHARE, MIDDLING, SHIPPED_OPEN_SCORE
from mrs.detection.run_wide import chain_strength
from mrs.detection.scoring import JudgedSpan, judged_span
from mrs.settings import DetectSettings
from mrs.threads import two_at_a_time


@dataclass(frozen=True)
class Calibration:
    """What was learned, the threshold that the budget asks for, and what to expect of both."""

    learned: Learned
    open_score: float
    carry_on_score: float
    stores: int
    days: int
    planted_store_days: int
    expected: Mapping[str, Any]


def calibrate(past: Past, until: int, settings: DetectSettings, sales: pa.Table | None) -> Calibration | None:
    """Learn from a chain's past; return None if it has fewer than `LEARN_LEAST_STORE_DAYS` quiet store-days.

    Parameters
    ----------
    past, until
        The past, and the first day that is not known.
    settings
        The budget, and when a report closes.
    sales
        Sales by category, None where they are not split.
    """
    shipped = load_combiner()
    panel, split = past.panel, None
    if sales is not None:
        split = category_evidence(sales, panel.store_ids, panel.expected, panel.first_day, past.first)
    inputs = replace(inputs_of(past), panel=panel, split=split, missing_after_days=settings.missing_after_days)
    evidence = collect_evidence(inputs)
    events = past_events(evidence, past.ripe, shipped, settings.close_after_days)
    past = replace(past, ripe=past.ripe & ~events)
    if past.ripe.sum() < LEARN_LEAST_STORE_DAYS:
        return None
    rows, planted = rows_of(past, until, shipped)
    weight = weights_of(rows, past, planted)
    by_fold, odds, trees = _judge(rows, weight, past)
    rules = own_rules(past, evidence.common, settings, split)
    learned = Learned(trees, *_map(odds, rows.hit, weight), rules, _least(rows, weight, past))
    sigma = rows.features[:, LEARNED_NAMES.index("sigma")].astype(np.float64)
    learned = replace(learned, by_spread=by_spread(learned.mapped(odds, sigma), sigma, rows.hit, weight))
    score = learned.mapped(odds, sigma)
    learned = replace(learned, high=_high(rows, score, weight, past))
    span = _judged(past, inputs, evidence, settings, by_fold, learned)
    caution, close_after = CAUTION[int(past.seen_days < RELEARN_DAYS)], settings.close_after_days
    judged, budget, usual = (span.score, span.direction, usual_days(past)), settings.natural_share, _usual(learned)
    at_budget, natural = threshold_of(*judged, budget, CARRY_ON_SHARE, close_after, usual, caution)
    opens = settings.open_score or at_budget
    lasts = settings.carry_on_score or round(CARRY_ON_SHARE * opens, 6)
    found = _found(rows, score, opens, planted)
    share = covered(span.score, span.direction, past.ripe, opens, lasts, close_after)
    expected = {
        "found": found.by_size(),
        "found by spread": found.by_spread(_spread_of_stores(past)),
        "delay": found.delay(),
        "natural share": round(share / max(int(past.ripe.sum()), 1), 5),
        "calibrated": _reliability(score, rows.hit, weight),
        "trees": trees is not None,
        "natural share at the threshold": round(natural, 5),
        "days of past events": round(float(events.sum()) / max(events.size, 1), 5),
    }
    count = sum(int((effect != 0).sum()) for effect, _ in planted)
    days = past.ripe.shape[1] - int(past.ripe.any(axis=0).argmax())
    return Calibration(learned, opens, lasts, len(past.stores.store_ids), days, count, expected)


def usual_days(past: Past) -> BoolArray:
    """Return S×D: the days whose false alerts tell the threshold; not those of year ends that were new to the chain.

    These are judged so that few are reported, so that they would let the other days have more than their budget.
    """
    ends = first_year_ends(past.panel.first_day + past.first, past.ripe.shape[1], past.began)
    return past.ripe & ~ends if (past.ripe & ~ends).any() else past.ripe


def _spread_of_stores(past: Past) -> FloatArray:
    """Return S: how far a store's days usually lie from what was expected of them, in log sales."""
    sigma = np.where(past.panel.written, past.panel.sigma, np.nan)[:, past.first :]
    known = ~np.isnan(sigma).all(axis=1)
    out = np.full(len(sigma), np.nan)
    out[known] = np.nanmedian(sigma[known], axis=1)
    return out


def _usual(learned: Learned) -> float:
    """Return what the threshold of the shipped trees is as a probability of the chain's own."""
    odds = np.log(SHIPPED_OPEN_SCORE / (1.0 - SHIPPED_OPEN_SCORE))
    return float(np.clip(learned.mapped(np.array(odds), np.exp(learned.by_spread.middle)), *OPEN_SCORE_RANGE))


def _judge(rows: Rows, weight: FloatArray, past: Past) -> tuple[list[Combiner | None], FloatArray, Combiner | None]:
    """Return the trees of each fold, the log odds of each row by trees that did not see it, and the chain's trees.

    All None, and the odds those of the shipped trees, where there is too little to learn from, or where the chain's say
    hardly more likely what was planted and what was not.
    """
    nothing: list[Combiner | None] = [None] * FOLDS
    shipped = _held_out(rows, nothing)
    enough = past.ripe.sum() >= TREE_LEAST_STORE_DAYS and past.ripe.any(axis=0).sum() >= TREE_LEAST_DAYS
    if not enough or rows.hit.sum() < TREE_LEAST_POSITIVES:
        return nothing, shipped, None

    def fit_without(fold: int) -> Combiner | None:
        return fit(take(rows, rows.fold != fold), weight[rows.fold != fold], str(fold))

    by_fold = two_at_a_time(fit_without, range(FOLDS))
    own = _held_out(rows, by_fold)
    if (1.0 - OWN_LEAST_GAIN) * _surprise(shipped, rows.hit, weight) <= _surprise(own, rows.hit, weight):
        return nothing, shipped, None
    return by_fold, own, fit(rows, weight, "1")


def _surprise(odds: FloatArray, hit: BoolArray, weight: FloatArray) -> float:
    """Return the mean log loss of log odds, once they are mapped to probabilities."""
    chance = np.interp(odds, *_map(odds, hit, weight))
    return float(np.average(-np.log(np.where(hit, chance, 1.0 - chance)), weights=weight))


def own_rules(past: Past, common: FloatArray, settings: DetectSettings, split: CategoryEvidence | None) -> OwnRules:
    """Return how far the chain's days and its categories swing by themselves.

    One day of the whole chain is the budget of most of a year: only what is beyond every day of the past is an event.
    Of a year that has not been seen whole, the largest day is still to come: it grows as the root of the days.
    """
    holiday = context_of(past.panel.first_day, 1, len(common))["near_holiday"][0] > 0
    strength = np.abs(chain_strength(common, holiday))[past.first :]
    halfway = max(CHAIN_MARGIN * strength.max(initial=0.0), OwnRules().chain_halfway)
    halfway = float(min(halfway * np.sqrt(max(RELEARN_DAYS / past.seen_days, 1.0)), CHAIN_MOST_HALFWAY))
    if split is None:
        return OwnRules(round(halfway, 4), is_young=past.is_young, began=past.began)
    often = np.quantile(np.maximum(split.up, split.down)[past.ripe], 1 - CATEGORY_BUDGET_PART * settings.natural_share)
    shift = float(np.log(often / max(1 - often, 1e-9)) - np.log(CATEGORY_QUIET_SCORE / (1 - CATEGORY_QUIET_SCORE)))
    return OwnRules(round(halfway, 4), round(max(shift, 0.0), 4), past.is_young, past.began)


def _held_out(rows: Rows, by_fold: list[Combiner | None]) -> FloatArray:
    """Return the log odds of each row by trees that did not see its fold."""
    shipped = rows.features[:, -1].astype(np.float64)
    odds = np.maximum(shipped, alone_odds(rows.features[:, LEARNED_NAMES.index("z")].astype(np.float64)))
    for fold, trees in enumerate(by_fold):
        mine = rows.fold == fold
        if trees is not None and mine.any():
            odds[mine] = trees.log_odds(rows.features[mine])
    return odds


def _judged(
    past: Past,
    inputs: AnomalyInputs,
    evidence: Evidence,
    settings: DetectSettings,
    by_fold: list[Combiner | None],
    learned: Learned,
) -> JudgedSpan:
    """Return the quiet past judged, each day by trees that did not see its fold."""
    fold_of = np.arange(past.ripe.shape[1]) // FOLD_DAYS % FOLDS
    day = np.broadcast_to(fold_of[None, :], past.ripe.shape)
    known = ~np.isnan(past.panel.z[:, past.first :])
    shipped = load_combiner()
    parts: list[Judgement] = []
    for fold, trees in enumerate(by_fold):
        own = replace(learned, trees=trees)

        def probability(features: Float32Array, toward: FloatArray, own: Learned = own) -> FloatArray:
            return own.probability(features, shipped, toward)

        parts.append(judgement_of(evidence, known & (day == fold), probability, learned.least))
    found = Judgement(
        up=np.select([day == f for f in range(FOLDS)], [p.up for p in parts]),
        down=np.select([day == f for f in range(FOLDS)], [p.down for p in parts]),
        z=evidence.z,
        common=evidence.common,
        parts={},
    )
    return judged_span(past.panel, inputs.rows, with_rules(inputs, found, learned.rules), settings, past.first)


def _least(rows: Rows, weight: FloatArray, past: Past) -> float:
    """Return the share with an event to a side of the days that hardly deviate: of all that are no row."""
    ripe = float(past.ripe.sum())
    hits, others = weight[rows.hit].sum(), weight[~rows.hit].sum()
    missed = max(BASE_RATE * ripe - hits, 0.0)
    quiet = max((1 - BASE_RATE) * ripe - others, 1.0)
    return round(float(np.clip(0.5 * missed / (missed + quiet), *PROBABILITY_RANGE)), 6)


def _high(rows: Rows, score: FloatArray, weight: FloatArray, past: Past) -> HighScores | None:
    """Return how often quiet and planted days reach a score that few quiet ones do; None if planted ones do no more."""
    ripe = float(past.ripe.sum())

    def shares(which: BoolArray) -> tuple[float, float]:
        quiet, hit = weight[which & ~rows.hit].sum(), weight[which & rows.hit].sum()
        return float(quiet) / ((1.0 - BASE_RATE) * ripe), float(hit) / (BASE_RATE * ripe)

    order = np.argsort(-score, kind="stable")
    quiet = np.cumsum(np.where(rows.hit, 0.0, weight)[order]) / ((1.0 - BASE_RATE) * ripe)
    if not len(order) or quiet[-1] <= HIGH_SCORE_SHARE:
        return None
    level = float(score[order[int(np.searchsorted(quiet, HIGH_SCORE_SHARE))]])
    reached = score >= level
    share, planted = shares(reached)
    if planted <= 2.0 * share:
        return None
    middling = (round(v, 6) for v in shares((score >= MIDDLING[0]) & (score < MIDDLING[1])))
    return HighScores(level, round(share, 6), round(planted, 6), *middling)


def _map(odds: FloatArray, hit: BoolArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return rising log odds and the share of planted days at each (isotonic, by pooling adjacent violators)."""
    order = np.argsort(odds, kind="stable")
    total = np.cumsum(np.where(hit, weight, MAP_QUIET_WEIGHT * weight)[order])
    edges = np.searchsorted(total, np.linspace(0, total[-1], MAP_BINS + 1)[1:-1])
    groups = [g for g in np.split(order, edges) if len(g)]
    blocks = [(float(np.average(odds[g], weights=weight[g])), *_pair(hit[g], weight[g])) for g in groups]
    pooled: list[list[float]] = []
    for centre, right, all_ in blocks:
        pooled.append([centre * all_, right, all_])
        while len(pooled) > 1 and pooled[-2][1] * pooled[-1][2] >= pooled[-1][1] * pooled[-2][2]:
            last = pooled.pop()
            pooled[-1] = [a + b for a, b in zip(pooled[-1], last, strict=True)]
    middle = np.array([c / n for c, _, n in pooled])
    chance = np.clip(np.array([r / n for _, r, n in pooled]), *PROBABILITY_RANGE)
    middle = np.concatenate([middle[:1] - MAP_TAILS[0], middle, middle[-1:] + MAP_TAILS[1]])
    chance = np.concatenate([PROBABILITY_RANGE[:1], chance, PROBABILITY_RANGE[1:]])
    rising = np.concatenate([[True], np.diff(middle) > 1e-6])
    knots = np.maximum.accumulate(chance[rising])
    return np.asarray(np.round(middle[rising], 5)), np.asarray(np.round(knots, 6), dtype=np.float64)


def _pair(hit: BoolArray, weight: FloatArray) -> tuple[float, float]:
    return float(weight[hit].sum()) + MAP_PRIOR[0] * float(weight.mean()), float(weight.sum()) + MAP_PRIOR[1] * float(
        weight.mean()
    )


def _found(rows: Rows, score: FloatArray, opens: float, planted: list[tuple[FloatArray, IntArray]]) -> Found:
    """Return what would have opened a report of the planted episodes (event and store) that are large enough."""
    peaks, delays, stores = [], [], []
    for k, (effect, number) in enumerate(planted):
        size = np.where(number >= 0, np.abs(effect), 0.0)
        seen = np.zeros(effect.size, dtype=bool)
        seen[rows.cell[(rows.planting == k) & (score >= opens) & rows.hit]] = True
        store, day = np.nonzero(size >= LEAST_EFFECT)
        episode, which = np.unique(number[store, day] * len(effect) + store, return_inverse=True)
        peak, start, found = np.zeros(len(episode)), *np.full((2, len(episode)), np.inf)
        np.maximum.at(peak, which, size[store, day])
        np.minimum.at(start, which, day)
        np.minimum.at(found, which, np.where(seen.reshape(effect.shape)[store, day], day, np.inf))
        peaks.append(peak)
        delays.append(found - start)
        stores.append(episode % len(effect))
    return Found(np.concatenate(peaks), np.concatenate(delays), np.concatenate(stores))


def _reliability(score: FloatArray, hit: BoolArray, weight: FloatArray) -> list[list[float]]:
    """Return by tenth of the score its mean and the share that was planted, where anything fell."""
    tenth = np.minimum((score * 10).astype(int), 9)
    return [
        [round(float(np.average(v[tenth == k], weights=weight[tenth == k])), 3) for v in (score, hit.astype(float))]
        for k in range(10)
        if np.any(tenth == k)
    ]
