"""The refresh after edits: cohort, finalise and hydrate, once for all edits of a few seconds.

An edit starts it. A read that finds edits still pending long after they were made starts it again, because a refresh
may fail, and a tick that was under way does not hold edits made meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mrs.environment import client
from mrs.identity import sha256_hex
from mrs.store.executions import config_at
from mrs.store.log_store import LogStore
from mrs.store.snapshots import Snapshot

from functions.workshop.state.edit_log import LoggedEdit

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (UTC, as all stored times)
DEBOUNCE_SECONDS = 5
AT_LEAST, SETTLE = timedelta(seconds=3), timedelta(seconds=1)
USUAL_SECONDS = 15
OVERDUE, AGAIN_AFTER = timedelta(seconds=60), timedelta(minutes=5)


@dataclass(frozen=True)
class Refresh:
    """A refresh that is under way or about to be: its execution's name, and when its state can be expected."""

    execution: str | None
    visible_from: datetime


def refresh(machine_arn: str, logs: LogStore, snapshot: Snapshot, edited_at: datetime) -> Refresh:
    """Start the refresh that applies an edit; edits of the same few seconds share it.

    It writes as of the end of those seconds, at least three after the edit, and begins a second later, when all edits
    of those seconds are logged. A read as of a moment after that end shows the refresh as done.

    Parameters
    ----------
    machine_arn, logs
        The state machine, and the logs that hold the settings of the state.
    snapshot
        The hydrated state that was edited.
    edited_at
        When the edit was written.
    """
    step = timedelta(seconds=int(os.environ.get("REFRESH_DEBOUNCE_SECONDS", DEBOUNCE_SECONDS)))
    ends = _end_of(step, edited_at + AT_LEAST)
    return _start(machine_arn, logs, snapshot, ends, f"{ends:%Y%m%dT%H%M%SZ}")


def refresh_again(
    machine_arn: str, logs: LogStore, snapshot: Snapshot, pending: Iterable[LoggedEdit], at: datetime, tried: set[str]
) -> None:
    """Start a refresh for edits that are still pending long after they were made, at most once in a few minutes.

    Parameters
    ----------
    machine_arn, logs, snapshot
        As for `refresh`.
    pending
        The edits that the hydrated state does not hold. Edits of a tick under way wait for its end.
    at
        The time (UTC).
    tried
        The refreshes started by earlier calls; this one is added.
    """
    if all(e.tick > snapshot.tick or at - e.written_at < OVERDUE for e in pending):
        return
    name = f"again-{_end_of(AGAIN_AFTER, at):%Y%m%dT%H%M%SZ}"
    key = f"{snapshot.run_id} {snapshot.tick} {name}"
    if key not in tried:
        tried.add(key)
        _start(machine_arn, logs, snapshot, at + AT_LEAST, name)


def _end_of(step: timedelta, moment: datetime) -> datetime:
    return EPOCH + ((moment - EPOCH) // step + 1) * step


def _start(machine_arn: str, logs: LogStore, snapshot: Snapshot, ends: datetime, name: str) -> Refresh:
    begins = ends + SETTLE
    tick = snapshot.tick.isoformat()
    event = {
        "run_id": snapshot.run_id,
        "first_tick": tick,
        "last_tick": tick,
        "mode": "refresh",
        "written_at": f"{ends.isoformat()}Z",
        "begins_at": f"{begins.isoformat()}Z",
        "config": config_at(logs, snapshot.run_id, snapshot.tick, ends),
    }
    name = f"refresh-{sha256_hex(snapshot.run_id)[:12]}-{snapshot.tick:%Y%m%d}-{name}"
    steps = client("stepfunctions")
    with contextlib.suppress(steps.exceptions.ExecutionAlreadyExists):
        steps.start_execution(stateMachineArn=machine_arn, name=name, input=json.dumps(event))
    return Refresh(name, begins + timedelta(seconds=USUAL_SECONDS))
