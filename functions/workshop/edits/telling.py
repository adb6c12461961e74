"""Tells people of edits that name them: who is mentioned in a comment, and to whom an event is assigned."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from mrs.alerts.in_force import subscriptions_in_force
from mrs.alerts.personal import mentions, personal_alerts
from mrs.contracts import EventAction, dataset
from mrs.errors import BadInputError
from mrs.identity import sha256_hex
from mrs.settings import Settings
from mrs.store.executions import config_at
from mrs.store.keys import MILLISECOND
from mrs.store.log_store import Write

from functions.workshop.edits.requests import Assign
from functions.workshop.http.parameters import Request
from functions.workshop.state.context import RequestContext
from functions.workshop.state.edit_log import LoggedEdit
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.people import people
from functions.workshop.state.view import View

NOTIFICATIONS = dataset("ui_notifications_log")


def check_people(context: RequestContext, requests: Iterable[Request]) -> None:
    """Refuse to assign an event to somebody who is not in the user pool."""
    named = {r.assignee for r in requests if isinstance(r, Assign) and r.assignee}
    unknown = sorted(named - set(people(context))) if named else []
    if unknown:
        raise BadInputError(f"there is no person called {unknown[0]!r}")


def tell(context: RequestContext, view: View, edits: Iterable[LoggedEdit]) -> None:
    """Write the alerts of edits that name people; of an edit that is sent again, what is there already."""
    naming = [e for e in edits if e.action == EventAction.ASSIGN or mentions(_said(e))]
    if not naming or view.snapshot is None:
        return
    known, subscriptions = people(context), subscriptions_in_force(context.logs, view.run_id)
    config = config_at(context.logs, view.run_id, view.snapshot.tick, context.at)
    url = Settings.from_config(config).notify.workshop_url.rstrip("/")
    for edit in naming:
        event_id = _event_of(view, edit)
        event = view.objects(EVENTS).row(event_id) if event_id else None
        rows = personal_alerts(edit, event, known, subscriptions, f"{url}/events/{event_id}") if event else []
        if rows:
            written_at = edit.written_at + MILLISECOND
            table = pa.Table.from_pylist([{**r, "written_at": written_at} for r in rows], NOTIFICATIONS.file_schema)
            part = sha256_hex(edit.edit_id)[:24]
            context.logs.append([Write(NOTIFICATIONS, view.run_id, edit.tick, written_at, table, part)])


def _said(edit: LoggedEdit) -> str:
    return " ".join(filter(None, (edit.text("comment"), edit.text("evidence"))))


def _event_of(view: View, edit: LoggedEdit) -> str | None:
    if edit.about == EVENTS.name:
        return edit.object_id
    report = view.objects(REPORTS).row(edit.object_id)
    return report["report_group_id"] if report else None
