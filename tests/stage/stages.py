"""A small stage to run through the harness, and what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.settings import ClusterSettings
from mrs.stage import Read, Stage
from mrs.store.log_store import Write

from tests.builders import TICK, table

NEXT, LATER = TICK + timedelta(days=1), TICK + timedelta(days=2)
MRCL, MRDL, EDITS = dataset("MRCL"), dataset("MRDL"), dataset("user_edits_log")
BASELINE = dataset("baseline_sales_model_prediction_log")
HEALTH = dataset("pipeline_health_log")
GOVERNED = ["run_id", "written_at", "is_degraded", "degraded_inputs", "config_hash"]
Seen = dict[str, pa.Table]


def copy_reports(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: ClusterSettings) -> Seen:
    """A stage that gives each report of each tick a cluster of its own."""
    assert isinstance(settings, ClusterSettings)
    reports = tables[MRDL.name].to_pylist()
    rows = [{"report_id": r["report_id"], "cluster_id": "c", "tick": r["tick"]} for r in reports if r["tick"] in ticks]
    return {MRCL.name: table("MRCL", *rows).drop_columns(GOVERNED)}


def stage(reads: tuple[Read, ...] = (Read("MRDL"),), **more: Any) -> Stage:
    return Stage(
        **({"name": "cluster", "reads": reads, "writes": (MRCL.name,), "run": copy_reports} | more), settings="cluster"
    )


def event(first: date = TICK, last: date | None = None, **more: Any) -> dict[str, Any]:
    return {"run_id": "r", "first_tick": first.isoformat(), "last_tick": (last or first).isoformat(), **more}


def land_reports(aws: Environment, *ticks: date, hours: int = 0, name: str = "a") -> None:
    writes = []
    for tick in ticks:
        written = schedule_time(tick) + timedelta(hours=hours)
        writes.append(
            Write(MRDL, "r", tick, written, table("MRDL", {"report_id": name, "tick": tick, "written_at": written}))
        )
    aws.logs().append(writes)


def land_feeds(aws: Environment, tick: date, **last_dates: date | None) -> None:
    rows = [
        {
            "feed": feed,
            "is_present": last is not None,
            "last_date": last,
            "rows_new": 9,
            "rows_rejected": 1,
            "coverage": 0.5,
        }
        for feed, last in last_dates.items()
    ]
    content = table("landing_feeds_log", *rows, tick=tick)
    aws.logs().append([Write(dataset("landing_feeds_log"), "r", tick, schedule_time(tick), content)])
