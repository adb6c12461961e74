"""Labelled folders that are made: chains that sell a few units, and events planted into a young chain."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.detection_worlds import SALES, as_logs, grid_of, landing_folder, plant, with_effects
from cli.simulate import simulate_world, write_world

LANDED = "unified_sales_data"
YOUNG_DAYS = 45


def counts(out: Path, units: float, stores: int = 120) -> None:
    """Write a world that sells `units` a store-day on average, with 250 days before the first event."""
    write_world(simulate_world(stores, 400, units=units, quiet_days=250, regions=6), out)


def planted(out: Path, source: Path) -> None:
    """Write an unlabelled folder with events planted into all but its first `YOUNG_DAYS` days: into the test."""
    landing = landing_folder(source)
    first = pc.min(landing[LANDED]["date"].cast(pa.date32())).as_py()
    logs = as_logs(landing, first)
    grid = grid_of(logs)
    days = grid.sales.shape[1]
    effect, number = plant(np.random.default_rng(7), grid, YOUNG_DAYS, days)
    store, day = np.nonzero(effect)
    dates = pd.Timestamp(grid.first_day) + pd.to_timedelta(day, unit="D")
    rows = {"event": [f"E{int(n):03d}" for n in number[store, day]], "cause": "unknown"}
    rows |= {"store_id": np.array(grid.store_ids)[store], "date": dates, "log_effect": effect[store, day]}
    truth = pd.DataFrame(rows)
    margin = timedelta(days=3)  # that the days judged reach beyond the events
    begin = grid.first_day + timedelta(days=YOUNG_DAYS) + margin
    events = pd.DataFrame(
        {"event": ["all"], "start": [begin], "end": [grid.first_day + timedelta(days=days - 1) - margin]}
    )
    events = events.astype({"start": "datetime64[ns]", "end": "datetime64[ns]"})
    changed = with_effects(logs, grid, effect)[SALES]["sales"]
    sales = landing[LANDED]
    parts = {f"{side}/{p.stem}": pq.read_table(p) for side in ("input", "clean") for p in source.glob("*.parquet")}
    parts[f"input/{LANDED}"] = sales.set_column(sales.schema.get_field_index("sales"), "sales", changed)
    parts |= {f"truth/{k}": pa.Table.from_pandas(v) for k, v in (("events", events), ("store_days", truth))}
    for name, table in parts.items():
        path = out / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path)
