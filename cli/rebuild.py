"""Rebuilds every hydrated snapshot of a local state from the logs alone, and compares it with what was there."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from mrs.contracts import Kind, dataset
from mrs.environment import client
from mrs.errors import BadInputError
from mrs.store.executions import config_in_force
from mrs.store.keys import LogKey

from cli.console import progress, say
from cli.diff import differences
from cli.history import EXECUTIONS, executions_of
from cli.statefiles import LOG_FOLDER, LogFile, log_files
from local.quarantine import Aside
from local.stack import Stack


@dataclass(frozen=True, order=True)
class Hydrated:
    """One snapshot: a run, a business date, and when it was written (UTC)."""

    run_id: str
    tick: date
    written_at: datetime


@dataclass(frozen=True)
class Verdict:
    """What came of a comparison: how much was compared, and where it differs, in words."""

    compared: str
    faults: Sequence[str]


def is_hydrated(key: str) -> bool:
    """Whether a key is that of a hydrated dataset's object."""
    found = LogKey.parse(key)
    return found is not None and dataset(found.dataset).kind is Kind.HYDRATED


def rebuild(state_dir: Path) -> Verdict:
    """Drop the hydrated snapshots, make them again, compare; what differs in anything is brought back as it was.

    Raises
    ------
    BadInputError
        If it is no state folder, or has no snapshot.
    """
    aside = Aside(state_dir / LOG_FOLDER, is_hydrated)
    if aside.is_there:
        aside.bring_back()
        say("what an interrupted rebuild had set aside is back")
    before = log_files(state_dir, lambda key: is_hydrated(str(key)))
    if not before:
        raise BadInputError(f"{state_dir} holds no hydrated snapshot")
    executions = _executions(state_dir)
    faults = [f"{f.name} is not what was written under that name" for f in before if f.actual_hash() != f.written_hash]
    snapshots = sorted({Hydrated(f.key.run_id, f.key.tick, f.key.written_at) for f in before})
    say(f"{len(snapshots)} snapshots ({len(before)} objects) are dropped and rebuilt from the logs")
    aside.take()
    try:
        failed = _hydrate(state_dir, snapshots, executions)
        faults += [*failed, *_compare(aside, before, log_files(state_dir, lambda key: is_hydrated(str(key))))]
    except BaseException:
        aside.bring_back()
        raise
    if faults:
        aside.bring_back()
    else:
        aside.let_go()
    rows = sum(pq.read_metadata(f.path).num_rows for f in log_files(state_dir, lambda key: is_hydrated(str(key))))
    return Verdict(f"{len(snapshots)} snapshots, {len(before)} objects, {rows} rows", faults)


def _executions(state_dir: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of `executions_log` by run."""
    files = log_files(state_dir, lambda key: key.dataset == EXECUTIONS)
    return {run: executions_of([f for f in files if f.key.run_id == run]) for run in {f.key.run_id for f in files}}


def _hydrate(
    state_dir: Path, snapshots: Sequence[Hydrated], executions: Mapping[str, Sequence[Mapping[str, Any]]]
) -> list[str]:
    """Let the hydrate function make every snapshot; return what went wrong."""
    failed = []
    from local.runtime import LocalAws  # as `opened` does; that one refuses while something is set aside

    client.cache_clear()
    with LocalAws(state_dir) as aws, progress() as bar:
        task = bar.add_task("starting", total=len(snapshots))
        for snapshot in snapshots:
            bar.update(task, description=f"hydrate   {snapshot.run_id} {snapshot.tick}")
            config = config_in_force(executions.get(snapshot.run_id, ()), snapshot.tick, snapshot.written_at)
            error = hydrate_again(aws.stack, snapshot, config)
            if error is not None:
                failed.append(f"{snapshot.run_id}, tick {snapshot.tick}, written {snapshot.written_at}: {error}")
            bar.advance(task)
    client.cache_clear()
    return failed


def hydrate_again(stack: Stack, snapshot: Hydrated, config: dict[str, Any]) -> str | None:
    """Invoke the hydrate function for a snapshot; return why it failed."""
    tick = snapshot.tick.isoformat()
    event = {
        "run_id": snapshot.run_id,
        "first_tick": tick,
        "last_tick": tick,
        "mode": "refresh",
        "written_at": f"{snapshot.written_at.isoformat()}Z",
        "config": config,
    }
    function, payload = stack.outputs["HydrateFunction"], json.dumps(event).encode()
    answer = stack.client("lambda").invoke(FunctionName=function, Payload=payload)
    if "FunctionError" not in answer:
        return None
    return str(json.loads(answer["Payload"].read()).get("errorMessage", "no message"))


def _compare(aside: Aside, before: Sequence[LogFile], after: Sequence[LogFile]) -> list[str]:
    """Return what differs, hash by hash; where a hash does, the rows that are to blame."""
    now = {f.name: f for f in after}
    faults = [f"{name} was not there before" for name in sorted(now.keys() - {f.name for f in before})]
    for file in before:
        other = now.get(file.name)
        if other is None:
            faults.append(f"{file.name} was not made again")
        elif other.written_hash != file.written_hash:
            was = pq.ParquetFile(aside.path(file.name)).read(use_threads=False)
            faults.append(f"{file.name}: {differences(file.dataset, was, other.read())}")
    return faults
