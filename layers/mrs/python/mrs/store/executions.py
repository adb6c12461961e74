"""The settings that a state was made with, as `executions_log` tells: what makes it again must use the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.store.log_store import LogStore

EXECUTIONS = dataset("executions_log")


def config_at(logs: LogStore, run_id: str, tick: date, written_at: datetime) -> dict[str, Any]:
    """Return the settings in force in a run at a tick, of what had been written of it by a time (UTC)."""
    return config_in_force(logs.read(EXECUTIONS, run_id, first=tick).to_pylist(), tick, written_at)


def config_in_force(executions: Iterable[Mapping[str, Any]], tick: date, written_at: datetime) -> dict[str, Any]:
    """Return the settings of the execution that wrote a tick last, by a time; none did: the default ones.

    Parameters
    ----------
    executions
        Rows of `executions_log`.
    """
    wrote = [
        (at, row["execution_id"], row["config"])
        for row in executions
        if row["first_tick"] <= tick <= row["last_tick"]
        and (at := row["given_written_at"] or schedule_time(tick)) <= written_at
    ]
    config: dict[str, Any] = json.loads(max(wrote)[2]) if wrote else {}
    return config
