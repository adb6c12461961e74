"""Whose subscriptions are in force for a run: its own, and those that people had when it was first made active."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from mrs.contracts import dataset
from mrs.store.keys import LogKey
from mrs.store.log_store import EVERY_RUN, LogStore
from mrs.store.runs import runs

from functions.notify.rows import Row

SUBSCRIPTIONS = dataset("alert_subscriptions_log")


def subscriptions_in_force(logs: LogStore, run_id: str, own: Callable[[LogKey], bool] | None = None) -> list[Row]:
    """Return the newest row of each subscription, ended ones too, in the order of their ids.

    A reset starts a run without a past; the people stay. What they had subscribed to by then goes over to the new run,
    what they change afterwards belongs to the run in which they change it.

    Parameters
    ----------
    logs, run_id
        The run.
    own
        Which of the run's own objects count; None: all.
    """
    carried = _carried_over(logs, run_id)

    def visible(key: LogKey) -> bool:
        if key.run_id == run_id:
            return own is None or own(key)
        return key.run_id in carried and key.written_at <= carried[key.run_id]

    rows: list[Row] = logs.read(SUBSCRIPTIONS, EVERY_RUN, visible=visible).to_pylist()
    return sorted(rows, key=lambda r: r["subscription_id"])


def _carried_over(logs: LogStore, run_id: str) -> dict[str, datetime]:
    """Return each run that was active before this one, and until when its subscriptions go over: this one's start."""
    known = runs(logs)
    start = next((r.changed_at for r in known if r.run_id == run_id), None)
    if start is None:
        return {}
    return {r.run_id: start for r in known if r.changed_at < start and r.run_id != run_id}
