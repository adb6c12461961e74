"""Times a backfill and one more daily tick by stage, through the deployed state machines.

    .venv/bin/python -m benchmarks.pipeline --input world/input --from 2024-11-01 --to 2024-12-30

prints the wall time of the backfill by stage, its peak memory, and the wall time of the next day's tick as a command
from the shell. `--cpus 0,1` pins it to two processors.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path


def main() -> None:
    """Run both and print the table."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--input", type=Path, required=True)
    ask.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    ask.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    ask.add_argument("--shards", type=int, default=1)
    ask.add_argument("--cpus", help="pin to these processors, e.g. 0,1")
    args = ask.parse_args()
    if args.cpus:
        os.sched_setaffinity(0, {int(c) for c in args.cpus.split(",")})
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state"
        backfill(args.input, state, args.first, args.last, args.shards)
        daily(args.input, state, args.last + timedelta(days=1))


def backfill(landing: Path, state: Path, first: date, last: date, shards: int) -> None:
    """Run the backfill in this process and print the time of each stage and the peak memory."""
    started = time.perf_counter()
    from cli.pipeline import ONCE_STATES, TICK_STATES, RunRequest, land
    from cli.state import opened

    spent: dict[str, float] = defaultdict(float)
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
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(f"  {'peak memory':<20}{usage.ru_maxrss / 2**20:8.2f} GiB")
    print(f"  {'processor time':<20}{usage.ru_utime + usage.ru_stime:8.1f} s")


def daily(landing: Path, state: Path, tick: date) -> None:
    """Run one more tick as a command from the shell and print its time."""
    mrs = Path(sys.executable).parent / "mrs"
    command = [str(mrs), "run", "--input", str(landing), "--state", str(state), "--from", f"{tick}", "--to", f"{tick}"]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(f"one more daily tick ({tick}), from the shell: {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    main()
