"""Runs ticks on a deployed stack: lands the files, starts the state machine, follows it to its end."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mrs.environment import Environment
from mrs.stage.graph import PIPELINE, When

from cli.console import progress, say
from cli.failures import ExecutionFailedError
from cli.landing import landing_files
from local.executions import Step
from local.stack import Machine, Stack

TICK_STATES = tuple(step.name.title() for step in PIPELINE if step.when is When.CHUNK)
ONCE_STATES = tuple(step.name.title() for step in PIPELINE if step.when is not When.CHUNK and not step.grouped)
SHARDED_STATES = tuple(step.name.title() for step in PIPELINE if step.sharded)


@dataclass(frozen=True)
class RunRequest:
    """What to run: landing folder, run, ticks, number of shards (None to derive it from the data) and settings."""

    landing: Path
    run_id: str
    first: date
    last: date
    shards: int | None = None
    written_at: datetime | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    mapping: Path | None = None

    def event(self, prefix: str) -> dict[str, Any]:
        """Return the input of the execution, given where the landing files lie."""
        return {
            "run_id": self.run_id,
            "first_tick": self.first.isoformat(),
            "last_tick": self.last.isoformat(),
            "landing": prefix,
            "shards": self.shards,
            "mode": self.machine,
            "written_at": self.written_at.isoformat() if self.written_at else None,
            "config": dict(self.config),
        }

    @property
    def machine(self) -> Machine:
        """A single tick is a daily run; more are a backfill, which sends no alerts."""
        return "daily" if self.first == self.last else "backfill"


def land(environment: Environment, folder: Path, mapping: Path | None = None) -> str:
    """Copy a folder's landing files to the landing bucket, create-only, and return their prefix.

    The prefix is made from the files' names and content: the same files are landed once.

    Raises
    ------
    BadInputError
        If there is no such folder, or no landing file in it.
    """
    bodies = landing_files(folder, mapping)
    digests = {name: hashlib.sha256(body).hexdigest() for name, body in bodies.items()}
    whole = hashlib.sha256("".join(f"{n}={d};" for n, d in digests.items()).encode()).hexdigest()
    prefix = f"landing/{whole[:16]}/"
    bucket = environment.landing()
    there = {found.key for found in bucket.find(prefix)}
    for name, body in bodies.items():
        if prefix + name not in there:  # of one prefix a name has one content
            bucket.create(prefix + name, body, digests[name])
    return prefix


def run_ticks(stack: Stack, environment: Environment, request: RunRequest) -> Mapping[str, Any]:
    """Run the request to its end, with a progress bar, and return the execution's output.

    Raises
    ------
    BadInputError
        If the landing folder is not one.
    ExecutionFailedError
        If a stage failed.
    """
    prefix = land(environment, request.landing, request.mapping)
    return execute(stack, request.machine, request.event(prefix), (request.last - request.first).days + 1)


def execute(stack: Stack, machine: Machine, event: Mapping[str, Any], ticks: int) -> Mapping[str, Any]:
    """Start a state machine, show how far it is, and return its output.

    Raises
    ------
    ExecutionFailedError
        If it failed.
    """
    arn = stack.start(machine, event)
    with progress() as bar:
        task = bar.add_task("starting", total=len(ONCE_STATES) + ticks * len(TICK_STATES))
        for step in stack.executions.follow(arn):
            if step.state in TICK_STATES + ONCE_STATES:
                bar.update(task, description=_describe(step), advance=0 if step.entered else _weight(step))
    outcome = stack.executions.outcome(arn)
    if outcome.failure is not None:
        raise ExecutionFailedError(outcome.failure)
    for note in stack.executions.notes(arn):
        say(note)
    return outcome.output


def _describe(step: Step) -> str:
    span = " … ".join(dict.fromkeys(str(step.event[k]) for k in ("first_tick", "last_tick") if k in step.event))
    return f"{step.state.lower():<10}{span}"


def _weight(step: Step) -> float:
    """Return how many steps of the bar a state stands for: the ticks of its chunk, shared by its shards."""
    shards = int(step.event.get("shards", 1)) if step.state in SHARDED_STATES else 1
    if step.state in ONCE_STATES:
        return 1 / shards
    first, last = (date.fromisoformat(step.event[k]) for k in ("first_tick", "last_tick"))
    return ((last - first).days + 1) / shards
