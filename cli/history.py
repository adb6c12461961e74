"""What happened in a run, as its logs tell: executions, refreshes, rereviews, hydrations, in the order that they had.

Each can be asked for again: `event` is the input that it had.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.store.executions import config_in_force

from cli.statefiles import LogFile
from local.stack import Machine

FINALISED, WORKLIST, EXECUTIONS, REPORTS = (
    dataset(n).name for n in ("MRFL", "rereview_worklist_log", "executions_log", "minority_reports")
)
BEGUN_LONG_AGO = "2000-01-01T00:00:00Z"


@dataclass(frozen=True)
class Step:
    """One thing that happened.

    Parameters
    ----------
    machine
        The state machine; None for the hydrate function alone.
    event
        Its input.
    first, last
        The ticks that it is about.
    landed_at
        When it was first seen, by the machine's clock.
    """

    machine: Machine | None
    event: Mapping[str, Any] = field(compare=False)
    first: date
    last: date
    landed_at: datetime

    @property
    def words(self) -> str:
        """What it is, for people."""
        span = f"{self.first}" if self.first == self.last else f"{self.first} … {self.last}"
        return f"{self.machine or 'hydrate'} {span}"

    @property
    def ticks(self) -> list[date]:
        """Its business dates."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def written_at(self, tick: date) -> datetime:
        """Return the logical time at which it wrote a tick."""
        given = self.event.get("written_at")
        return datetime.fromisoformat(given).replace(tzinfo=None) if given else schedule_time(tick)


def steps(files: Sequence[LogFile]) -> list[Step]:
    """Return what happened in a run, given all its log objects."""
    executions = list(_executions(files))
    rows = executions_of(files)
    done = {(tick, step.written_at(tick)) for step in executions for tick in step.ticks}
    refreshes = list(_at_ticks(files, FINALISED, "refresh", done, rows))
    done = {(step.last, step.written_at(step.last)) for step in [*executions, *refreshes]}
    hydrations = list(_at_ticks(files, REPORTS, None, done, rows))
    found = [*executions, *refreshes, *_rereviews(files), *hydrations]
    return sorted(found, key=lambda s: (s.landed_at, s.written_at(s.last), s.last, s.machine or ""))


def executions_of(files: Sequence[LogFile]) -> list[dict[str, Any]]:
    """Return the rows of `executions_log`."""
    return [row for f in files if f.key.dataset == EXECUTIONS for row in f.read().to_pylist()]


def _executions(files: Sequence[LogFile]) -> Iterator[Step]:
    for file in (f for f in files if f.key.dataset == EXECUTIONS):
        for row in file.read().to_pylist():
            given = row["given_written_at"]
            event = {
                "run_id": file.key.run_id,
                "first_tick": row["first_tick"].isoformat(),
                "last_tick": row["last_tick"].isoformat(),
                "landing": row["landing"],
                "shards": row["shards"],
                "mode": row["mode"],
                "written_at": None if given is None else f"{given.isoformat()}Z",
                "config": json.loads(row["config"]),
            }
            yield Step(row["mode"], event, row["first_tick"], row["last_tick"], file.landed_at)


def _at_ticks(
    files: Sequence[LogFile],
    name: str,
    machine: Machine | None,
    done: set[tuple[date, datetime]],
    executions: Sequence[Mapping[str, Any]],
) -> Iterator[Step]:
    """Yield what wrote a dataset at one tick and at a time that nothing else accounts for."""
    seen = set(done)
    for file in (f for f in files if f.key.dataset == name):
        at = (file.key.tick, file.key.written_at)
        if at not in seen:
            seen.add(at)
            tick = file.key.tick.isoformat()
            event: dict[str, Any] = {"run_id": file.key.run_id, "first_tick": tick, "last_tick": tick}
            event |= {
                "mode": "refresh",
                "written_at": f"{at[1].isoformat()}Z",
                "begins_at": BEGUN_LONG_AGO,
                "config": config_in_force(executions, *at),
            }
            yield Step(machine, event, file.key.tick, file.key.tick, file.landed_at)


def _rereviews(files: Sequence[LogFile]) -> Iterator[Step]:
    seen = set()
    for file in (f for f in files if f.key.dataset == WORKLIST):
        for row in file.read().to_pylist():
            if row["rereview_id"] not in seen:
                seen.add(row["rereview_id"])
                asked = json.loads(row["request"])
                event = {"run_id": file.key.run_id, "rereview_id": row["rereview_id"], "mode": "rereview", **asked}
                event["written_at"] = f"{row['written_at'].isoformat()}Z"
                first, last = (date.fromisoformat(asked[k]) for k in ("first_tick", "last_tick"))
                yield Step("rereview", event, first, last, file.landed_at)
