"""Learning a chain's own combiner: planted days against quiet ones, each scored by trees that never saw it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.anomaly.combiner import Combiner
from mrs.detection.anomaly.evidence import Evidence, evidence_of_worlds
from mrs.detection.anomaly.inputs import AnomalyInputs
from mrs.detection.anomaly.neighbours import Neighbours, find_neighbours
from mrs.detection.anomaly.pooled_evidence import candidates
from mrs.detection.calibration.params import (
    FEW_STORES,
    FOLD_DAYS,
    FOLDS,
    LEAST_EFFECT,
    MOST_PLANTINGS,
    NEAR_ROWS_SHARE,
    PLANTED_ROWS,
    PLANTINGS_OF_FEW,
    QUIET_ROWS,
    SMALL_EFFECT_WEIGHT,
    STORES_AT_ONCE,
    TREE_BINS,
    TREE_DEPTH,
    TREE_L2,
    TREE_LEAF_ROWS,
    TREE_LEAVES,
    TREE_RATE,
    TREE_ROUNDS,
)
from mrs.detection.calibration.past import Past
from mrs.detection.calibration.planting import Ground, plant, seed_of
from mrs.detection.context import context_of
from mrs.detection.params import BASE_RATE

Float32Array = npt.NDArray[np.float32]
LEARNED_FROM = (
    "chain",
    "chain_run",
    "log",
    "near_15",
    "near_15_run",
    "near_5",
    "near_5_run",
    "near_region",
    "post_near_15",
    "post_near_5",
    "post_near_region",
    "post_near_region_run",
    "post_region",
    "post_region_run",
    "region",
    "region_run",
    "region_tilt",
    "run_long",
    "run_short",
    "side",
    "sigma",
    "z",
    "z_before",
)
"""The evidence that is learned from; no constant of a region's day, by which its own days would be learned by heart."""
EITHER_WAY = ("side", "sigma")
"""Those that are no evidence to a side by themselves."""
SHIPPED = "shipped"
NO_SPLIT = np.float32(3e38)
"""The threshold of a node where a tree has a leaf already: no value exceeds it."""


@dataclass(frozen=True)
class Rows:
    """N days worth judging.

    Parameters
    ----------
    features
        N×K.
    hit, touched
        Whether an event large enough to be asked for, or any, was planted on the day and to the side.
    size
        The planted log effect's size, 0 where none.
    fold
        Which of the folds, by time.
    cell
        The position of the day in S×D, for scores that are laid out again.
    side, planting
        +1 or -1; the planting, -1: the quiet past itself.
    kept
        Share of the quiet past's days worth judging that are among the rows.
    """

    features: Float32Array
    hit: BoolArray
    touched: BoolArray
    size: FloatArray
    fold: IntArray
    cell: IntArray
    side: IntArray
    planting: IntArray
    kept: FloatArray


def inputs_of(past: Past) -> AnomalyInputs:
    """Return what a classifier is given of the past."""
    panel = past.panel
    rows = np.arange(len(panel.store_ids))
    context = context_of(panel.first_day, *panel.z.shape)
    given = (past.stores, panel.deviation, panel.sigma, panel.settled, rows, past.first, context)
    return AnomalyInputs(
        *given, is_young=past.is_young, began=past.began, near_holiday=past.near_holiday, promoted=panel.promoted
    )


def with_shipped(features: Float32Array, names: Sequence[str], shipped: Combiner) -> Float32Array:
    """Return the columns that are learned from: some evidence, and the log odds of the trees that ship."""
    index = [names.index(n) for n in LEARNED_FROM]
    return np.column_stack([features[:, index], shipped.log_odds(features)]).astype(np.float32)


LEARNED_NAMES = (*LEARNED_FROM, SHIPPED)


def rows_of(past: Past, until: int, shipped: Combiner) -> tuple[Rows, list[tuple[FloatArray, IntArray]]]:
    """Return the rows of the quiet past and of plantings into it, and the plantings.

    There are as many plantings as it takes to have enough planted days, up to a bound.
    """
    inputs = inputs_of(past)
    neighbours = find_neighbours(inputs.stores, inputs.rows, inputs.is_reference)
    quiet = evidence_of_worlds(inputs, inputs.deviation[:, None], neighbours)[0]
    pieces = [_rows(quiet, past, None, -1, None)]
    planted: list[tuple[FloatArray, IntArray]] = []
    hits = 0
    most = PLANTINGS_OF_FEW if len(past.stores.store_ids) <= FEW_STORES else MOST_PLANTINGS
    for (effect, number), found in _plantings(past, until, inputs, neighbours, most):
        pieces.append(_rows(found, past, effect, len(planted), _near(number >= 0)))
        planted.append((effect, number))
        hits += int(pieces[-1].hit.sum())
        if len(planted) >= 2 and hits >= PLANTED_ROWS:
            break
    rows = _joined(pieces)
    return replace(rows, features=with_shipped(rows.features, quiet.names, shipped)), planted


def _plantings(
    past: Past, until: int, inputs: AnomalyInputs, neighbours: Neighbours, most: int
) -> Iterator[tuple[tuple[FloatArray, IntArray], Evidence]]:
    """Yield plantings into the past and the evidence that each leaves, some worked out together."""
    ground, at_once = Ground(past.stores, past.ripe), max(STORES_AT_ONCE // len(past.stores.store_ids), 1)
    for begin in range(0, most, at_once):
        made = [plant(ground, seed_of(past.stores, until, k)) for k in range(begin, min(begin + at_once, most))]
        worlds = np.repeat(inputs.deviation[:, None], len(made), axis=1)
        for world, (effect, _) in enumerate(made):
            worlds[:, world, past.first :] += effect
        yield from zip(made, evidence_of_worlds(inputs, worlds, neighbours), strict=True)


def _near(planted: BoolArray) -> BoolArray:
    """Return S×D: days on which an event runs anywhere, whose untouched stores are the hard ones to tell."""
    running = np.asarray(planted.any(axis=0))
    return np.broadcast_to(running[None, :], planted.shape)


def _rows(
    evidence: Evidence,
    past: Past,
    effect: FloatArray | None,
    planting: int,
    wanted: BoolArray | None,
) -> Rows:
    days = past.ripe.shape[1]
    pieces = []
    rng = np.random.default_rng(planting + 1)
    for side in (1, -1):
        mask: BoolArray = candidates(side * evidence.z, past.ripe)
        planted, share = np.zeros(mask.shape) if effect is None else side * effect, 1.0
        if effect is not None and wanted is not None:
            mask &= (planted != 0) | (wanted & (rng.random(mask.shape) < NEAR_ROWS_SHARE))
        elif int(mask.sum()) > QUIET_ROWS // 2:
            share = QUIET_ROWS / 2 / int(mask.sum())
            mask &= np.asarray(rng.random(mask.shape) < share)
        at = np.flatnonzero(mask.ravel())
        size = planted.ravel()[at]
        pieces.append(
            Rows(
                np.asarray(evidence.up if side > 0 else evidence.down)[mask],
                size >= LEAST_EFFECT,
                size != 0,
                size,
                (at % days // FOLD_DAYS) % FOLDS,
                at,
                np.full(len(at), side),
                np.full(len(at), planting),
                np.full(len(at), share),
            )
        )
    return _joined(pieces)


def _joined(pieces: Sequence[Rows]) -> Rows:
    return Rows(*(np.concatenate([getattr(p, f) for p in pieces]) for f in Rows.__dataclass_fields__))


def take(rows: Rows, mask: BoolArray) -> Rows:
    """Return some of the rows."""
    return replace(rows, **{f: getattr(rows, f)[mask] for f in Rows.__dataclass_fields__})


def weights_of(rows: Rows, past: Past, planted: Sequence[tuple[FloatArray, IntArray]]) -> FloatArray:
    """Return how many store-days each row stands for, in a past of which `BASE_RATE` of the store-days have an event.

    That past is a mixture: of the quiet one, and of the plantings, which have more events. So untouched days beside an
    event are as frequent in it as the event.
    """
    ripe, count = int(past.ripe.sum()), max(len(planted), 1)
    hits = sum(int((past.ripe & (np.abs(effect) >= LEAST_EFFECT)).sum()) for effect, _ in planted) / count
    part = BASE_RATE * ripe / max(hits, 1.0)
    world = min(part, 1.0)
    near = np.mean([_near(number >= 0)[0] for _, number in planted], axis=0)
    quiet = 1.0 - world * near[rows.cell % past.ripe.shape[1]]
    small = (rows.size > 0) & ~rows.hit
    touched = np.where(small, SMALL_EFFECT_WEIGHT, 1.0) * part
    of_planting = np.where(rows.touched, touched, world / NEAR_ROWS_SHARE)
    return np.asarray(np.where(rows.planting < 0, quiet / rows.kept, of_planting / count), dtype=np.float64)


def fit(rows: Rows, weight: FloatArray, version: str) -> Combiner:
    """Return trees fitted to the rows, in which more evidence to a side never makes an event to it less likely.

    One thread, so that sums are made in one order.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    edges = [bin_edges(column.astype(np.float64), weight / weight.mean()) for column in rows.features.T]
    binned = np.column_stack([np.searchsorted(e, column) for e, column in zip(edges, rows.features.T, strict=True)])
    with threadpool_limits(limits=1):
        model = HistGradientBoostingClassifier(
            max_iter=TREE_ROUNDS,
            learning_rate=TREE_RATE,
            max_depth=TREE_DEPTH,
            max_leaf_nodes=2**TREE_DEPTH,
            min_samples_leaf=int(np.clip(len(rows.hit) / TREE_LEAVES, *TREE_LEAF_ROWS)),
            l2_regularization=TREE_L2,
            max_bins=TREE_BINS,
            monotonic_cst=[0 if name in EITHER_WAY else 1 for name in LEARNED_NAMES],
            early_stopping=False,
            random_state=0,
        ).fit(binned, rows.hit, sample_weight=weight / weight.mean())
    found = as_combiner(model, LEARNED_NAMES, version)
    return replace(found, threshold=_at_edges(found, edges, binned))


def bin_edges(values: FloatArray, weight: FloatArray) -> FloatArray:
    """Return the values up to which each of `TREE_BINS` bins goes but the last: weighted quantiles.

    As scikit-learn cuts a column, which sorts it again for each bin: the averaged inverse of the distribution function
    (Hyndman and Fan 1996, definition 2), or halfway between the values where they are few.
    """
    order = np.argsort(values)
    values, weight = values[order], weight[order]
    distinct = np.unique(values)
    if len(distinct) <= TREE_BINS:
        return np.asarray((distinct[:-1] + distinct[1:]) / 2)
    total = np.cumsum(weight)
    wanted = np.linspace(0, 100, TREE_BINS + 1)[1:-1] / 100 * total[-1]
    at = np.minimum(np.searchsorted(total, wanted), len(values) - 1)
    beyond = total[at] - wanted > np.finfo(np.float64).eps
    after = np.minimum(at + 1, len(values) - 1)
    return np.unique(np.where(beyond, values[at], (values[at] + values[after]) / 2))


def _at_edges(found: Combiner, edges: Sequence[FloatArray], binned: IntArray) -> npt.NDArray[np.float32]:
    """Return the thresholds of trees over numbers of bins as values: the edge of the last bin that goes left."""
    threshold = found.threshold.copy()
    for k, edge in enumerate(edges):
        mine = (found.feature == k) & (threshold < NO_SPLIT)
        there = np.unique(binned[:, k])
        threshold[mine] = edge[there[np.searchsorted(there, threshold[mine]) - 1]]
    return threshold


def as_combiner(model: object, names: tuple[str, ...], version: str, depth: int = TREE_DEPTH) -> Combiner:
    """Return boosted trees as full binary trees of one depth; a leaf that comes early is repeated below it."""
    inner = 2**depth - 1
    trees = [predictors[0].nodes for predictors in model._predictors]  # type: ignore[attr-defined]
    feature = np.zeros((len(trees), inner), dtype=np.int64)
    threshold = np.full((len(trees), inner), NO_SPLIT, dtype=np.float32)
    value = np.zeros((len(trees), inner + 1))
    for k, nodes in enumerate(trees):
        at = np.zeros(1, dtype=np.int64)
        for level in range(depth):
            place = 2**level - 1 + np.arange(len(at))
            node, leaf = nodes[at], nodes["is_leaf"][at].astype(bool)
            feature[k, place] = np.where(leaf, 0, node["feature_idx"])
            threshold[k, place] = np.where(leaf, NO_SPLIT, node["num_threshold"])
            left, right = np.where(leaf, at, node["left"]), np.where(leaf, at, node["right"])
            at = np.stack([left, right], axis=1).ravel().astype(np.int64)
        value[k] = nodes["value"][at]
    base = float(np.ravel(model._baseline_prediction)[0])  # type: ignore[attr-defined]
    return Combiner(version, names, feature, threshold, value, base)
