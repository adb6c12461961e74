"""What the commands take from the shell: start-up, a refused input, reading, one more daily tick, and a backfill.

    .venv/bin/python -m benchmarks.pipeline --input world/input --from 2024-11-01 --to 2024-12-30 --beside b96125d

runs each as a command of its own and prints wall time, processor time and peak memory; the backfill runs from `--from`
to `--to`, and the daily tick is the day after. `--beside REV` checks another revision out and runs both in turns, A B A
B, each on a state of its own, with the present interpreter: machines differ, and so do their hours, so the ratio of the
medians is what counts. `--cpus 0,1` pins all to two processors. `--stages` times the stages of one backfill instead,
and says how much of its processor time detection learns on the chain, in the first tick and in refits.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MRS = "from cli.main import main; main()"
COMPILED = ("cli", "functions", "infra", "layers", "local", "client")


@dataclass(frozen=True)
class Cost:
    """What one command took: seconds on the clock, seconds of the processors, GiB at the most."""

    wall: float
    cpu: float
    peak: float


@dataclass
class Checkout:
    """A revision whose commands are timed, its state, and what each took."""

    name: str
    root: Path
    state: Path
    costs: dict[str, list[Cost]] = field(default_factory=lambda: defaultdict(list))

    def time(self, what: str, *arguments: str, code: int = 0) -> None:
        """Run a command, which must end with this code, and note what it took.

        `-P` keeps the folder that the benchmark was started in, which is this checkout, off Python's path.
        """
        cost = measured([sys.executable, "-P", "-c", MRS, *arguments], self.environment, code)
        self.costs[what].append(cost)
        print(f"» {self.name} {what}: {cost.wall:.2f} s, {cost.cpu:.2f} s of processors", file=sys.stderr, flush=True)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment in which Python finds this checkout's packages before the installed ones."""
        paths = os.pathsep.join(map(str, (self.root, self.root / "layers/mrs/python")))
        return {**os.environ, "PYTHONPATH": paths}


def main() -> None:
    """Run all and print the table."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--input", type=Path, required=True)
    ask.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    ask.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    ask.add_argument("--shards", type=int, default=1)
    ask.add_argument("--cpus", help="pin to these processors, e.g. 0,1")
    ask.add_argument("--beside", metavar="REV", help="another revision, run in turns with this one")
    ask.add_argument("--rounds", type=int, default=2, help="how often each short command is run")
    ask.add_argument("--stages", action="store_true", help="time the stages of one backfill instead")
    args = ask.parse_args()
    if args.cpus:
        os.sched_setaffinity(0, {int(c) for c in args.cpus.split(",")})
    with tempfile.TemporaryDirectory() as folder:
        if args.stages:
            stages(args.input, Path(folder) / "state", args.first, args.last, args.shards)
            return
        with checkouts(Path(folder), args.beside) as found:
            span = ("--from", f"{args.first}", "--to", f"{args.last}", "--shards", f"{args.shards}")
            for checkout in found:
                checkout.time("the first command", "reset", "--state", f"{checkout.state}-warm")  # synthesizes
                checkout.time("backfill", "run", "--input", f"{args.input}", "--state", f"{checkout.state}", *span)
            for _ in range(args.rounds):
                for checkout in found:
                    short_commands(checkout, args.input, args.last + timedelta(days=1), Path(folder))
            show(found)


@contextmanager
def checkouts(folder: Path, beside: str | None) -> Iterator[list[Checkout]]:
    """Yield this checkout and, checked out for as long as the context lasts, the other revision."""
    mine = Checkout("this", ROOT, folder / "this")
    if beside is None:
        yield [mine]
        return
    other = Checkout(beside[:9], folder / "checkout", folder / "other")
    git = ["git", "-C", str(ROOT), "worktree"]
    subprocess.run([*git, "add", "--quiet", "--detach", str(other.root), beside], check=True)
    try:
        for checkout in (mine, other):  # neither pays for compiling
            subprocess.run(
                [sys.executable, "-m", "compileall", "-q", *COMPILED], cwd=checkout.root, stdout=subprocess.DEVNULL
            )
        yield [mine, other]
    finally:
        subprocess.run([*git, "remove", "--force", str(other.root)], check=True)


def short_commands(checkout: Checkout, landing: Path, tick: date, folder: Path) -> None:
    """Time what a person waits for."""
    unusable, copy, few = folder / "unusable", folder / "copy", folder / "few"
    refused = folder / f"refused-{checkout.name}"
    unusable.mkdir(exist_ok=True)
    (unusable / "unified_sales_data.csv").write_text("shop,day\n1,2024-01-01\n")
    ten_stores(landing, few)
    yesterday = tick - timedelta(days=1)
    day, before = (("--from", f"{t}", "--to", f"{t}") for t in (tick, yesterday))
    checkout.time("mrs --help", "--help")
    checkout.time("a refused input", "run", "--input", f"{unusable}", "--state", f"{refused}", *day, code=2)
    checkout.time("mrs show reports", "show", "reports", "--state", f"{checkout.state}")
    shutil.copytree(checkout.state, copy)
    checkout.time("one more daily tick", "run", "--input", f"{landing}", "--state", f"{copy}", *day)
    store = first_store(few)
    checkout.time("mrs why", "why", store, f"{yesterday}", "--state", f"{checkout.state}")
    shutil.rmtree(copy)
    checkout.time("the first tick of ten stores", "run", "--input", f"{few}", "--state", f"{copy}", *before)
    checkout.time("a daily tick of ten stores", "run", "--input", f"{few}", "--state", f"{copy}", *day)
    shutil.rmtree(copy)


def ten_stores(landing: Path, to: Path) -> None:
    """Copy the sales of the first ten stores of a landing folder."""
    if to.exists():
        return
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    sales = pq.read_table(landing / "unified_sales_data.parquet")
    stores = pc.array_sort_indices(pc.unique(sales["store_id"])).slice(0, 10)
    to.mkdir()
    own = pc.is_in(sales["store_id"], value_set=pc.unique(sales["store_id"]).take(stores))
    pq.write_table(sales.filter(own), to / "unified_sales_data.parquet")


def first_store(landing: Path) -> str:
    """Return the name of a store that landed."""
    import pyarrow.parquet as pq

    return str(pq.read_table(landing / "unified_sales_data.parquet", columns=["store_id"])["store_id"][0])


def measured(command: list[str], environment: Mapping[str, str], code: int) -> Cost:
    """Run a command to its end and return what it took."""
    started = time.perf_counter()
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = running.stderr.read() if running.stderr else b""
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if running.returncode != code:
        sys.exit(f"{' '.join(command[4:])} ended with {running.returncode}:\n{said.decode()[-2000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)


def show(found: list[Checkout]) -> None:
    """Print the medians of each command and, of two checkouts, the ratio."""
    print(f"{len(os.sched_getaffinity(0))} processors; medians: wall s, processor s, peak GiB")
    for what in found[0].costs:
        medians = [_median(c.costs[what]) for c in found]
        line = "   ".join(
            f"{c.name} {m.wall:7.2f} {m.cpu:7.2f} {m.peak:5.2f}" for c, m in zip(found, medians, strict=True)
        )
        if len(medians) > 1:
            line += f"   ratio {medians[0].wall / medians[1].wall:.2f} {medians[0].cpu / medians[1].cpu:.2f}"
        print(f"  {what:<28}{line}")


def _median(costs: list[Cost]) -> Cost:
    middle = statistics.median
    return Cost(middle(c.wall for c in costs), middle(c.cpu for c in costs), middle(c.peak for c in costs))


def stages(landing: Path, state: Path, first: date, last: date, shards: int) -> None:
    """Run the backfill in this process and print the time of each stage and the peak memory."""
    started = time.perf_counter()
    from cli.pipeline import ONCE_STATES, TICK_STATES, RunRequest, land
    from cli.state import opened

    spent: dict[str, float] = defaultdict(float)
    learned = learning()
    with opened(state) as s:
        run_id = s.ensure_run(None)
        request = RunRequest(landing, run_id, first, last, shards)
        event = request.event(land(s.environment, landing))
        spent["start up and land"] = time.perf_counter() - started
        arn = s.stack.start(request.machine, event)
        entered: dict[str, float] = {}
        for step in s.stack.executions.follow(arn):
            now = time.perf_counter()
            if step.entered:
                entered[step.state] = now
            elif step.state in TICK_STATES + ONCE_STATES:
                spent[step.state.lower()] += now - entered[step.state]
        failure = s.stack.executions.outcome(arn).failure
        if failure is not None:
            sys.exit(f"the backfill failed: {failure.error}: {failure.message}")
    total = time.perf_counter() - started
    ticks = (last - first).days + 1
    print(f"backfill of {ticks} ticks, {shards} shard(s), {len(os.sched_getaffinity(0))} processors")
    for name, seconds in [*spent.items(), ("everything", total)]:
        print(f"  {name:<20}{seconds:8.1f} s{100 * seconds / total:7.0f} %")
    usage = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(f"  {'peak memory':<20}{usage[0].ru_maxrss / 2**20:8.2f} GiB")
    processor = sum(of.ru_utime + of.ru_stime for of in usage)
    print(f"  {'processor time':<20}{processor:8.1f} s")
    print(f"  {'of it, learning':<20}{sum(learned):8.1f} s{100 * sum(learned) / processor:7.0f} %")


def learning() -> list[float]:
    """Return what will hold the processor seconds of each call that learns on the chain, or finds that it need not."""
    from functions.detect import detect_anomalies

    taken: list[float] = []
    learn = detect_anomalies.calibration_rows

    def metered(*args: Any) -> Any:
        began = time.process_time()
        try:
            return learn(*args)
        finally:
            taken.append(time.process_time() - began)

    detect_anomalies.calibration_rows = metered
    return taken


if __name__ == "__main__":
    main()
