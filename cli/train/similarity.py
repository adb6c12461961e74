"""Trains the similarity model on pairs of reports of simulated worlds, labelled as one planted event or two.

    .venv/bin/python -m cli.train.similarity --worlds 16 --out weights.json

writes the content of `layers/mrs/python/mrs/clustering/weights.json`, from simulated worlds alone. The cause model is
trained on clusters, so train it again after a change of these weights.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from mrs.arrays import FloatArray, IntArray, epoch_day
from mrs.clustering.clustering import MEMORY_DAYS, NEIGHBOURS, PROFILE_DAYS
from mrs.clustering.neighbours import candidate_pairs, neighbourhood_km
from mrs.clustering.pairs import pair_features
from mrs.clustering.panel import all_stores, residual_panel
from mrs.clustering.reports import places_of, reports_at
from mrs.clustering.rows import BASELINE, MRDL, STORES
from mrs.clustering.weighted import WEIGHTS, design
from numpy.typing import NDArray
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from cli.simulate.world import World
from cli.train.causes import training_world
from cli.train.labelling import WARM_UP_DAYS, planted_cause
from cli.train.rehearsal import MemoryLogs, landing_from, rehearse
from functions.detect.detect_anomalies import DETECT, PREDICT

FIRST_SEED = 30_000
EVERY_DAYS = 8
_STRANGER_WEIGHT = 0.5
_RIDGE = 1e-4


def world_pairs(world: World) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the similarities of the pairs that clustering compares in a world, whether each is one event, and weights.

    A report of a planted event and one without are two events. A pair without planted events has no label and is left
    out.
    """
    first = world.options.start + timedelta(days=world.options.first_event_day - WARM_UP_DAYS)
    last = world.options.start + timedelta(days=world.options.days - 1)
    logs = rehearse(landing_from(world.landing), first, last, chain=(PREDICT, DETECT))
    reports = logs.all(MRDL).to_pandas().sort_values("tick").drop_duplicates("report_id", keep="last")
    event = planted_cause(reports, world.store_days.to_pandas()).event
    number = dict(zip(event.index, event.rank(method="dense").astype(int), strict=True))
    found = [
        _pairs_at(logs, epoch_day(first + timedelta(days=k)), number)
        for k in range(WARM_UP_DAYS, (last - first).days + 1, EVERY_DAYS)
    ]
    rows, same, weight = (np.concatenate(column) for column in zip(*found, strict=True))
    return rows, same, weight


def _pairs_at(logs: MemoryLogs, tick: int, number: dict[str, int]) -> tuple[FloatArray, FloatArray, FloatArray]:
    store_ids = all_stores(logs.all(BASELINE), logs.all(MRDL))
    panel = residual_panel(logs.all(BASELINE), tick - PROFILE_DAYS, tick, store_ids)
    places = places_of(logs.all(STORES), store_ids)
    reports, _ = reports_at(logs.all(MRDL), tick, MEMORY_DAYS, store_ids)
    active: NDArray[np.bool_] = np.asarray(np.isfinite(panel.log_ratio).any(axis=1))
    active[reports.store] = True
    places = places.only(active)
    scale = neighbourhood_km(places)
    i, j = candidate_pairs(reports, places, scale, NEIGHBOURS)
    code = np.array([number.get(name, 0) for name in reports.ids.to_pylist()], dtype=np.int64)
    use = (code[i] > 0) | (code[j] > 0) if len(i) else np.zeros(0, dtype=bool)
    i, j = i[use], j[use]
    same = ((code[i] == code[j]) & (code[i] > 0)).astype(float)
    weight = np.where((code[i] > 0) & (code[j] > 0), 1.0, _STRANGER_WEIGHT) / np.sqrt(_pairs_of(code[i], code[j]))
    return design(pair_features(i, j, reports, panel, places, places, scale, tick)), same, weight


def _pairs_of(left: IntArray, right: IntArray) -> FloatArray:
    """Return how many pairs join the same two events, so that a large event does not count by its number of pairs."""
    key = np.minimum(left, right) * 1_000_000 + np.maximum(left, right)
    _, at, count = np.unique(key, return_inverse=True, return_counts=True)
    return np.asarray(count[at].astype(np.float64))


def fit_weights(rows: FloatArray, same: FloatArray, weight: FloatArray) -> dict[str, float]:
    """Fit a logistic model whose weights are not negative."""
    share = weight / weight.sum()

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        odds = rows @ flat[:-1] + flat[-1]
        error = share * (1.0 / (1.0 + np.exp(-odds)) - same)
        fit = (share * (np.logaddexp(0.0, odds) - same * odds)).sum() + _RIDGE * float((flat[:-1] ** 2).sum())
        return float(fit), np.append(rows.T @ error + 2 * _RIDGE * flat[:-1], error.sum())

    bounds = [(0.0, None)] * rows.shape[1] + [(None, None)]
    found = minimize(loss, np.ones(rows.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    return dict(zip([*WEIGHTS, "intercept"], np.round(found.x, 3).tolist(), strict=True))


def train_similarity(seeds: Sequence[int]) -> str:
    """Return the weights learned from one world for each seed, as the shipped text."""
    with threadpool_limits(limits=1):
        found = [world_pairs(training_world(seed)) for seed in seeds]
        rows, same, weight = (np.concatenate(column) for column in zip(*found, strict=True))
        learned = fit_weights(rows, same, weight)
    described = {"source": "pairs of reports of simulated worlds", "seeds": list(seeds), "pairs": len(rows)}
    return json.dumps({"weights": learned, "training": described}, sort_keys=True, indent=1) + "\n"


def main() -> None:
    """Train and write the weights."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--worlds", type=int, default=16)
    ask.add_argument("--out", type=Path, required=True)
    args = ask.parse_args()
    args.out.write_text(train_similarity(range(FIRST_SEED, FIRST_SEED + args.worlds)), encoding="utf-8")
    print(args.out.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
