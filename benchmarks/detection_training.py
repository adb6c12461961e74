"""Trains the combiner of the anomaly classifier on events planted into real and simulated sales.

    .venv/bin/python -m benchmarks.detection_training --landing DIR --from 2014-03-01 --to 2015-01-31

plants into the days of a landing folder and into simulated worlds of many characters, runs the baseline over them,
collects the evidence and fits the trees. A first fit leaves a third of the folder's stores out and is measured on
those stores, on the days after `--to`, under plantings of other seeds (`benchmarks/detection_heldout.py`); the second
takes all stores and is written as `layers/mrs/python/mrs/detection/anomaly/combiner.json`. No fit looks at a day after
`--to`. Without `--landing` it uses simulated worlds only.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from mrs.arrays import epoch_day, sorted_ids
from mrs.contracts import dataset
from mrs.detection.anomaly.combiner import ARTIFACT, Combiner
from mrs.detection.anomaly.evidence import collect_evidence
from mrs.detection.anomaly.inputs import AnomalyInputs
from mrs.detection.anomaly.pooled_evidence import training_rows
from mrs.detection.baseline.scopes import store_table
from mrs.detection.calibration.artifact import CALIBRATION, empty_log
from mrs.detection.calibration.learning import as_combiner
from mrs.detection.context import context_of
from mrs.detection.predictions import BASELINE, CLASSIFIER, prediction_panel
from mrs.settings import DetectSettings
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.detection_heldout import is_held_out, report_held_out
from benchmarks.detection_runs import between
from benchmarks.detection_worlds import DAY, SALES, as_logs, grid_of, in_schema, landing_folder, plant, with_effects
from cli.simulate.world import simulate_world
from functions.detect.detect_anomalies import MEMORY_DAYS, WARM_UP_DAYS, anchor_of, predict_sales
from functions.ingest.plan_ticks import chunks

LEAST_EFFECT = np.log(1.1)
KEPT_QUIET = 0.4
BASE_RATE = 0.02
"""Share of open store-days with an event for which the score is calibrated."""
DEPTH = 5
FIRST_SEED = 1000
FIRST_WORLD = 101
WORLD_DAYS, TRAINED_DAYS = 730, 300
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Evidence, label (planted or not), weight and hold-out flag of N candidate days."""

    features: npt.NDArray[np.float32]
    labels: npt.NDArray[np.bool_]
    weights: Array
    held_out: npt.NDArray[np.bool_]
    names: tuple[str, ...]


def expectations(logs: Mapping[str, pa.Table], first: date, last: date, settings: DetectSettings) -> pa.Table:
    """Return the baseline log of the ticks, with no day flagged as anomalous."""
    pieces = []
    for start, end in chunks(first, last, settings.refit_days):
        ticks = [start + i * DAY for i in range((end - start).days + 1)]
        given = {
            **logs,
            SALES: between(logs[SALES], None, end),
            CLASSIFIER: dataset(CLASSIFIER).empty(),
            CALIBRATION: empty_log(),
        }
        pieces.append(in_schema(BASELINE, predict_sales(given, ticks, settings)[BASELINE]))
    return pa.concat_tables(pieces)


def labelled_rows(
    baseline: pa.Table, logs: Mapping[str, pa.Table], effect: Array, first: date, last: date, rng: np.random.Generator
) -> Rows:
    """Return the candidate days with labels; an effect too small to count is labelled as none.

    The quiet days are thinned, and weigh so much that planted days are `BASE_RATE` of all open days.
    """
    settings, features, labels, held, planted_days, open_days = DetectSettings(), [], [], [], 0, 0
    ids = sorted_ids(baseline["store_id"])
    stores, rows = store_table(logs["stores_data"], ids), np.arange(len(ids))
    out = np.array([is_held_out(s) for s in ids])
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
        known = (~np.isnan(panel.deviation) & panel.written)[:, WARM_UP_DAYS:]
        planted = _on_days(effect, anchor - epoch_day(first), known.shape)
        planted_days += int(np.sum(known & (np.abs(planted) >= LEAST_EFFECT)))
        open_days += int(known.sum())
        for side in (1, -1):
            mask, found = training_rows(evidence, known, side)
            size = side * planted[mask]
            keep = (size != 0) | (rng.random(len(size)) < KEPT_QUIET)
            features.append(found[keep])
            labels.append(np.stack([size[keep] >= LEAST_EFFECT, size[keep] != 0]))
            held.append(np.broadcast_to(out[:, None], mask.shape)[mask][keep])
    hit, touched = np.concatenate(labels, axis=1)
    share = planted_days / open_days
    rarer = share * (1 - BASE_RATE) / (BASE_RATE * (1 - share))
    weights = np.where(hit, 1.0, rarer) / np.where(touched, 1.0, KEPT_QUIET)
    return Rows(np.concatenate(features), hit, weights, np.concatenate(held), names)


def _on_days(effect: Array, offset: int, shape: tuple[int, ...]) -> Array:
    out = np.zeros(shape)
    low, high = max(0, -offset), min(shape[1], effect.shape[1] - offset)
    out[:, low:high] = effect[:, offset + low : offset + high]
    return out


def real_rows(landing: Path, first: date, last: date, seeds: int) -> Iterator[Rows]:
    """Yield the rows of each planting into a folder's sales."""
    logs = as_logs(landing_folder(landing), first)
    logs[SALES] = between(logs[SALES], None, last)
    grid = grid_of(logs, first, last)
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        rng = np.random.default_rng(seed)
        effect, _ = plant(rng, grid, 5, grid.sales.shape[1] - 2)
        planted = with_effects(logs, grid, effect)
        baseline = expectations(planted, first, last, DetectSettings(calibrate=False))
        yield labelled_rows(baseline, planted, effect, first, last, rng)


def simulated_rows(worlds: int) -> Iterator[Rows]:
    """Yield the rows of one planting into the quiet sales of each of several varied simulated worlds."""
    for seed in range(FIRST_WORLD, FIRST_WORLD + worlds):
        rng = np.random.default_rng(seed)
        world = simulate_world(
            int(rng.integers(80, 260)),
            WORLD_DAYS,
            seed,
            noise=float(rng.uniform(0.7, 1.8)),
            regions=int(rng.integers(4, 15)),
            retailers=int(rng.integers(1, 5)),
        )
        last = pc.max(world.clean_sales["date"].cast(pa.date32())).as_py()
        first = last - TRAINED_DAYS * DAY
        logs = as_logs(world.clean_landing, first)
        grid = grid_of(logs, first, last)
        effect, _ = plant(rng, grid, 5, grid.sales.shape[1] - 2)
        planted = with_effects(logs, grid, effect)
        baseline = expectations(planted, first, last, DetectSettings(calibrate=False))
        found = labelled_rows(baseline, planted, effect, first, last, rng)
        yield Rows(found.features, found.labels, found.weights, np.zeros(len(found.labels), dtype=bool), found.names)


def fit(rows: Sequence[Rows], version: str, *, leave_out: bool) -> Combiner:
    """Return trees fitted to all rows, or to the rows that are not held out."""
    keep = [~r.held_out if leave_out else np.ones(len(r.labels), dtype=bool) for r in rows]
    model = HistGradientBoostingClassifier(
        max_iter=250,
        learning_rate=0.08,
        max_depth=DEPTH,
        max_leaf_nodes=2**DEPTH,
        min_samples_leaf=150,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=0,
    ).fit(
        np.concatenate([r.features[k] for r, k in zip(rows, keep, strict=True)]),
        np.concatenate([r.labels[k] for r, k in zip(rows, keep, strict=True)]),
        sample_weight=np.concatenate([r.weights[k] for r, k in zip(rows, keep, strict=True)]),
    )
    return as_combiner(model, rows[0].names, version, DEPTH)


def main() -> None:
    """Train, measure on the held-out rows, and write the artifact."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--landing", type=Path, help="folder with sales as they were")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2014, 3, 1))
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date(2015, 1, 31))
    parser.add_argument("--seeds", type=int, default=16, help="plantings into the folder's sales")
    parser.add_argument("--worlds", type=int, default=5, help="simulated worlds")
    parser.add_argument("--version", default="2")
    parser.add_argument("--out", type=Path, default=ARTIFACT)
    chosen = parser.parse_args()
    rows: list[Rows] = []
    sources = [simulated_rows(chosen.worlds)]
    if chosen.landing is not None:
        sources.append(real_rows(chosen.landing, chosen.first, chosen.last, chosen.seeds))
    for source in sources:
        for found in source:
            rows.append(found)
            print(f"planting {len(rows)}: {len(found.labels)} days, {found.labels.sum()} with an event", flush=True)
    report_held_out(fit(rows, chosen.version, leave_out=True), chosen.landing, chosen.last + DAY)
    chosen.out.write_text(fit(rows, chosen.version, leave_out=False).to_json(), encoding="utf-8")
    print(f"wrote {chosen.out}")


if __name__ == "__main__":
    main()
