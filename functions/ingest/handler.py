"""The Lambda's face of ingest: `plan` says what an execution is about, `ingest` brings landing files into the logs."""

from __future__ import annotations

from typing import Any

from mrs.environment import Environment
from mrs.landing.files import by_dataset
from mrs.stage import make_handler
from mrs.store.runs import active_run

from functions.ingest.ingest_landing import STAGE
from functions.ingest.plan_ticks import plan_ticks
from functions.ingest.record_execution import record_execution


def plan(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Return the event that the stages are given; fail here if there is nothing to ingest."""
    environment = Environment.read()
    planned = plan_ticks(event, event.get("run_id") or active_run(environment.logs()))
    prefix = planned["landing"]
    by_dataset(found.key.removeprefix(prefix).lstrip("/") for found in environment.landing().find(prefix))
    return planned


ingest = make_handler(STAGE, after=record_execution)
