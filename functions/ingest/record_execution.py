"""What it takes to run an execution again, as one row of `executions_log`: written once its input is in the logs."""

from __future__ import annotations

import json

import pyarrow as pa
from mrs.contracts import dataset
from mrs.identity import row_id
from mrs.stage import TickEvent
from mrs.stage.harness import StageResult
from mrs.store.log_store import Write

EXECUTIONS = dataset("executions_log")


def record_execution(result: StageResult) -> None:
    """Append the execution whose input is complete; the same execution again is the same object."""
    result.context.logs.append([execution_write(result.context.event)])


def execution_write(event: TickEvent) -> Write:
    """Return the row of an execution, under the last tick that it is about."""
    config = json.dumps(event.config, sort_keys=True)
    given = event.written_at
    said = (event.mode, event.first_tick, event.last_tick, event.landing, event.shards, config, given)
    execution_id = row_id(event.run_id, *map(str, said))
    written_at = event.write_time(event.last_tick)
    row = {
        "execution_id": execution_id,
        "mode": event.mode,
        "first_tick": event.first_tick,
        "last_tick": event.last_tick,
        "landing": event.landing,
        "shards": event.shards,
        "config": config,
        "given_written_at": given,
        "written_at": written_at,
        "is_degraded": False,
        "degraded_inputs": [],
    }
    table = pa.Table.from_pylist([row], schema=EXECUTIONS.file_schema)
    return Write(EXECUTIONS, event.run_id, event.last_tick, written_at, table, f"plan{execution_id[:16]}")
