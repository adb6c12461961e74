"""Calibration: from a chain's own past to its trees, the map to a probability, the threshold, and what to expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from mrs.arrays import FloatArray, IntArray
from mrs.detection.anomaly.combiner import Combiner, load_combiner
from mrs.detection.anomaly.evidence import Evidence, collect_evidence
from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement, OwnRules
from mrs.detection.anomaly.learned import Learned, alone_odds
from mrs.detection.anomaly.pooled_evidence import Float32Array, judgement_of
from mrs.detection.anomaly.rules import with_rules
from mrs.detection.calibration.budget import covered, threshold_of
from mrs.detection.calibration.learning import LEARNED_NAMES, Rows, fit, inputs_of, rows_of, take, weights_of
from mrs.detection.calibration.params import (
    CATEGORY_BUDGET_PART,
    CATEGORY_QUIET_SCORE,
    CHAIN_MARGIN,
    CHAIN_MOST_HALFWAY,
    EFFECT_BANDS,
    FOLD_DAYS,
    FOLDS,
    LEARN_LEAST_STORE_DAYS,
    LEAST_EFFECT,
    MAP_BINS,
    MAP_PRIOR,
    MAP_QUIET_WEIGHT,
    MAP_TAILS,
    PROBABILITY_RANGE,
    TREE_LEAST_DAYS,
    TREE_LEAST_GAIN,
    TREE_LEAST_POSITIVES,
)
from mrs.detection.calibration.past import Past
from mrs.detection.calibration.past_events import past_events
from mrs.detection.categories import CategoryEvidence, category_evidence
from mrs.detection.context import context_of
from mrs.detection.params import CARRY_ON_SHARE
from mrs.detection.run_wide import chain_strength
from mrs.detection.scoring import JudgedSpan, judged_span
from mrs.settings import DetectSettings


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
    weight = weights_of(rows, len(planted))
    rules = _own_rules(past, evidence.common, settings, split)
    days = int(past.ripe.any(axis=0).sum())
    candidates: list[tuple[Combiner | None, list[Combiner | None]]] = [(None, [None] * FOLDS)]
    if days >= TREE_LEAST_DAYS and int(rows.hit.sum()) >= TREE_LEAST_POSITIVES:
        by_fold = [fit(take(rows, rows.fold != f), weight[rows.fold != f], str(f)) for f in range(FOLDS)]
        candidates.insert(0, (fit(rows, weight, "1"), [*by_fold]))
    options = []
    for trees, own in candidates:
        odds = _held_out(rows, own)
        learned = Learned(trees, *_map(odds, rows.hit, weight), rules)
        options.append(_option(past, inputs, evidence, settings, own, learned, rows, odds, planted))
    best = max(options, key=lambda o: _mean(o.found) - (TREE_LEAST_GAIN if o.learned.trees is not None else 0.0))
    opens = settings.open_score or best.opens
    lasts = settings.carry_on_score or round(CARRY_ON_SHARE * opens, 6)
    span = best.span
    share = covered(span.score, span.direction, past.ripe, opens, lasts, settings.close_after_days)
    expected = {
        "found": best.found,
        "natural share": round(share / max(int(past.ripe.sum()), 1), 5),
        "calibrated": _reliability(best.learned.mapped(best.odds), rows.hit, weight),
        "trees": best.learned.trees is not None,
        "natural share at the threshold": round(best.natural, 5),
        "days of past events": round(float(events.sum()) / max(events.size, 1), 5),
    }
    count = sum(int((effect != 0).sum()) for effect, _ in planted)
    return Calibration(best.learned, opens, lasts, len(past.stores.store_ids), days, count, expected)


@dataclass(frozen=True)
class _Option:
    """One way to judge the chain: what it would have found at the threshold that the budget asks for."""

    learned: Learned
    odds: FloatArray
    span: JudgedSpan
    opens: float
    natural: float
    found: dict[str, float | None]


def _option(
    past: Past,
    inputs: AnomalyInputs,
    evidence: Evidence,
    settings: DetectSettings,
    own: list[Combiner | None],
    learned: Learned,
    rows: Rows,
    odds: FloatArray,
    planted: list[tuple[FloatArray, IntArray]],
) -> _Option:
    span = _judged(past, inputs, evidence, settings, own, learned)
    opens, natural = threshold_of(
        span.score, span.direction, past.ripe, settings.natural_share, CARRY_ON_SHARE, settings.close_after_days
    )
    return _Option(learned, odds, span, opens, natural, _found(rows, learned.mapped(odds), opens, planted))


def _mean(found: Mapping[str, float | None]) -> float:
    """Return the mean share found over the sizes of effect."""
    return float(np.mean([v for v in found.values() if v is not None] or [0.0]))


def _own_rules(past: Past, common: FloatArray, settings: DetectSettings, split: CategoryEvidence | None) -> OwnRules:
    """Return how far the chain's days and its categories swing by themselves.

    One day of the whole chain is the budget of most of a year: only what is beyond every day of the past is an event.
    """
    holiday = context_of(past.panel.first_day, 1, len(common))["near_holiday"][0] > 0
    strength = np.abs(chain_strength(common, holiday))[past.first :]
    halfway = float(np.clip(CHAIN_MARGIN * strength.max(initial=0.0), OwnRules().chain_halfway, CHAIN_MOST_HALFWAY))
    if split is None:
        return OwnRules(round(halfway, 4))
    often = np.quantile(np.maximum(split.up, split.down)[past.ripe], 1 - CATEGORY_BUDGET_PART * settings.natural_share)
    shift = float(np.log(often / max(1 - often, 1e-9)) - np.log(CATEGORY_QUIET_SCORE / (1 - CATEGORY_QUIET_SCORE)))
    return OwnRules(round(halfway, 4), round(max(shift, 0.0), 4))


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
        own = Learned(trees, learned.odds, learned.probability_at)

        def probability(features: Float32Array, toward: FloatArray, own: Learned = own) -> FloatArray:
            return own.probability(features, shipped, toward)

        parts.append(judgement_of(evidence, known & (day == fold), probability))
    found = Judgement(
        up=np.select([day == f for f in range(FOLDS)], [p.up for p in parts]),
        down=np.select([day == f for f in range(FOLDS)], [p.down for p in parts]),
        z=evidence.z,
        common=evidence.common,
        parts={},
    )
    return judged_span(past.panel, inputs.rows, with_rules(inputs, found, learned.rules), settings, past.first)


def _map(odds: FloatArray, hit: np.typing.NDArray[np.bool_], weight: FloatArray) -> tuple[FloatArray, FloatArray]:
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


def _pair(hit: np.typing.NDArray[np.bool_], weight: FloatArray) -> tuple[float, float]:
    return float(weight[hit].sum()) + MAP_PRIOR[0] * float(weight.mean()), float(weight.sum()) + MAP_PRIOR[1] * float(
        weight.mean()
    )


def _found(
    rows: Rows, score: FloatArray, opens: float, planted: list[tuple[FloatArray, IntArray]]
) -> dict[str, float | None]:
    """Return the share of planted episodes (event and store) that would have opened a report, by size of effect."""
    out: dict[str, list[bool]] = {name: [] for name, *_ in EFFECT_BANDS}
    for k, (effect, number) in enumerate(planted):
        seen = np.zeros(effect.size, dtype=bool)
        mine = (rows.planting == k) & (score >= opens) & rows.touched
        seen[rows.cell[mine]] = True
        store = np.broadcast_to(np.arange(len(effect))[:, None], effect.shape).ravel()
        at = np.flatnonzero(number.ravel() >= 0)
        key = number.ravel()[at] * len(effect) + store[at]
        _, which = np.unique(key, return_inverse=True)
        peak = np.zeros(which.max(initial=-1) + 1)
        np.maximum.at(peak, which, np.abs(effect.ravel()[at]))
        found = np.zeros(len(peak), dtype=bool)
        np.logical_or.at(found, which, seen[at])
        for name, low, high in EFFECT_BANDS:
            band = (peak >= LEAST_EFFECT) & (peak > low) & (peak <= high)
            out[name] += found[band].tolist()
    return {name: round(float(np.mean(v)), 3) if v else None for name, v in out.items()}


def _reliability(score: FloatArray, hit: np.typing.NDArray[np.bool_], weight: FloatArray) -> list[list[float]]:
    """Return by tenth of the score its mean and the share that was planted, where anything fell."""
    tenth = np.minimum((score * 10).astype(int), 9)
    return [
        [round(float(np.average(v[tenth == k], weights=weight[tenth == k])), 3) for v in (score, hit.astype(float))]
        for k in range(10)
        if np.any(tenth == k)
    ]
