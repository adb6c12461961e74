"""Measures how long one tick with many open reports takes to cluster, on one core.

.venv/bin/python -m benchmarks.clustering --reports 20000
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import pyarrow as pa
from mrs.clustering.clustering import cluster_reports
from mrs.clustering.panel import ResidualPanel
from mrs.clustering.reports import Places, places_of
from mrs.models.registry import SIMILARITY_MODELS
from threadpoolctl import threadpool_limits

TICK = 20_000
_DAYS = 36
_LEAST_SIMILARITY = 0.6


def open_reports(n: int) -> tuple[pa.Table, ResidualPanel, Places]:
    """Return MRDL rows of one tick, deviations and places of `n` stores with a report each.

    A quarter of them are in events as wide as a region, the rest is strewn over 40 regions.
    """
    rng = np.random.default_rng(0)
    region = rng.integers(0, 40, n)
    start = TICK - rng.integers(0, 12, n)
    end = np.minimum(TICK, start + rng.integers(0, 10, n))
    size = np.where(region < 10, 0.35, rng.normal(0, 0.4, n))
    store_ids = pa.array([f"s{k:06d}" for k in range(n)])
    panel = ResidualPanel(store_ids, TICK - _DAYS + 1, rng.normal(0, 0.1, (n, _DAYS)), np.full((n, _DAYS), 0.1))
    detected = pa.table(
        {
            "report_id": [f"{k:08d}" for k in range(n)],
            "store_id": store_ids,
            "first_detected_at": _dates(start),
            "last_detected_at": _dates(end),
            "direction": np.where(size > 0, "up", "down"),
            "observed_sales": 100 * np.exp(size),
            "expected_sales": np.full(n, 100.0),
            "report_status": ["open"] * n,
            "tick": _dates(np.full(n, TICK)),
        }
    )
    stores = pa.table(
        {
            "store_id": store_ids,
            "region": [f"r{r}" for r in region],
            "retailer": [f"c{k % 5}" for k in range(n)],
            "latitude": 48 + region * 0.3 + rng.normal(0, 0.15, n),
            "longitude": 8 + (region % 7) * 0.6 + rng.normal(0, 0.2, n),
        }
    )
    return detected, panel, places_of(stores, store_ids)


def seconds_to_cluster(n: int) -> float:
    """Return the processor seconds of clustering `n` open reports in one tick, on one thread."""
    detected, panel, places = open_reports(n)
    with threadpool_limits(limits=1):
        begin = time.process_time()
        found = cluster_reports(detected, panel, places, TICK, SIMILARITY_MODELS.load("weighted"), _LEAST_SIMILARITY)
        spent = time.process_time() - begin
    if len(found.report_ids) != n:
        raise ValueError(f"{len(found.report_ids)} of {n} reports were clustered")
    return spent


def _dates(days: np.ndarray[Any, Any]) -> pa.Array:
    return pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32())


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--reports", type=int, default=20_000)
    args = ask.parse_args()
    for n in (args.reports // 4, args.reports // 2, args.reports):
        print(f"{n:,} open reports in one tick: {seconds_to_cluster(n):.1f} s on one core")


if __name__ == "__main__":
    main()
