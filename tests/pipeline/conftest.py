"""A small simulated world, and runs of its last days through the deployed state machines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mrs.contracts import dataset
from mrs.store.snapshots import snapshots
from mrs.store.weeks import SALES

from cli.pipeline import RunRequest, run_ticks
from cli.simulate import World, simulate_world, write_world
from cli.state import State, opened

STORES, DAYS, SEED = 24, 430, 13
START = date(2023, 1, 2)
RUN = "r"
OPEN_SCORE = 0.3


@dataclass(frozen=True)
class Landing:
    """A landing folder and its last business date."""

    folder: Path
    last: date


@pytest.fixture(scope="session")
def world() -> World:
    """Two dozen stores over fourteen months, with events in the last weeks."""
    return simulate_world(STORES, DAYS, SEED, start=START, quiet_days=DAYS - 30, events=10)


@pytest.fixture(scope="session")
def landing(world: World, tmp_path_factory: pytest.TempPathFactory) -> Landing:
    """The world's landing folder."""
    folder = tmp_path_factory.mktemp("world")
    write_world(world, folder)
    return Landing(folder / "input", START + timedelta(days=DAYS - 1))


def changed(landing: Landing, folder: Path, change: Callable[[str, pa.Table], pa.Table | None]) -> Landing:
    """Return a copy of a landing folder with each table changed, or left out where `change` returns None."""
    folder.mkdir(parents=True)
    for path in sorted(landing.folder.glob("*.parquet")):
        table = change(path.stem, pq.read_table(path))
        if table is not None:
            pq.write_table(table, folder / path.name)
    return Landing(folder, landing.last)


def run(state: State, landing: Landing, first: date, last: date, shards: int = 1, **config: Any) -> None:
    """Run ticks in the run `r` of an opened state; the threshold is low, for these tests need reports, right or not."""
    state.ensure_run(RUN)
    config["detect"] = {"open_score": OPEN_SCORE, **config.get("detect", {})}
    run_ticks(state.stack, state.environment, RunRequest(landing.folder, RUN, first, last, shards, config=config))


def objects(state: State) -> dict[str, str]:
    """Return the content hash of every log object, by key."""
    bucket = state.environment.log_bucket
    s3 = state.stack.client("s3")
    found = state.logs.objects.find("logs/")
    return {o.key: s3.head_object(Bucket=bucket, Key=o.key)["Metadata"]["content-sha256"] for o in found}


def rows(state: State, name: str) -> list[dict[str, object]]:
    """Return a log's rows in force, in order, for run `r`; of the sales, those of every state, whole."""
    if name == SALES:
        return [row for s in snapshots(state.logs, RUN) for row in s.read(state.logs, SALES).to_pylist()]
    return list(state.logs.read(dataset(name), RUN).to_pylist())


@dataclass(frozen=True)
class Recorded:
    """What a run left behind: every object's hash, and the rows of the logs that are compared."""

    objects: dict[str, str]
    logs: dict[str, list[dict[str, object]]]


COMPARED = (
    "sales_timeseries_data",
    "context_signals_data",
    "baseline_sales_model_prediction_log",
    "anomaly_classifier_model_prediction_log",
    "MRDL",
    "MRCL",
    "MRPAL",
    "MRCH",
    "MELOG",
    "MRFL",
    "minority_reports",
    "minority_events_log",
    "attribution_ready_sales",
    "sales_reconciliation",
)


def recorded(state: State) -> Recorded:
    """Return what a run left behind."""
    return Recorded(objects(state), {name: rows(state, name) for name in COMPARED})


def ran(folder: Path, landing: Landing, days: int, shards: int = 1, before_last: int = 0, **config: Any) -> Recorded:
    """Run the last `days` ticks (those that end `before_last` days earlier) in a state of its own."""
    last = landing.last - timedelta(days=before_last)
    with opened(folder) as state:
        run(state, landing, last - timedelta(days=days - 1), last, shards, **config)
        return recorded(state)
