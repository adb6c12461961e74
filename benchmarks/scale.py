"""What a daily tick costs at any number of stores: a shard is measured, everything else is arithmetic on it.

    .venv/bin/python -m benchmarks.scale            # some twenty minutes on a quiet core
    .venv/bin/python -m benchmarks.scale --quick    # some six
    .venv/bin/python -m benchmarks.scale --parts    # one: what is measured by itself
    .venv/bin/python -m benchmarks.scale --out docs/quality/scale.json   # keeps what was measured, too

Each world is simulated; its history lands, the last 60 days of it are judged one by one in a backfill; then a day
lands and is measured, stage by stage: processor seconds (without what the stand-in of AWS computes) and peak
memory; every world in a process of its own, every function cold. A straight line through the sizes says what a
store costs the stage that looks at it. Two worlds are cut, into four and into sixteen, and few of their stores are
reference stores. What stages of the whole chain take more in the latter is what an object costs; what is left says
what a store costs that is only read past: a shard of prediction and detection reads the rows of a sample.
Clustering and attribution read past the stores without a report: that is measured by itself (`scale_parts`), in
shards of 3,906 stores, for in small ones it is the number of objects that costs. (Memory for it is no more than the
batches of rows in the threads' hands: 400 MB are allowed. The store's cache, 192 MB, is added to every stage.) What
landed is divided by shard first: that, too, is measured by itself, the day of 200,000 stores divided into 256 parts
and one of these read, of which the part of a shard's own stores is counted twice. Hydrated sales reach back 400
days: the state is hydrated once more with a week of them, and the difference says what a day costs. Objects read
follow from what the stages declare, as many as are read on the day before four weeks are put into one part (ADR
16), and of each shard where they read all; lists likewise, and those that were counted beside. From these come wall
time, GB-seconds, requests and dollars of a daily tick for a thousand, a hundred thousand and a million stores, cut
as `plan` cuts them. One core of this machine stands for one of Lambda's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from mrs.stage.graph import PIPELINE, SHARDED

from benchmarks.scale_parts import LANDED, Landed, Passed, divided, read_past

PER_SHARD, OF_REPORTS = SHARDED, ("cluster", "attribute")
STAGES = tuple(step.name for step in PIPELINE)
SALES, BASELINE = "sales_timeseries_data", "baseline_sales_model_prediction_log"
TARGETS = (1_000, 100_000, 1_000_000)
AT_ONCE = 200  # distributed map
LAMBDA_SECONDS, LAMBDA_MB = 900, 10_240
S3_AT_ONCE, S3_SECONDS = 16, 0.03  # requests side by side in a function, and how long one takes

# eu-west-1, November 2026, dollars: Lambda on arm64, S3 standard, Step Functions standard, Athena.
GB_SECOND, INVOCATION = 0.0000133334, 0.20 / 1e6
PUT, GET = 0.005 / 1e3, 0.0004 / 1e3  # a LIST costs what a PUT does
TRANSITION = 0.025 / 1e3
ATHENA_BYTE, ATHENA_LEAST = 5.0 / 1e12, 10e6  # ten megabytes are the least that a query is billed
REFERENCE = 64  # reference stores of the world that is cut
LANDING_FILES = 9
JUDGED_DAYS, HYDRATED_DAYS = 60, 400
READ_PAST_MB = 400


@dataclass(frozen=True)
class Measured:
    """One world's tick: bytes of two logs, stores with a report; per stage processor seconds, S3 requests, peak MB."""

    stores: int
    days: int
    shards: int
    sales_bytes: int
    baseline_bytes: int
    reported: int
    seconds: dict[str, float]
    requests: dict[str, dict[str, int]]
    peak_mb: dict[str, float]


@dataclass(frozen=True)
class Cost:
    """What one run of a stage takes: a base, and a part for each store looked at, each read past, each object."""

    base: float
    own: float
    past: float
    an_object: float

    def of(self, own: float, past: float, objects: float) -> float:
        """Return it for so many stores, and objects read."""
        return self.base + self.own * own + self.past * past + self.an_object * objects


def main() -> None:
    """Measure, print what was measured, and what follows from it."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--quick", action="store_true", help="worlds of a quarter of the size")
    ask.add_argument("--parts", action="store_true", help="only what is measured by itself: a minute")
    ask.add_argument("--out", type=Path, help="write what was measured as JSON")
    ask.add_argument("--measure", nargs=3, type=int, metavar=("STORES", "DAYS", "SHARDS"), help=argparse.SUPPRESS)
    args = ask.parse_args()
    if args.measure:
        print(json.dumps(_measure(*args.measure)))
        return
    landed, passed = divided(), read_past()
    _show_parts(landed, passed)
    if args.parts:
        return
    stores = 40 if args.quick else 160
    by_stores = [_in_its_own_process(stores * n, 180) for n in (1, 4, 16)]
    by_days = [_in_its_own_process(stores, 90 * n) for n in (1, 4, 16)]
    cut = [_in_its_own_process(stores * 16, 180, shards=n) for n in (4, 16)]
    if args.out:
        kept = {"worlds": [asdict(w) for w in (*by_stores, *by_days, *cut)], "landed": asdict(landed)}
        kept["passed"] = {stage: asdict(one) for stage, one in passed.items()}
        args.out.write_text(json.dumps(kept, indent=1) + "\n")
    _show("stores", by_stores)
    _show("days", by_days)
    _show("shards (all of them together)", [by_stores[-1], *cut])
    _extrapolate(by_stores, cut, landed, passed)


def _in_its_own_process(stores: int, days: int, shards: int = 1) -> Measured:
    print(f"measuring {stores} stores over {days} days in {shards} shard(s)", file=sys.stderr, end="", flush=True)
    began = time.monotonic()
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.scale", "--measure", str(stores), str(days), str(shards)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    print(f" … {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _measure(stores: int, days: int, shards: int) -> dict[str, Any]:
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
            few = {"attribute": {"neighbour_stores": REFERENCE}} if shards > 1 else {}
            begin, eve = last - timedelta(days=min(JUDGED_DAYS, days - 1)), last - timedelta(days=1)
            for landing, first, until in ((world / "input", begin, eve), (_landing_of(world, last), last, last)):
                meter.clear()
                run_ticks(aws.stack, environment, RunRequest(landing, "scale", first, until, shards, config=few))
            logs = environment.logs()
            sales_bytes, baseline_bytes = (
                sum(stored.size for _, stored in logs.find(dataset(name), "scale")) for name in (SALES, BASELINE)
            )
            reports = logs.read(dataset("MRDL"), "scale", first=last)
            told = meter.told()
    sizes = {"sales_bytes": sales_bytes, "baseline_bytes": baseline_bytes}
    reported = len(set(reports["store_id"].to_pylist()))
    of_none = {"seconds": 0.0, "requests": {}, "peak_mb": 0.0}  # one shard: nothing is divided
    told = {name: {s: told[name].get(s, none) for s in STAGES} for name, none in of_none.items()}
    return {"stores": stores, "days": days, "shards": shards, **sizes, "reported": reported, **told}


def _landing_of(world: Path, day: date) -> Path:
    """Return a folder with what lands on a day: the rows of that date, and what is known in advance."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    landing = world / "day"
    landing.mkdir()
    for file in sorted((world / "input").glob("*.parquet")):
        table = pq.read_table(file)
        dated = "date" in table.column_names
        pq.write_table(table.filter(pc.equal(table["date"], day)) if dated else table, landing / file.name)
    return landing


def _show_parts(landed: Landed, passed: Mapping[str, Passed]) -> None:
    whole, part = landed.seconds * LANDED, landed.shard_seconds * LANDED
    print(f"The day of {LANDED:,} stores: {whole:.2f} s to divide it, {part:.3f} s for a shard to read its part")
    for stage, one in passed.items():
        print(
            f"{stage} reads past a store in {1e6 * one.seconds:.0f} µs, {one.objects:.0f} objects a shard; "
            f"{1e6 * one.unsorted_seconds:.0f} µs if each object were compared with all stores that are asked for"
        )


def _show(by: str, worlds: list[Measured]) -> None:
    print(f"\nOne tick, by {by}: processor seconds (peak MB)")
    heads = [f"{w.stores:,} × {w.days:,}" + (f" / {w.shards}" if w.shards > 1 else "") for w in worlds]
    print(f"{'stage':<12}" + "".join(f"{h:>22}" for h in heads) + f"{'ms a store':>14}")
    last = worlds[-1]
    for stage in STAGES:
        cells = "".join(f"{w.seconds[stage]:>13.2f} {f'({w.peak_mb[stage]:.0f})':>8}" for w in worlds)
        print(f"{stage:<12}{cells}{1000 * last.seconds[stage] / last.stores:>14.2f}")
    sums = [sum(w.seconds[s] for s in STAGES) for w in worlds]
    print(f"{'all':<12}" + "".join(f"{x:>13.2f} {'':>8}" for x in sums) + f"{1000 * sums[-1] / last.stores:>14.2f}")
    print(f"{'S3 requests':<12}" + "".join(f"{_requests(w):>13,} {'':>8}" for w in worlds))
    print(f"{'log bytes':<12}" + "".join(f"{w.sales_bytes / w.stores / w.days:>13.1f} {'':>8}" for w in worlds))


def _requests(world: Measured) -> int:
    return sum(sum(kinds.values()) for kinds in world.requests.values())


def _costs(
    worlds: list[Measured], cut: list[Measured], landed: Landed, passed: Mapping[str, Passed], field: str
) -> dict[str, Cost]:
    """Return each cost as a line through the sizes; what a cut world takes beyond is for objects and stores passed."""
    found, most = {}, cut[-1]
    an_object = _an_object(cut) if field == "seconds" else 0.0
    for stage in STAGES:
        values = [getattr(w, field)[stage] for w in worlds]
        sizes = [_looked_at(stage, w.stores, 1, w.reported)[0] for w in worlds]
        slope, base = (max(0.0, float(x)) for x in np.polyfit(sizes, values, 1))
        past = 0.0
        if stage in ("predict", "detect"):
            own, others = _looked_at(stage, most.stores, most.shards, most.reported, REFERENCE)
            taken = getattr(most, field)[stage] / (most.shards if field == "seconds" else 1)
            objects = _gets(most, stage) / most.shards - _gets(worlds[-1], stage)
            more = taken - base - slope * own - an_object * max(0.0, objects)
            past = max(0.0, more / max(1.0, others))
        if stage in passed and field == "seconds":
            past = passed[stage].seconds
        if stage == "cluster" and field == "peak_mb":  # uncut, it has all of its window in hand at once
            slope = max(0.0, most.peak_mb[stage] - base) / max(1, most.reported)
        if stage == "ingest" and field == "seconds":
            past = landed.shard_seconds
        if stage == "divide":
            slope = getattr(landed, field)
            base = max(0.0, getattr(most, field)[stage] - slope * most.stores)
        found[stage] = Cost(base, slope, past, 0.0 if stage in passed else an_object)
    return found


def _an_object(cut: list[Measured]) -> float:
    """Return the seconds an object costs: what stages of the whole chain take more where only the objects are more."""
    few, many = cut
    stages = (*OF_REPORTS, "cohort")
    more = sum(many.seconds[s] - few.seconds[s] for s in stages)
    return max(0.0, more / max(1, sum(_gets(many, s) - _gets(few, s) for s in stages)))


def _gets(world: Measured, stage: str) -> int:
    return world.requests[stage].get("GetObject", 0)


def _extrapolate(worlds: list[Measured], cut: list[Measured], landed: Landed, passed: Mapping[str, Passed]) -> None:
    from mrs.landing.shard_count import shards_for
    from mrs.store.objects import CACHE_BYTES

    in_window = worlds[-1].baseline_bytes * HYDRATED_DAYS / min(JUDGED_DAYS, worlds[-1].days)
    seconds, peak = (_costs(worlds, cut, landed, passed, field) for field in ("seconds", "peak_mb"))
    largest = worlds[-1]
    print(f"\nA daily tick, {largest.days} days of history")
    heads = ("stores", "shards", "wall s", "GB-seconds", "S3 requests", "dollars", "µ$ a store")
    print(
        "".join(f"{h:>13}" for h in heads) + "   longest stage | over a limit of Lambda | more memory than by default"
    )
    for stores in TARGETS:
        shards = shards_for(int(largest.sales_bytes / largest.stores * stores))
        wall, gb_seconds, gets, puts, over, more = 0.0, 0.0, 0, 0, [], []
        longest = (0.0, "")
        scanned = max(ATHENA_LEAST, stores * in_window / largest.stores)
        groups = landed.groups(stores, shards)
        for stage in STAGES:
            runs = groups if stage == "divide" else shards if stage in PER_SHARD else 1
            if not runs:
                continue
            own, past = _looked_at(stage, stores, shards, stores * largest.reported / largest.stores)
            own = stores / groups if stage == "divide" else own
            read, listed, written = _objects(stage, stores, largest.days, shards, groups)
            if shards > 1 and stage in passed:
                read += int(passed[stage].objects) * shards
            listed += _more_lists(stage, cut[-1])
            took = seconds[stage].of(own, past, read) + (read + listed + written) * S3_SECONDS / S3_AT_ONCE
            mb = peak[stage].of(own, past, read) + CACHE_BYTES / 2**20
            mb += READ_PAST_MB if stage in OF_REPORTS and past else 0
            if took > LAMBDA_SECONDS or mb > LAMBDA_MB:
                over.append(f"{stage} ({took:,.0f} s, {mb:,.0f} MB)")
            elif mb > _memory(stage):
                more.append(f"{stage} {mb:,.0f} MB")
            wall, longest = wall + took * -(-runs // AT_ONCE), max(longest, (took, stage))
            gb_seconds += runs * took * max(_memory(stage), min(mb, LAMBDA_MB)) / 1024
            gets, puts = gets + runs * read, puts + runs * (listed + written)
        dollars = gb_seconds * GB_SECOND + gets * GET + puts * PUT + _flow(shards, groups)
        dollars += (scanned + 2 * ATHENA_LEAST) * ATHENA_BYTE
        cells = (f"{stores:,}", shards, f"{wall:,.0f}", f"{gb_seconds:,.0f}", f"{gets + puts:,}", f"{dollars:,.4f}")
        said = f"   {longest[1]} {longest[0]:,.0f} s | {'; '.join(over) or 'none'} | {'; '.join(more) or 'none'}"
        print("".join(f"{c:>13}" for c in (*cells, f"{1e6 * dollars / stores:,.2f}")) + said)


def _first_shards(stage: str, stores: int, shards: int) -> int:
    """Return how many shards a shard of a stage reads to find the stores that it asks beside its own."""
    from mrs.detection.baseline.params import PEER_STORES
    from mrs.settings import DetectSettings

    asked = {"predict": PEER_STORES, "detect": DetectSettings().neighbour_stores}.get(stage, 0)
    return min(shards, -(-asked * shards // stores)) if shards > 1 else 0


def _looked_at(
    stage: str, stores: int, shards: int, reported: float, reference: int | None = None
) -> tuple[float, float]:
    """Return how many stores one run of a stage looks at, and how many it reads past.

    Attribution looks at those with a report and the reference stores (None for the default number).
    """
    from mrs.settings import AttributeSettings

    if stage == "cluster":
        return reported, stores - reported
    if stage == "attribute":
        asked = AttributeSettings().neighbour_stores if reference is None else reference
        own = min(float(stores), asked + reported) if asked < stores else float(stores)
        return own, stores - own
    if stage not in PER_SHARD:
        return float(stores), 0.0
    own = stores / shards
    past = stores - own if stage == "ingest" else min(_first_shards(stage, stores, shards), shards - 1) * own
    return own, past


def _objects(stage: str, stores: int, days: int, shards: int, groups: int) -> tuple[int, int, int]:
    """Return the objects that one run of a stage reads, the lists that find them, and the objects it writes."""
    from mrs.attribution.params import WINDOW_DAYS
    from mrs.attribution.tick_evidence import HISTORY_DAYS
    from mrs.clustering.clustering import PROFILE_DAYS
    from mrs.contracts import dataset
    from mrs.detection.params import MEMORY_DAYS
    from mrs.stage import Span

    from infra.stages import FUNCTIONS

    stages = {f.name: f.stage for f in FUNCTIONS if f.stage is not None}
    by_shard = {dataset(name).name for one in ("predict", "detect") for name in stages[one].writes}
    by_shard |= {"sales_timeseries_data", "context_signals_data", "landing_shards_log"}  # the others seldom change
    found = stages.get(stage)
    if stage == "divide":
        return LANDING_FILES, 2, 1
    if found is None:
        return 0, 2, 0
    read = listed = 0
    for one in (r for r in found.reads if not r.by_loader):
        ticks = 1 if one.span is Span.TICKS else min(days, one.days or days)
        cut = shards if one.dataset.name in by_shard else 1
        read += _fetched(ticks) * (1 if one.sharded else cut)
        listed += -(-ticks * cut // 1000)
    first = _first_shards(stage, stores, shards)
    if stage == "detect":  # its loader reads the baseline log: of its own shard, and of the first ones
        read, listed = read + _fetched(MEMORY_DAYS) * (1 + first), listed + -(-MEMORY_DAYS * shards // 1000)
    if stage == "ingest":
        read, listed = read + (2 * groups if shards > 1 else LANDING_FILES), listed + -(-days * shards // 1000)
    loaded = {"cluster": PROFILE_DAYS, "attribute": WINDOW_DAYS + 2 * HISTORY_DAYS}  # their reads are measured
    if stage in loaded:
        listed += -(-loaded[stage] * shards // 1000)
    if stage == "predict":
        read, listed = read + _fetched(days) * first, listed + 2 * -(-days * shards // 1000)  # sales, judgements
    written = len(found.writes) + 1
    return read, listed, written


def _more_lists(stage: str, world: Measured) -> int:
    """Return the lists that a run of a stage asks for beside those that follow from its window: of parts, of keeps."""
    runs = world.shards if stage in PER_SHARD else 1
    _, said, _ = _objects(stage, world.stores, world.days, world.shards, 1)
    return max(0, world.requests[stage].get("ListObjectsV2", 0) // runs - said)


def _fetched(ticks: int) -> int:
    """Return the most objects that hold so many ticks of a log: parts of four weeks, and the ticks that are in none."""
    from mrs.store.parts import SPANS

    return min(ticks, SPANS[0] + -(-ticks // SPANS[0]))


def _memory(stage: str) -> int:
    from infra.stages import FUNCTIONS

    return next(f.memory_mb for f in FUNCTIONS if f.name == stage)


def _flow(shards: int, groups: int) -> float:
    """Return the dollars of invocations and state transitions of one tick."""
    runs = len(STAGES) - len(PER_SHARD) - 1 + len(PER_SHARD) * shards + groups
    transitions = 2 * len(STAGES) + 3 * len(PER_SHARD) * shards + groups
    return runs * INVOCATION + transitions * TRANSITION


if __name__ == "__main__":
    main()
