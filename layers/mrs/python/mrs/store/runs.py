"""The active run: `demo_run_config`, the one dataset read across runs. A change is one more row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from mrs.contracts import dataset
from mrs.errors import BadInputError
from mrs.identity import row_id
from mrs.store.keys import checked_run_id
from mrs.store.log_store import EVERY_RUN, LogStore, Write

RUNS = dataset("demo_run_config")


@dataclass(frozen=True)
class Run:
    """A run that was made active: its id, what people call it, who did it and when (UTC)."""

    run_id: str
    label: str | None
    changed_by: str
    changed_at: datetime


def runs(logs: LogStore) -> list[Run]:
    """Return every change of the active run, the newest last: that one is in force."""
    table = logs.read(RUNS, EVERY_RUN, history=True)
    table = table.sort_by([("changed_at", "ascending"), ("active_run_id", "ascending")])
    return [_run(row) for row in table.to_pylist()]


def _run(row: dict[str, Any]) -> Run:
    return Run(row["active_run_id"], row["label"], row["changed_by"], row["changed_at"])


def carried_over(logs: LogStore, run_id: str) -> dict[str, datetime]:
    """Return each run that was active before this one, and until when people's settings go over: this one's start."""
    known = runs(logs)
    start = next((r.changed_at for r in known if r.run_id == run_id), None)
    if start is None:
        return {}
    return {r.run_id: start for r in known if r.changed_at < start and r.run_id != run_id}


def active_run(logs: LogStore) -> str:
    """Return the id of the active run.

    Raises
    ------
    BadInputError
        If no run was ever made active.
    """
    known = runs(logs)
    if not known:
        raise BadInputError("there is no active run yet: name one with --run-id, or start one with `mrs reset`")
    return known[-1].run_id


def activate(logs: LogStore, run: Run) -> None:
    """Make a run the active one by appending a row; nothing else is touched.

    Raises
    ------
    BadInputError
        If the run's id is not fit for one.
    """
    checked_run_id(run.run_id)
    row: dict[str, Any] = {
        "active_run_id": run.run_id,
        "label": run.label,
        "changed_by": run.changed_by,
        "changed_at": run.changed_at,
        "written_at": run.changed_at,
        "is_degraded": False,
        "degraded_inputs": [],
    }
    schema = pa.schema([f for f in RUNS.schema if f.name in row])
    table = pa.Table.from_pylist([row], schema=schema)
    part = row_id(run.run_id, run.changed_at.isoformat(), run.changed_by)[:16]
    logs.append([Write(RUNS, run.run_id, run.changed_at.date(), run.changed_at, table, part)])


def ticks_of(logs: LogStore, run_id: str) -> list[Any]:
    """Return the business dates that a run has processed, in order."""
    found = {key.tick for key, _ in logs.find(dataset("landing_feeds_log"), run_id)}
    return sorted(found)


def tick_begun(logs: LogStore, run_id: str, served: date) -> date:
    """Return the newest business date that a run has begun to process: what people do now is logged under it.

    A tick reads people's logs at several times while it runs. What is logged under it after it was written, by its own
    logical time, takes effect in the next one, or in a refresh: whenever the tick came to read, it has not seen it.

    Parameters
    ----------
    served
        The business date of the newest hydrated state.
    """
    begun = logs.find(dataset("landing_feeds_log"), run_id, first=served)
    return max([served, *(key.tick for key, _ in begun)])


def hydrated_ticks(logs: LogStore, run_id: str) -> list[Any]:
    """Return the business dates for which a run has a hydrated snapshot, in order."""
    return sorted({key.tick for key, _ in logs.find(dataset("minority_reports"), run_id)})


def latest_snapshot(logs: LogStore, name: str, run_id: str) -> pa.Table:
    """Return a hydrated dataset at the run's newest hydrated tick; empty if there is none."""
    ticks = hydrated_ticks(logs, run_id)
    if not ticks:
        return dataset(name).empty()
    return logs.read(dataset(name), run_id, first=ticks[-1], last=ticks[-1])
