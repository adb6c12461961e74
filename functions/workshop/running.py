"""Runs: which there are, which is active, which business dates they have processed; and a reset."""

from __future__ import annotations

from datetime import date, datetime

from mrs.contracts import dataset
from mrs.store.log_store import LogStore
from mrs.store.runs import Run, activate, hydrated_ticks, runs, ticks_of

from functions.workshop.desk import Desk
from functions.workshop.parameters import Reset
from functions.workshop.state import aware
from functions.workshop.views_more import Runs, RunView, Ticks, TickView

FEEDS = dataset("landing_feeds_log")


def all_runs(logs: LogStore) -> Runs:
    """Return every run, the one made active last first."""
    changes = runs(logs)
    newest = {run.run_id: run for run in changes}
    active = changes[-1].run_id if changes else None
    ordered = sorted(newest.values(), key=lambda r: (r.changed_at, r.run_id), reverse=True)
    return Runs(active_run_id=active, items=[_view(logs, run, active) for run in ordered])


def _view(logs: LogStore, run: Run, active: str | None) -> RunView:
    ticks, hydrated = ticks_of(logs, run.run_id), hydrated_ticks(logs, run.run_id)
    return RunView(
        run_id=run.run_id,
        label=run.label,
        changed_by=run.changed_by,
        changed_at=aware(run.changed_at),
        is_active=run.run_id == active,
        n_ticks=len(ticks),
        first_tick=ticks[0] if ticks else None,
        last_tick=ticks[-1] if ticks else None,
        hydrated_tick=hydrated[-1] if hydrated else None,
    )


def reset(desk: Desk, body: Reset) -> RunView:
    """Make a run the active one and return it."""
    run = Run(body.run_id or f"run-{desk.at:%Y%m%d-%H%M%S}", body.label, desk.caller.name, desk.at)
    activate(desk.logs, run)
    return _view(desk.logs, run, run.run_id)


def ticks(logs: LogStore, run_id: str) -> Ticks:
    """Return the business dates of a run, each with the moment at which its state was first written."""
    written: dict[date, datetime] = {}
    for key, _ in logs.find(dataset("MRFL"), run_id):
        written[key.tick] = min(written.get(key.tick, key.written_at), key.written_at)
    degraded = _degraded(logs, run_id)
    items = [TickView(tick=t, written_at=aware(w), is_degraded=t in degraded) for t, w in sorted(written.items())]
    return Ticks(run_id=run_id, items=items)


def _degraded(logs: LogStore, run_id: str) -> set[date]:
    health = logs.read(dataset("pipeline_health_log"), run_id)
    return {r["tick"] for r in health.select(["tick", "is_degraded"]).to_pylist() if r["is_degraded"]}
