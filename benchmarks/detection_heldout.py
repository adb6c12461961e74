"""Measures a combiner on held-out data: other stores, later days, other plantings, other worlds.

    .venv/bin/python -m benchmarks.detection_heldout --landing DIR --from 2015-02-01

measures the shipped combiner, which was trained on these stores. The stores are held out only when the training calls
this module with a fit that left them out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from unittest.mock import Mock, patch

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from mrs.detection.anomaly.combiner import Combiner, load_combiner
from mrs.detection.anomaly.pooled_evidence import PooledEvidence
from mrs.detection.calibration import artifact
from mrs.detection.predictions import BASELINE, CLASSIFIER
from mrs.identity import sha256_hex
from mrs.settings import DetectSettings

from benchmarks.detection_runs import Run, run_detection
from benchmarks.detection_scoring import LEAST_EFFECT, Truth, figures
from benchmarks.detection_worlds import DAY, Grid, as_logs, grid_of, landing_folder, plant, with_effects
from cli.simulate.world import simulate_world

FIRST_SEED = 6000
PLANTINGS = 4
WORLDS = ((31, 200, 1.0, 12), (32, 200, 1.5, 12), (33, 80, 1.0, 5))
"""Seed, stores, noise and regions of the simulated worlds, none of which is used in training."""
TEST_DAYS = 150
THRESHOLDS = (0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8)
SHOWN = ("recall", "recall 10–25 %", "recall 25–60 %", "events", "events of 1 store", "delay", "precision")
Array = npt.NDArray[np.float64]


def is_held_out(store_id: str) -> bool:
    """Return whether a store belongs to the third that a held-out fit does not see."""
    return int(sha256_hex(f"held out {store_id}")[:8], 16) % 3 == 0


@dataclass(frozen=True)
class Planted:
    """Logs with events planted into them, their expectation, and what was planted."""

    logs: Mapping[str, pa.Table]
    baseline: pa.Table
    events: pd.DataFrame


@dataclass(frozen=True)
class HeldOut:
    """A period of quiet sales and plantings into it; only the stores `counted` are scored."""

    name: str
    first: date
    last: date
    open_days: int
    counted: frozenset[str]
    clean: Planted
    planted: Sequence[Planted]


def held_out(
    name: str, logs: Mapping[str, pa.Table], first: date, last: date, a_day: float, *, part: bool, seed: int
) -> HeldOut:
    """Return a period of quiet sales with plantings; with `part`, only stores of the held-out third are counted."""
    grid = grid_of(logs, first, last)
    counted = frozenset(s for s in grid.store_ids if not part or is_held_out(s))
    rows = np.array([s in counted for s in grid.store_ids])
    settings = DetectSettings(calibrate=False)
    nothing = pd.DataFrame({"event": [], "cause": [], "store_id": [], "date": [], "log_effect": []})
    clean = Planted(logs, run_detection(logs, first, last, settings).logs[BASELINE], nothing)
    planted = []
    for k in range(PLANTINGS):
        effect, number = plant(np.random.default_rng(seed + k), grid, 5, grid.sales.shape[1] - 2, a_day)
        changed = with_effects(logs, grid, effect)
        baseline = run_detection(changed, first, last, settings).logs[BASELINE]
        planted.append(Planted(changed, baseline, _events(grid, effect, number)))
    return HeldOut(name, first, last, int(grid.trading[rows].sum()), counted, clean, planted)


def _events(grid: Grid, effect: Array, number: Array) -> pd.DataFrame:
    store, day = np.nonzero((number >= 0) & (effect != 0))
    return pd.DataFrame(
        {
            "event": number[store, day].astype(int),
            "cause": "planted",
            "store_id": np.array(grid.store_ids)[store],
            "date": pd.Timestamp(grid.first_day) + pd.to_timedelta(day, unit="D"),
            "log_effect": effect[store, day],
        }
    )


def stretches(landing: Path | None, first: date) -> Iterator[HeldOut]:
    """Yield the test cases: the folder's later days with many and with few events, and simulated worlds."""
    if landing is not None:
        logs = as_logs(landing_folder(landing), first)
        last = pc.max(logs["sales_timeseries_data"]["date"]).as_py()
        yield held_out("real stores held out", logs, first, last, 1.0, part=True, seed=FIRST_SEED)
        yield held_out("real stores held out, few events", logs, first, last, 0.4, part=True, seed=FIRST_SEED + 500)
    for seed, stores, noise, regions in WORLDS:
        world = simulate_world(stores, 730, seed, noise=noise, regions=regions)
        last = pc.max(world.clean_sales["date"].cast(pa.date32())).as_py()
        start = last - (TEST_DAYS - 1) * DAY
        logs = as_logs(world.clean_landing, start)
        name = f"simulated world {seed} ({stores} stores, noise {noise}, {regions} regions)"
        yield held_out(name, logs, start, last, 1.0, part=False, seed=seed * 100)


def _counted(frame: pd.DataFrame, stores: frozenset[str]) -> pd.DataFrame:
    return frame[frame["store_id"].isin(stores)].reset_index(drop=True)


def measure(combiner: Combiner, stretch: HeldOut, thresholds: Sequence[float]) -> dict[float, dict[str, float]]:
    """Return the figures at each threshold, averaged over the plantings."""
    found = {}
    for level in thresholds:
        settings = DetectSettings(open_score=level, calibrate=False)
        run = partial(_judged, combiner, stretch, settings)
        clean = _counted(run(stretch.clean).reports(), stretch.counted)
        each = [
            figures(
                _counted(run(p).reports(), stretch.counted),
                clean,
                Truth(_counted(p.events, stretch.counted), stretch.open_days),
            )
            for p in stretch.planted
        ]
        found[level] = {str(k): float(v) for k, v in pd.DataFrame(each).mean().items()}
    return found


def _judged(combiner: Combiner, stretch: HeldOut, settings: DetectSettings, what: Planted) -> Run:
    chosen = Mock(load=lambda _name, **_parameters: PooledEvidence(combiner))
    with patch.object(artifact, "ANOMALY_MODELS", chosen):
        return run_detection(what.logs, stretch.first, stretch.last, settings, what.baseline)


def reliability(scores: Array, right: npt.NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """Return, for each tenth of the score, its mean, the share of days that is right, and their number."""
    tenth = np.minimum((scores * 10).astype(int), 9)
    return [
        (float(scores[tenth == k].mean()), float(right[tenth == k].mean()), int(np.sum(tenth == k)))
        for k in range(10)
        if np.any(tenth == k)
    ]


def judged_days(run: Run, events: pd.DataFrame, stores: frozenset[str]) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return every judged day's score, and whether an event of at least 10 % was planted there to the same side."""
    frame = _counted(
        run.logs[CLASSIFIER].select(["store_id", "date", "anomaly_score", "direction"]).to_pandas(), stores
    )
    days = frame.assign(date=pd.to_datetime(frame["date"]), side=np.where(frame["direction"] == "up", 1, -1))
    asked = events[events["log_effect"].abs() >= LEAST_EFFECT]
    truth = asked.groupby(["store_id", "date"])["log_effect"].sum().reset_index()
    merged = days.merge(truth, how="left", on=["store_id", "date"])
    return merged["anomaly_score"].to_numpy(), (np.sign(merged["log_effect"]) == merged["side"]).to_numpy()


def report_held_out(combiner: Combiner, landing: Path | None, first: date) -> None:
    """Print a combiner's figures and calibration on everything that was held out."""
    for stretch in stretches(landing, first):
        print(f"{stretch.name}, {stretch.first} to {stretch.last}, {len(stretch.counted)} stores counted", flush=True)
        for level, found in measure(combiner, stretch, THRESHOLDS).items():
            cells = "  ".join(f"{key.removeprefix('recall ')} {found[key]:.3f}" for key in SHOWN)
            print(f"  from {level:.2f} on: {cells}  natural share {found['natural share']:.4f}", flush=True)
        pairs = [
            judged_days(_judged(combiner, stretch, DetectSettings(), p), p.events, stretch.counted)
            for p in stretch.planted
        ]
        scores, right = (np.concatenate(v) for v in zip(*pairs, strict=True))
        print(f"  score → share with an event (base rate {right.mean():.3f}): " + _table(scores, right), flush=True)


def _table(scores: Array, right: npt.NDArray[np.bool_]) -> str:
    return ", ".join(f"{mean:.2f} → {share:.2f} ({count})" for mean, share, count in reliability(scores, right))


def main() -> None:
    """Measure the shipped combiner."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--landing", type=Path, help="folder with sales as they were")
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2015, 2, 1))
    parser.add_argument("--combiner", type=Path, help="another artifact than the one that ships")
    chosen = parser.parse_args()
    report_held_out(
        load_combiner(chosen.combiner) if chosen.combiner else load_combiner(), chosen.landing, chosen.first
    )


if __name__ == "__main__":
    main()
