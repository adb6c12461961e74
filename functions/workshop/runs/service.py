"""Runs: list, active run, processed business dates, reset."""

from __future__ import annotations

from datetime import date, datetime

from mrs.contracts import dataset
from mrs.store.log_store import LogStore
from mrs.store.runs import Run, activate, runs, ticks_of

from functions.workshop.http.parameters import When
from functions.workshop.runs.models import Runs, RunView, Ticks, TickView
from functions.workshop.runs.requests import Reset
from functions.workshop.state.context import RequestContext
from functions.workshop.state.view import aware, view_at


def all_runs(context: RequestContext) -> Runs:
    """Return every run, the one made active last first."""
    changes = runs(context.logs)
    newest = {run.run_id: run for run in changes}
    active = changes[-1].run_id if changes else None
    ordered = sorted(newest.values(), key=lambda r: (r.changed_at, r.run_id), reverse=True)
    return Runs(active_run_id=active, items=[_view(context, run, active) for run in ordered])


def _view(context: RequestContext, run: Run, active: str | None) -> RunView:
    snapshot = view_at(context, When.model_validate({"run_id": run.run_id})).snapshot
    key = ("ticks", run.run_id, snapshot)
    ticks: list[date] = context.stack.cache.hydrated.get(key, lambda: ticks_of(context.logs, run.run_id))
    return RunView(
        run_id=run.run_id,
        label=run.label,
        changed_by=run.changed_by,
        changed_at=aware(run.changed_at),
        is_active=run.run_id == active,
        n_ticks=len(ticks),
        first_tick=ticks[0] if ticks else None,
        last_tick=ticks[-1] if ticks else None,
        hydrated_tick=snapshot.tick if snapshot else None,
    )


def reset(context: RequestContext, body: Reset) -> RunView:
    """Make a run the active one and return it."""
    run = Run(body.run_id or f"run-{context.at:%Y%m%d-%H%M%S}", body.label, context.caller.name, context.at)
    activate(context.logs, run)
    return _view(context, run, run.run_id)


def ticks(context: RequestContext, run_id: str) -> Ticks:
    """Return the business dates of a run, each with the moment at which its state was first written."""
    snapshot = view_at(context, When.model_validate({"run_id": run_id})).snapshot
    if snapshot is None:
        return Ticks(run_id=run_id, items=[])
    key = ("served", run_id, snapshot)
    made: Ticks = context.stack.cache.hydrated.get(key, lambda: _ticks(context.logs, run_id, snapshot.tick))
    return made


def _ticks(logs: LogStore, run_id: str, served: date) -> Ticks:
    written: dict[date, datetime] = {}
    for key, _ in logs.find(dataset("landing_feeds_log"), run_id, last=served):
        written[key.tick] = min(written.get(key.tick, key.written_at), key.written_at)
    degraded = _degraded(logs, run_id)
    items = [TickView(tick=t, written_at=aware(w), is_degraded=t in degraded) for t, w in sorted(written.items())]
    return Ticks(run_id=run_id, items=items)


def _degraded(logs: LogStore, run_id: str) -> set[date]:
    health = logs.read(dataset("pipeline_health_log"), run_id)
    return {r["tick"] for r in health.select(["tick", "is_degraded"]).to_pylist() if r["is_degraded"]}
