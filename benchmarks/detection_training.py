"""Trains the combiner of the anomaly classifier on events planted, by rules of its own, into sales as they were.

    .venv/bin/python -m benchmarks.detection_training --landing DIR --from 2014-03-01 --to 2015-01-31 --seeds 40

plants into the days of a landing folder, runs the baseline over them, collects the evidence and fits the trees. The
artifact is written as `layers/mrs/python/mrs/models/anomaly/combiner.json`; no day after `--to` is looked at.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from mrs.contracts import dataset
from mrs.models.anomaly.combiner import ARTIFACT, Combiner
from mrs.models.anomaly.evidence import collect_evidence
from mrs.models.anomaly.inputs import AnomalyInputs
from mrs.models.anomaly.pooled_evidence import training_rows
from mrs.models.baseline.panel import epoch_day, sorted_ids
from mrs.models.baseline.scopes import store_table
from mrs.settings import DetectSettings
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.detection_runs import between
from benchmarks.detection_worlds import DAY, SALES, as_logs, grid_of, in_schema, landing_folder, plant, with_effects
from functions.detect.detect_anomalies import MEMORY_DAYS, WARM_UP_DAYS, anchor_of, predict_sales
from functions.detect.judging import context_of
from functions.detect.predictions import BASELINE, CLASSIFIER, prediction_panel
from functions.ingest.plan_ticks import chunks

LEAST_EFFECT = np.log(1.1)
KEPT_QUIET = 0.5
DEPTH = 5
FIRST_SEED = 1000
Array = npt.NDArray[np.float64]


def expectations(logs: Mapping[str, pa.Table], first: date, last: date, settings: DetectSettings) -> pa.Table:
    """Return the baseline log of the ticks, with no day ever flagged."""
    pieces = []
    for start, end in chunks(first, last, settings.refit_days):
        ticks = [start + i * DAY for i in range((end - start).days + 1)]
        given = {**logs, SALES: between(logs[SALES], None, end), CLASSIFIER: dataset(CLASSIFIER).empty()}
        pieces.append(in_schema(BASELINE, predict_sales(given, ticks, settings)[BASELINE]))
    return pa.concat_tables(pieces)


def labelled_rows(
    baseline: pa.Table, logs: Mapping[str, pa.Table], effect: Array, first: date, last: date, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_], tuple[str, ...]]:
    """Return features and labels of the days worth judging; days with an effect too small to count are left out."""
    settings, features, labels = DetectSettings(), [], []
    ids = sorted_ids(baseline["store_id"])
    stores, rows = store_table(logs["stores_data"], ids), np.arange(len(ids))
    names: tuple[str, ...] = ()
    for start, end in chunks(first, last, settings.refit_days):
        anchor = anchor_of(start, settings)
        days = WARM_UP_DAYS + settings.refit_days
        recent = between(baseline, start - MEMORY_DAYS * DAY, end)
        panel = prediction_panel(recent, ids, anchor - WARM_UP_DAYS, days, anchor)
        context = context_of(panel.first_day, *panel.z.shape)
        inputs = AnomalyInputs(stores, panel.deviation, panel.sigma, panel.settled, rows, WARM_UP_DAYS, context)
        evidence = collect_evidence(inputs)
        names = evidence.names
        wanted = ~np.isnan(panel.deviation) & panel.written
        known = wanted[:, WARM_UP_DAYS:]
        offset = anchor - epoch_day(first)
        planted = np.zeros(known.shape)
        low, high = max(0, -offset), min(known.shape[1], effect.shape[1] - offset)
        planted[:, low:high] = effect[:, offset + low : offset + high]
        for side in (1, -1):
            mask, found = training_rows(evidence, known, side)
            size = side * planted[mask]
            hit = size >= LEAST_EFFECT
            keep = (hit | (size <= 0)) & (hit | (size != 0) | (rng.random(len(hit)) < KEPT_QUIET))
            features.append(found[keep])
            labels.append(hit[keep])
    return np.concatenate(features), np.concatenate(labels), names


def as_combiner(model: HistGradientBoostingClassifier, names: tuple[str, ...], version: str) -> Combiner:
    """Return boosted trees as full binary trees of one depth; a leaf that comes early is repeated below it."""
    inner = 2**DEPTH - 1
    trees = [predictors[0].nodes for predictors in model._predictors]
    feature = np.zeros((len(trees), inner), dtype=np.int64)
    threshold = np.full((len(trees), inner), 3e38, dtype=np.float32)
    value = np.zeros((len(trees), inner + 1))
    for k, nodes in enumerate(trees):
        at = np.zeros(1, dtype=np.int64)
        for level in range(DEPTH):
            place = 2**level - 1 + np.arange(len(at))
            node, leaf = nodes[at], nodes["is_leaf"][at].astype(bool)
            feature[k, place] = np.where(leaf, 0, node["feature_idx"])
            threshold[k, place] = np.where(leaf, 3e38, node["num_threshold"])
            left, right = np.where(leaf, at, node["left"]), np.where(leaf, at, node["right"])
            at = np.stack([left, right], axis=1).ravel().astype(np.int64)
        value[k] = nodes["value"][at]
    base = float(np.ravel(model._baseline_prediction)[0])
    return Combiner(version, names, feature, threshold, value, base)


def main() -> None:
    """Train and write the artifact."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--landing", type=Path, required=True, help="folder with sales as they were")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    parser.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--version", default="2")
    parser.add_argument("--out", type=Path, default=ARTIFACT)
    chosen = parser.parse_args()
    logs = as_logs(landing_folder(chosen.landing), chosen.first)
    logs[SALES] = between(logs[SALES], None, chosen.last)
    grid = grid_of(logs, chosen.first, chosen.last)
    features, labels, names = [], [], ()
    for seed in range(FIRST_SEED, FIRST_SEED + chosen.seeds):
        rng = np.random.default_rng(seed)
        effect, _ = plant(rng, grid, 5, grid.sales.shape[1] - 2)
        planted = with_effects(logs, grid, effect)
        baseline = expectations(planted, chosen.first, chosen.last, DetectSettings())
        x, y, names = labelled_rows(baseline, planted, effect, chosen.first, chosen.last, rng)
        features.append(x)
        labels.append(y)
        print(f"seed {seed}: {len(y)} days, {y.mean():.3f} of them planted", flush=True)
    model = HistGradientBoostingClassifier(
        max_iter=250,
        learning_rate=0.08,
        max_depth=DEPTH,
        max_leaf_nodes=2**DEPTH,
        min_samples_leaf=150,
        l2_regularization=5.0,
        early_stopping=False,
    ).fit(np.concatenate(features), np.concatenate(labels))
    chosen.out.write_text(as_combiner(model, names, chosen.version).to_json(), encoding="utf-8")
    print(f"wrote {chosen.out}")


if __name__ == "__main__":
    main()
