"""What a daily tick costs at any number of stores: a shard is measured, everything else is arithmetic on it.

    .venv/bin/python -m benchmarks.scale            # a few minutes
    .venv/bin/python -m benchmarks.scale --quick    # smaller worlds

Each world is simulated, its history is one tick, and the next tick is measured, stage by stage: processor seconds
(moto's own part of them included), S3 requests, peak memory; every world in a process of its own. From the straight
line through the sizes come wall time, GB-seconds, requests and dollars of a daily tick for a thousand, a hundred
thousand and a million stores, cut into shards as `plan` cuts them. One core of this machine stands for one of Lambda's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

PER_SHARD = ("predict", "detect")
TARGETS = (1_000, 100_000, 1_000_000)
AT_ONCE = 200  # distributed map
LAMBDA_SECONDS, LAMBDA_MB = 900, 10_240

# eu-west-1, November 2026, dollars: Lambda on arm64, S3 standard, Step Functions standard, Athena.
GB_SECOND, INVOCATION = 0.0000133334, 0.20 / 1e6
PUT, GET = 0.005 / 1e3, 0.0004 / 1e3  # a LIST costs what a PUT does
TRANSITION = 0.025 / 1e3
ATHENA_QUERY = 5.0 * 10 / 1e6  # ten megabytes, the least that is billed


@dataclass(frozen=True)
class Measured:
    """One world's tick: the sales log's bytes; per stage processor seconds, S3 requests by kind, peak memory in MB."""

    stores: int
    days: int
    sales_bytes: int
    seconds: dict[str, float]
    requests: dict[str, dict[str, int]]
    peak_mb: dict[str, float]


def main() -> None:
    """Measure, print what was measured, and what follows from it."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--quick", action="store_true", help="worlds of a quarter of the size")
    ask.add_argument("--measure", nargs=2, type=int, metavar=("STORES", "DAYS"), help=argparse.SUPPRESS)
    args = ask.parse_args()
    if args.measure:
        print(json.dumps(_measure(*args.measure)))
        return
    stores, days = (60, 120) if args.quick else (250, 180)
    by_stores = [_in_its_own_process(stores * n, 2 * days) for n in (1, 4, 16)]
    by_days = [_in_its_own_process(stores, days * n) for n in (1, 4, 16)]
    _show("stores", by_stores)
    _show("days", by_days)
    _extrapolate(by_stores)


def _in_its_own_process(stores: int, days: int) -> Measured:
    print(f"measuring {stores} stores over {days} days", file=sys.stderr, flush=True)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.scale", "--measure", str(stores), str(days)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _measure(stores: int, days: int) -> dict[str, Any]:
    from datetime import timedelta

    from mrs.contracts import dataset
    from mrs.environment import Environment, client

    from benchmarks.meter import Meter
    from cli.pipeline import RunRequest, run_ticks
    from cli.simulate import SimulationOptions
    from local.runtime import LocalAws

    meter = Meter()
    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder) / "world"
        words = ("simulate", str(world), "--stores", str(stores), "--days", str(days), "--seed", "7")
        script = "from cli.main import main; main()"
        subprocess.run([sys.executable, "-c", script, *words], check=True, capture_output=True)
        last = SimulationOptions(stores=stores, days=days, seed=7).start + timedelta(days=days - 1)
        with LocalAws(Path(folder) / "state", handlers=meter.handlers()) as aws:
            client.cache_clear()
            environment = Environment.read(aws.stack.variables)
            for tick in (last - timedelta(days=1), last):
                meter.clear()
                run_ticks(aws.stack, environment, RunRequest(world / "input", "scale", tick, tick, shards=1))
            found = environment.logs().find(dataset("sales_timeseries_data"), "scale")
            sales_bytes = sum(stored.size for _, stored in found)
    return {"stores": stores, "days": days, "sales_bytes": sales_bytes, **meter.told()}


def _show(by: str, worlds: list[Measured]) -> None:
    stages = list(worlds[0].seconds)
    print(f"\nOne tick, one shard, by {by}: processor seconds (peak MB)")
    heads = [f"{w.stores:,} × {w.days:,}" for w in worlds]
    print(f"{'stage':<12}" + "".join(f"{h:>22}" for h in heads) + f"{'ms a store':>14}")
    for stage in stages:
        cells = "".join(f"{w.seconds[stage]:>13.2f} {f'({w.peak_mb[stage]:.0f})':>8}" for w in worlds)
        print(f"{stage:<12}{cells}{1000 * worlds[-1].seconds[stage] / worlds[-1].stores:>14.2f}")
    total = "".join(f"{sum(w.seconds.values()):>13.2f} {'':>8}" for w in worlds)
    print(f"{'all':<12}{total}{1000 * sum(worlds[-1].seconds.values()) / worlds[-1].stores:>14.2f}")
    print("S3 requests  " + "".join(f"{sum(sum(r.values()) for r in w.requests.values()):>21}" for w in worlds))
    print("bytes of sales a store and day" + "".join(f"{w.sales_bytes / w.stores / w.days:>12.1f}" for w in worlds))


def _line(worlds: list[Measured], values: list[float]) -> tuple[float, float]:
    """Return the base and the slope a store of a straight line through the sizes, neither negative."""
    slope, base = np.polyfit([w.stores for w in worlds], values, 1)
    return max(0.0, float(base)), max(0.0, float(slope))


def _extrapolate(worlds: list[Measured]) -> None:
    from functions.ingest.shards import shards_for
    from infra.stages import FUNCTIONS

    memory = {f.name: f.memory_mb for f in FUNCTIONS}
    largest = worlds[-1]
    a_store_in_bytes = largest.sales_bytes / largest.stores
    print(f"\nA daily tick, {largest.days} days of history (dollars of Lambda, S3, Step Functions, Athena)")
    heads = ("stores", "shards", "wall s", "GB-seconds", "S3 requests", "dollars", "µ$ a store", "over a limit")
    print("".join(f"{h:>14}" for h in heads))
    for stores in TARGETS:
        shards = shards_for(int(a_store_in_bytes * stores))
        waves = -(-shards // AT_ONCE)
        wall, gb_seconds, over = 0.0, 0.0, []
        kinds: Counter[str] = Counter()
        for stage in largest.seconds:
            runs, size = (shards, stores / shards) if stage in PER_SHARD else (1, stores)
            base, slope = _line(worlds, [w.seconds[stage] for w in worlds])
            seconds = base + slope * size
            mb = sum(x * y for x, y in zip(_line(worlds, [w.peak_mb[stage] for w in worlds]), (1, size), strict=True))
            if seconds > LAMBDA_SECONDS or mb > LAMBDA_MB:
                over.append(f"{stage} ({seconds:,.0f} s, {mb:,.0f} MB)")
            wall += seconds * (waves if runs > 1 else 1)
            gb_seconds += runs * seconds * max(memory[stage], min(mb, LAMBDA_MB)) / 1024
            for kind, count in largest.requests[stage].items():
                kinds[kind] += count * (shards if stage in PER_SHARD else 1)
        dollars = _dollars(gb_seconds, kinds, shards, len(largest.seconds))
        cells = (
            f"{stores:,}",
            shards,
            f"{wall:,.0f}",
            f"{gb_seconds:,.0f}",
            f"{sum(kinds.values()):,}",
            f"{dollars:,.4f}",
        )
        print("".join(f"{c:>14}" for c in (*cells, f"{1e6 * dollars / stores:,.2f}")), "  ", "; ".join(over) or "–")


def _dollars(gb_seconds: float, kinds: Counter[str], shards: int, stages: int) -> float:
    requests = kinds["GetObject"] * GET + sum(n for k, n in kinds.items() if k != "GetObject") * PUT
    invocations = stages - len(PER_SHARD) + len(PER_SHARD) * shards
    transitions = 2 * stages + 3 * len(PER_SHARD) * shards
    return (
        gb_seconds * GB_SECOND
        + requests
        + invocations * INVOCATION
        + transitions * TRANSITION
        + kinds["StartQueryExecution"] * ATHENA_QUERY
    )


if __name__ == "__main__":
    main()
