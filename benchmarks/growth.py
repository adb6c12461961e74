"""What a cold daily tick reads as its run grows old: S3 objects, their bytes and lists, at ages from 30 to 400 days.

    .venv/bin/python -m benchmarks.growth               # some minutes on a quiet core
    .venv/bin/python -m benchmarks.growth --without     # every cold function misses the compacted parts
    .venv/bin/python -m benchmarks.growth --daily       # 400 ticks one by one, edits, late data, faults; half an hour
    .venv/bin/python -m benchmarks.growth --by          # which datasets' objects and kilobytes they are

A world of eight stores (`--stores`) lands whole at first, and then what is dated in the last four weeks; its days are
processed as chunks of a fortnight, and at each age a week's days one by one, each function with nothing in memory, as
one that starts cold each morning. The week is the same of its span at each age, so that ages compare; printed are its
medians. The time is what the functions' own threads take of a processor; what the simulated AWS takes to list all its
keys is left out. With `--daily` every tick is a day by itself: once a week a report is edited and refreshed, every
fifth day a store's sales come a day late, and in one tick of ten a call to AWS fails and the tick is run again.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from mrs.contracts import dataset
from mrs.errors import MrsError
from mrs.identity import row_id, schedule_time
from mrs.store import objects as store_objects
from mrs.store import parts
from mrs.store.log_store import Write
from mrs.store.objects import TableCache
from mrs.store.runs import latest_snapshot
from threadpoolctl import threadpool_limits

from cli.pipeline import RunRequest, run_ticks
from cli.simulate import simulate_world, write_world
from cli.state import State, opened
from local import functions
from tests.faults.injection import KINDS, Faults

STORES, HISTORY, CHUNK, LANDS, WEEK = 8, 120, 14, 28, 7
SALES = "unified_sales_data"
AGES = (30, 114, 198, 282, 394)
START = date(2023, 1, 2)


def main() -> None:
    """Process the days, and print a line for each age."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--without", action="store_true", help="read every object by itself")
    ask.add_argument("--daily", action="store_true", help="every tick by itself, with edits, late data and faults")
    ask.add_argument("--ages", nargs="+", type=int, default=AGES)
    ask.add_argument("--by", action="store_true", help="say of which datasets the objects are")
    ask.add_argument("--stores", type=int, default=STORES)
    args = ask.parse_args()
    if args.without:
        parts.FEW = 10**9
    with tempfile.TemporaryDirectory() as folder:
        days = HISTORY + max(args.ages) + WEEK
        write_world(simulate_world(args.stores, days, 3, start=START, events=40), Path(folder))
        with threadpool_limits(limits=1), opened(Path(folder) / "state") as state:
            state.ensure_run("r")
            print("   age    objects      kB    lists  reports   CPU s", flush=True)
            landing = Path(folder) / "input"
            _grow(state, landing, sorted(args.ages), _Eventful(state, landing) if args.daily else None, by=args.by)


def _grow(state: State, landing: Path, ages: list[int], eventful: _Eventful | None, *, by: bool) -> None:
    done = 0
    for age in ages:
        while done < age:
            days = 1 if eventful else min(CHUNK, age - done)
            if eventful:
                eventful.day(done)
            else:
                _run(state, _dropped(landing, done), done, done + days - 1)
            done += days
        week: list[Counter[str]] = []
        for one in range(age, age + WEEK):
            with counted() as calls:
                _run(state, _dropped(landing, one), one, one)
            calls["reports"] = state.logs.read(dataset("MRDL"), "r", first=_day(one), last=_day(one)).num_rows
            week.append(calls)
        done += WEEK
        calls = _medians(week)
        seconds, kilobytes = f"{calls['ms'] / 1000:>8.2f}", f"{calls['bytes'] // 1000:>8,}"
        print(f"{age:>6}{calls['get']:>11,}{kilobytes}{calls['list']:>9,}{calls['reports']:>9,}{seconds}", flush=True)
        for name in sorted(n.removeprefix("get ") for n in calls if by and n.startswith("get ")):
            print(f"{calls[f'get {name}']:>17,}{calls[f'bytes {name}'] // 1000:>8,}  {name}", flush=True)
        for name in sorted(n.removeprefix("ms ") for n in calls if by and n.startswith("ms ")):
            print(f"{'':>34}{calls[f'ms {name}'] / 1000:>17.2f}  {name}", flush=True)


def _medians(days: list[Counter[str]]) -> Counter[str]:
    """Return the median of each count over some days."""
    return Counter({name: round(median(day[name] for day in days)) for name in {n for day in days for n in day}})


@dataclass
class _Eventful:
    """Days as they come: with edits, late data and faults."""

    state: State
    landing: Path
    dice: random.Random = field(default_factory=lambda: random.Random(5))
    struck: int = 0

    def day(self, number: int) -> None:
        landing = self._late(number) if number % 5 == 4 else _dropped(self.landing, number)
        at = {self.dice.randrange(20): self.dice.choice(KINDS)} if number % 10 == 3 else {}
        faults = Faults(at=at)
        with faults.injected():
            while True:
                with suppress(MrsError, ClientError, BotoCoreError):
                    _run(self.state, landing, number, number)
                    break
        self.struck += faults.struck
        if number % 7 == 6:
            self._edit(number)

    def _late(self, number: int) -> Path:
        """Return the landing folder without one store's sales of the day."""
        folder = _dropped(self.landing, number)
        sales = pq.read_table(folder / f"{SALES}.parquet")
        of_day = pc.equal(sales["date"].cast(pa.date32()), pa.scalar(_day(number), pa.date32()))
        missing = pc.and_(of_day, pc.equal(sales["store_id"], sales["store_id"][number % STORES]))
        pq.write_table(sales.filter(pc.invert(missing)), folder / f"{SALES}.parquet")
        return folder

    def _edit(self, number: int) -> None:
        """Decide a report, and refresh."""
        tick, logs = _day(number), self.state.logs
        reports = latest_snapshot(logs, "minority_reports", "r").to_pylist()
        if not reports:
            return
        report, at = self.dice.choice(reports), schedule_time(tick) + timedelta(hours=2)
        row = {"edit_id": row_id(report["report_id"], f"{at}"), "report_id": report["report_id"], "action": "approve"}
        row |= {"cause": report["cause"], "author": "ann", "edited_at": at, "based_on": report["written_at"]}
        row |= {"report_status": report["report_status"], "written_at": at, "is_degraded": False, "degraded_inputs": []}
        edits = dataset("user_edits_log")
        logs.append([Write(edits, "r", tick, at, pa.Table.from_pylist([row], schema=edits.file_schema), "edit")])
        event = {"run_id": "r", "first_tick": f"{tick}", "last_tick": f"{tick}", "mode": "refresh", "config": {}}
        event |= {"written_at": f"{(at + timedelta(seconds=5)).isoformat()}Z", "begins_at": "2000-01-01T00:00:00Z"}
        outcome = self.state.stack.executions.wait(self.state.stack.start("refresh", event))
        assert outcome.succeeded, outcome.failure


def _dropped(landing: Path, number: int) -> Path:
    """Return a landing folder for a day: of the first day with all, later without what is older than four weeks."""
    if number == 0:
        return landing
    folder, since = landing.parent / "dropped", pa.scalar(_day(number - LANDS), pa.date32())
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for file in landing.glob("*.parquet"):
        table = pq.read_table(file)
        if "date" in table.column_names:
            table = table.filter(pc.greater_equal(table["date"].cast(pa.date32()), since))
        pq.write_table(table, folder / file.name)
    return folder


def _day(number: int) -> date:
    return START + timedelta(days=HISTORY + number)


def _run(state: State, landing: Path, first: int, last: int) -> None:
    ticks = (_day(first), _day(last))
    run_ticks(state.stack, state.environment, RunRequest(landing, "r", *ticks, 1, config={}))


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Count what the stages ask S3 for, each function with nothing in memory."""
    calls, lock, waited = Counter[str](), threading.Lock(), threading.local()
    real = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(client: BaseClient, operation: str, arguments: dict[str, Any]) -> Any:
        began = time.thread_time()
        answer = real(client, operation, arguments)
        waited.spent = getattr(waited, "spent", 0.0) + time.thread_time() - began
        with lock:
            if operation == "GetObject" and arguments["Key"].startswith(("logs/", "compact/")):
                calls["get"] += 1
                calls["bytes"] += answer["ContentLength"]
                name = arguments["Key"].split("/")[1]
                calls[f"get {name}"] += 1
                calls[f"bytes {name}"] += answer["ContentLength"]
            elif operation == "ListObjectsV2":
                calls["list"] += 1
        return answer

    invoke = functions._call

    def cold(function: Any, *invocation: Any) -> tuple[str, bool, str]:
        store_objects.TABLES = TableCache()
        waited.spent, began = 0.0, time.thread_time()
        try:
            return invoke(function, *invocation)
        finally:
            took = round(1000 * (time.thread_time() - began - waited.spent))
            with lock:
                calls["ms"] += took
                calls[f"ms {str(function.handler).split('.')[1]}"] += took

    with patch.object(BaseClient, "_make_api_call", call), patch.object(functions, "_call", cold):
        yield calls


if __name__ == "__main__":
    main()
