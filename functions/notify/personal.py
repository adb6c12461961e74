"""Mail about edits that name people: decided from the edit logs, then delivered as every alert is."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from mrs.alerts.in_force import subscriptions_in_force
from mrs.alerts.personal import mailed, names_somebody
from mrs.contracts import dataset
from mrs.decisions.edits import Edit, event_edits, report_edits
from mrs.errors import ConflictingContentError
from mrs.settings import NotifySettings
from mrs.store.keys import MILLISECOND
from mrs.store.log_store import LogStore

from functions.notify.rows import Row, write_of

NOTIFICATIONS = dataset("ui_notifications_log")
EVENTS = dataset("minority_events_log")
REPORTS = dataset("minority_reports")
EVENT_EDITS, REPORT_EDITS = dataset("user_minority_events_edits_log"), dataset("user_edits_log")
HYDRATED_DAYS = 7


def decide_personal(
    logs: LogStore, run_id: str, last_tick: date | None, now: datetime, settings: NotifySettings, known: Sequence[Row]
) -> bool:
    """Append the mails that the edits of the last days ask for and that were not decided before; say if there were any.

    Parameters
    ----------
    logs, run_id, last_tick
        The run; edits up to this tick, None for all.
    now
        Logical time, UTC: what was edited later does not count yet.
    settings
        How long mail is tried, and the address of the Workshop.
    known
        Every `ui_notifications_log` row of the run.
    """
    since = now - timedelta(days=settings.retry_days)
    naming = [(edit, about) for edit, about in _edits(logs, run_id, last_tick) if since <= edit.edited_at <= now]
    if not naming:
        return False
    decided, subscriptions = {r["notification_id"] for r in known}, subscriptions_in_force(logs, run_id)
    wrote = False
    for edit, about in naming:
        event = _event(logs, run_id, edit, about)
        link = f"{settings.workshop_url.rstrip('/')}/events/{event['report_group_id']}" if event else ""
        rows = mailed(edit, event, subscriptions, link) if event else []
        new = [row for row in rows if row["notification_id"] not in decided]
        if new:
            write = write_of(
                NOTIFICATIONS, run_id, edit.tick, edit.edited_at + MILLISECOND, f"p{edit.edit_id[:24]}", new
            )
            with contextlib.suppress(ConflictingContentError):  # another round was quicker
                logs.append([write])
            wrote = True
    return wrote


def _edits(logs: LogStore, run_id: str, last: date | None) -> Iterator[tuple[Edit, str]]:
    for ds, read in ((EVENT_EDITS, event_edits), (REPORT_EDITS, report_edits)):
        for edit in read(logs.read(ds, run_id, last=last)):
            if names_somebody(edit):
                yield edit, ds.name


def _event(logs: LogStore, run_id: str, edit: Edit, about: str) -> dict[str, Any] | None:
    """Return the row of the edited event, or of the edited report's, as hydrated last before the edit; None if none."""
    event_id: str | None = edit.object_id
    if about == REPORT_EDITS.name:
        report = _newest(logs, run_id, REPORTS.name, "report_id", edit.object_id, edit.tick)
        event_id = report["report_group_id"] if report else None
    return _newest(logs, run_id, EVENTS.name, "report_group_id", event_id, edit.tick) if event_id else None


def _newest(logs: LogStore, run_id: str, name: str, column: str, value: str, tick: date) -> dict[str, Any] | None:
    rows = logs.read(dataset(name), run_id, first=tick - timedelta(days=HYDRATED_DAYS), last=tick).to_pylist()
    own = [r for r in rows if r[column] == value]
    return max(own, key=lambda r: r["tick"], default=None)
