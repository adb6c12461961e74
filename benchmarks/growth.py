"""What a cold daily tick reads as its run grows old: S3 objects, their bytes and lists, at ages from 30 to 400 days.

    .venv/bin/python -m benchmarks.growth               # some minutes on a quiet core
    .venv/bin/python -m benchmarks.growth --without     # every cold function misses the compacted parts

A world of eight stores lands whole; its days are processed as chunks of a fortnight, and at each age one day by itself,
with nothing in memory, as a function that starts cold each morning does. The day is the same of its span at each age,
so that ages compare.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from mrs.store import objects as store_objects
from mrs.store import parts
from mrs.store.objects import TableCache

from cli.pipeline import RunRequest, run_ticks
from cli.simulate import simulate_world, write_world
from cli.state import State, opened

STORES, HISTORY, CHUNK = 8, 120, 14
AGES = (30, 114, 198, 282, 398)
START = date(2023, 1, 2)


def main() -> None:
    """Process the days, and print a line for each age."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--without", action="store_true", help="read every object by itself")
    ask.add_argument("--ages", nargs="+", type=int, default=AGES)
    args = ask.parse_args()
    if args.without:
        parts.FEW = 10**9
    with tempfile.TemporaryDirectory() as folder:
        days = HISTORY + max(args.ages) + 1
        write_world(simulate_world(STORES, days, 3, start=START, events=40), Path(folder))
        with opened(Path(folder) / "state") as state:
            state.ensure_run("r")
            print("   age    objects      kB    lists   CPU s", flush=True)
            _grow(state, Path(folder) / "input", sorted(args.ages))


def _grow(state: State, landing: Path, ages: list[int]) -> None:
    done = 0
    for age in ages:
        while done < age:
            days = min(CHUNK, age - done)
            _run(state, landing, done, done + days - 1)
            done += days
        store_objects.TABLES = TableCache()
        began = time.process_time()
        with counted() as calls:
            _run(state, landing, age, age)
        done += 1
        took = time.process_time() - began
        print(f"{age:>6}{calls['get']:>11,}{calls['bytes'] // 1000:>8,}{calls['list']:>9,}{took:>8.1f}", flush=True)


def _run(state: State, landing: Path, first: int, last: int) -> None:
    begin = START + timedelta(days=HISTORY)
    ticks = (begin + timedelta(days=first), begin + timedelta(days=last))
    run_ticks(state.stack, state.environment, RunRequest(landing, "r", *ticks, 1, config={}))


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count what the stages ask S3 for."""
    calls, lock = Counter[str](), threading.Lock()
    real = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        answer = real(client, operation, arguments)
        with lock:
            if operation == "GetObject" and arguments["Key"].startswith(("logs/", "compact/")):
                calls["get"] += 1
                calls["bytes"] += answer["ContentLength"]
            elif operation == "ListObjectsV2":
                calls["list"] += 1
        return answer

    with patch.object(BaseClient, "_make_api_call", call):
        yield calls


if __name__ == "__main__":
    main()
