"""Compares detection with its peers, in quality and speed, on a labelled scenario if given and on a simulated world.

    .venv/bin/python -m benchmarks.detection --out docs/quality

writes `detection.md` and `detection.png`. `--scenario DIR` names a labelled scenario (input/, clean/, truth/); if
its folder is absent, it is skipped with a message, as is a peer whose library is not installed:
install requirements/bench.txt for all of them. `--real-first` and `--real-last` bound the scenario's test days.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from mrs.detection.anomaly.combiner import load_combiner
from mrs.detection.predictions import BASELINE
from mrs.settings import DetectSettings

from benchmarks.detection_heldout import judged_days, reliability
from benchmarks.detection_peers import PEERS, PeerInput
from benchmarks.detection_report import Row, write_report
from benchmarks.detection_runs import run_detection
from benchmarks.detection_scoring import Truth, figures, natural_share, reports_of_scores
from benchmarks.detection_worlds import SALES, Grid, Scenario, grid_of, labelled_scenario, simulated_scenario

INTERNAL = Path(__file__).resolve().parents[2] / "shared" / "data" / "rossmann"
BUDGETS = (0.01, 0.005)
STEPS = 10
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def truth_of(scenario: Scenario, clean: Grid) -> Truth:
    """Return what was planted, with the open store-days of the test."""
    return Truth(scenario.events, int(clean.trading.sum()))


def at_budget(make: Callable[[float], pd.DataFrame], truth: Truth, budget: float, low: float, high: float) -> float:
    """Return the lowest threshold whose natural share is within the budget; `make` gives the clean reports of one."""
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if natural_share(make(middle), truth) <= budget else (middle, high)
    return high


def ours(scenario: Scenario) -> list[Row]:
    """Return our figures at the default setting and at each budget."""
    clean_grid = grid_of(scenario.clean, scenario.first, scenario.last)
    truth = truth_of(scenario, clean_grid)
    default = DetectSettings()
    clean = run_detection(scenario.clean, scenario.first, scenario.last, default)
    planted = run_detection(scenario.planted, scenario.first, scenario.last, default)
    store_days = len(clean_grid.store_ids) * clean_grid.sales.shape[1]
    speed = store_days / (planted.predict_seconds + planted.detect_seconds)
    quiet = quiet_figures(planted.predictions(), scenario.events)
    calibration = reliability(*judged_days(planted, scenario.events, frozenset(clean_grid.store_ids)))
    found = figures(planted.reports(), clean.reports(), truth) | quiet
    print(f"{scenario.name}: learning on the chain took {planted.learn_seconds:.1f} processor seconds")
    rows = [Row("ours, as set", len(clean_grid.store_ids), speed, found, calibration)]

    def reports(run: dict[str, object], logs: object, threshold: float) -> pd.DataFrame:
        settings = DetectSettings(open_score=threshold)
        return run_detection(logs, scenario.first, scenario.last, settings, run[BASELINE]).reports()

    for budget in BUDGETS:
        odds = at_budget(
            lambda x: reports(clean.logs, scenario.clean, 1 / (1 + np.exp(-x))), truth, budget, low=-3.0, high=5.0
        )
        level = 1 / (1 + np.exp(-odds))
        found = figures(
            reports(planted.logs, scenario.planted, level), reports(clean.logs, scenario.clean, level), truth
        )
        rows.append(Row(f"ours at {budget:.1%}", len(clean_grid.store_ids), speed, found | quiet))
    return rows


def quiet_figures(predictions: pd.DataFrame, events: pd.DataFrame) -> dict[str, float]:
    """Return error and coverage of the expectation on days without a planted event."""
    days = predictions.assign(date=pd.to_datetime(predictions["date"]))
    marked = days.merge(
        events[["store_id", "date"]].drop_duplicates(), how="left", on=["store_id", "date"], indicator=True
    )
    quiet = marked[marked["_merge"] == "left_only"]
    error = (quiet["expected_sales"] - quiet["observed_sales"]) / quiet["observed_sales"]
    inside = quiet["observed_sales"].between(quiet["expected_low"], quiet["expected_high"])
    by_day = inside.groupby(quiet["date"].dt.day_name().str[:3]).mean()
    size = pd.qcut(quiet.groupby("store_id")["observed_sales"].transform("mean"), 5, labels=False, duplicates="drop")
    by_size = inside.groupby(size + 1).mean()
    days = {f"coverage on {d}": float(by_day[d]) for d in WEEKDAYS if d in by_day.index}
    sizes = {f"coverage of size {int(k)}": float(v) for k, v in by_size.items()}
    return {"RMSPE": float(np.sqrt((error**2).mean())), "coverage": float(inside.mean())} | days | sizes


def peer_rows(scenario: Scenario, chosen: Sequence[str]) -> list[Row]:
    """Return the figures of each peer at each budget."""
    rows = []
    for name in chosen:
        peer, most = PEERS[name]
        clean_grid, grid = (grid_of(logs, None, scenario.last) for logs in (scenario.clean, scenario.planted))
        keep = np.sort(np.random.default_rng(0).permutation(len(grid.store_ids))[:most])
        ids = [grid.store_ids[i] for i in keep]
        start = (scenario.first - grid.first_day).days
        try:
            outputs, seconds = [], 0.0
            for g, logs in ((clean_grid, scenario.clean), (grid, scenario.planted)):
                given = peer_input(g, logs, keep, start)
                began = time.process_time()
                outputs.append(peer(given))
                seconds = time.process_time() - began
        except ImportError as error:
            print(f"{name} is left out: {error}")
            continue
        open_days = int(clean_grid.trading[keep, start:].sum())
        truth = Truth(scenario.events[scenario.events["store_id"].isin(ids)], open_days)
        first = pd.Timestamp(scenario.first)
        speed = len(keep) * (grid.sales.shape[1] - start) / seconds
        error = peer_error(grid, keep, start, outputs[1].expected, scenario)
        for budget in BUDGETS:
            make = partial(reports_of_scores, outputs[0].score, ids, first)
            level = at_budget(make, truth, budget, low=0.5, high=60.0)
            found = figures(reports_of_scores(outputs[1].score, ids, first, level), make(level), truth)
            rows.append(Row(f"{name} at {budget:.1%}", len(keep), speed, found | {"RMSPE": error}))
        print(f"{scenario.name}: {name}: recall {found['recall']:.2f}, {speed:,.0f} store-days a second", flush=True)
    return rows


def peer_input(grid: Grid, logs: object, keep: np.ndarray, start: int) -> PeerInput:  # type: ignore[type-arg]
    """Return what a peer is given of some stores."""
    dates = pd.date_range(pd.Timestamp(grid.first_day), periods=grid.sales.shape[1])
    on = {}
    for name, kind in (("promotions_data", None), ("calendar_data", "school_holiday")):
        flags = np.zeros(grid.sales.shape, dtype=bool)
        for row in logs[name].to_pylist():  # type: ignore[index]
            if kind and row["kind"] != kind:
                continue
            who = np.ones(len(grid.store_ids), dtype=bool)
            for column, values in (("retailer", grid.retailers), ("region", grid.regions)):
                if row.get(column):
                    who &= values == row[column]
            low, high = (max((row[c] - grid.first_day).days, 0) for c in ("start_date", "end_date"))
            flags[who, low : high + 1] = True
        on[name] = flags[keep]
    return PeerInput(grid.sales[keep], start, dates, on["promotions_data"], on["calendar_data"])


def peer_error(grid: Grid, keep: np.ndarray, start: int, expected: np.ndarray, scenario: Scenario) -> float:  # type: ignore[type-arg]
    """Return the RMSPE of a peer's expectation on quiet trading days."""
    quiet = grid.trading[keep, start:].copy()
    index = {grid.store_ids[i]: k for k, i in enumerate(keep)}
    for store, day in scenario.events[["store_id", "date"]].itertuples(index=False):
        if store in index and 0 <= (day.date() - scenario.first).days < quiet.shape[1]:
            quiet[index[store], (day.date() - scenario.first).days] = False
    sales = grid.sales[keep, start:]
    error = (np.exp(expected) - sales)[quiet] / sales[quiet]
    return float(np.sqrt(np.nanmean(error**2)))


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("docs/quality"))
    parser.add_argument("--scenario", type=Path, default=INTERNAL)
    parser.add_argument("--real-first", type=date.fromisoformat, default=date(2015, 2, 1))
    parser.add_argument("--real-last", type=date.fromisoformat, default=date(2015, 7, 31))
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=list(PEERS))
    chosen = parser.parse_args()
    scenarios = []
    if (chosen.scenario / "truth").is_dir():
        scenarios.append(labelled_scenario(chosen.scenario, chosen.real_first, chosen.real_last))
    else:
        print(f"no labelled scenario at {chosen.scenario}: the simulator's world alone")
    scenarios.append(simulated_scenario())
    results = {s.name: ours(s) + peer_rows(s, chosen.peers) for s in scenarios}
    spans = {s.name: (s.first, s.last, s.clean[SALES].num_rows) for s in scenarios}
    write_report(chosen.out, results, spans, load_combiner().version)
    print(f"wrote {chosen.out}/detection.md")


if __name__ == "__main__":
    main()
