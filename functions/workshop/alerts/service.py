"""Alerts behind their routes: inbox, marks, all alerts, subscriptions, silences, previews. Each change is a new row."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from aws_lambda_powertools.event_handler.exceptions import ForbiddenError, NotFoundError
from mrs.alerts.in_force import past_ticks, subscriptions_in_force
from mrs.alerts.model import Channel, Scope, Subscription
from mrs.alerts.personal import in_app, names_somebody
from mrs.alerts.preview import preview as decided
from mrs.contracts import Dataset, dataset
from mrs.identity import row_id, sha256_hex
from mrs.settings import NotifySettings
from mrs.store.keys import MILLISECOND
from mrs.store.log_store import EVERY_RUN, Write, written_by

from functions.workshop.alerts.models import (
    AlertPreview,
    Alerts,
    Foreseen,
    Inbox,
    InboxAlert,
    Marked,
    Silences,
    SilenceView,
    Stopped,
    Subscriptions,
    SubscriptionView,
    alert,
)
from functions.workshop.alerts.requests import (
    AlertFilters,
    AlertPreviewRequest,
    InboxFilters,
    MarkRead,
    Notified,
    SilenceRequest,
    SubscriptionRequest,
)
from functions.workshop.http.auth import Role
from functions.workshop.http.parameters import When
from functions.workshop.state.context import RequestContext
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.view import View, aware, view_at

NOTIFICATIONS = dataset("ui_notifications_log")
READS = dataset("notification_reads_log")
SUBSCRIPTIONS = dataset("alert_subscriptions_log")
SILENCES = dataset("alert_silences_log")
FEEDBACK = dataset("alert_feedback_log")
Row = dict[str, Any]


def _read(context: RequestContext, ds: Dataset, when: When, *, history: bool = False) -> list[Row]:
    visible = written_by(when.as_of) if when.as_of else None
    rows: list[Row] = context.logs.read(ds, context.run(when.run_id), visible=visible, history=history).to_pylist()
    return rows


def _write(context: RequestContext, ds: Dataset, rows: list[Row], after: datetime | None = None) -> None:
    """Append rows under the tick of the active run that has begun last, newer than `after`."""
    view = view_at(context, When.model_validate({}))
    tick = view.tick_begun() if view.snapshot else context.at.date()
    written_at = max(context.at, after + MILLISECOND) if after else context.at
    governed = {"written_at": written_at, "is_degraded": False, "degraded_inputs": []}
    table = pa.Table.from_pylist([{**governed, **row} for row in rows], schema=ds.file_schema)
    part = sha256_hex(json.dumps(rows, sort_keys=True, default=str))[:24]
    context.logs.append([Write(ds, view.run_id, tick, written_at, table, part)])


def newest_first(rows: list[Row], page: Notified) -> tuple[list[Row], datetime | None]:
    """Return a page of rows; rows written at the same time are never split, so the next page misses none."""
    rows = [r for r in rows if page.before is None or r["written_at"] < page.before]
    rows.sort(key=lambda r: (r["written_at"], r["severity"], r["notification_id"]), reverse=True)
    if len(rows) <= page.limit:
        return rows, None
    last = rows[page.limit - 1]["written_at"]
    found = [r for r in rows if r["written_at"] >= last]
    return found, aware(last) if len(found) < len(rows) else None


def inbox(context: RequestContext, filters: InboxFilters) -> Inbox:
    """Return the caller's in-app alerts."""
    own = _own_alerts(context, filters)
    read = _read_marks(context, filters)
    shown = [r for r in own if filters.unread is None or (r["notification_id"] not in read) is filters.unread]
    rows, before = newest_first(shown, filters)
    items = [InboxAlert(**alert(r), is_read=r["notification_id"] in read) for r in rows]
    return Inbox(items=items, unread=sum(r["notification_id"] not in read for r in own), before=before)


def _own_alerts(context: RequestContext, when: When) -> list[Row]:
    name = context.caller.name
    told = [
        r
        for r in _read(context, NOTIFICATIONS, when)
        if r["channel"] == Channel.IN_APP and r["delivered_to"] == name and r["delivery_status"] == "sent"
    ]
    return told + _from_people(context, view_at(context, When(run_id=when.run_id, as_of=when.as_of)))


def _from_people(context: RequestContext, view: View) -> list[Row]:
    """Return the alerts of edits that name the caller: they follow from the edits, and are in no log."""
    found = []
    for edit in (e for kind in (EVENTS, REPORTS) for e in view.edits(kind) if names_somebody(e)):
        report = view.objects(REPORTS).row(edit.object_id) if edit.about == REPORTS.name else None
        event_id = report["report_group_id"] if report else edit.object_id
        event = view.objects(EVENTS).row(event_id) if event_id else None
        row = in_app(edit, event, context.caller.name, f"/events/{event_id}") if event else None
        if row is not None:
            found.append({**row, "tick": edit.tick, "written_at": edit.written_at})
    return found


def _read_marks(context: RequestContext, when: When) -> set[str]:
    marks = _read(context, READS, when)
    return {m["notification_id"] for m in marks if m["reader"] == context.caller.name and m["is_read"]}


def mark(context: RequestContext, body: MarkRead) -> Marked:
    """Mark alerts of the caller's inbox as read or unread; those already so are left alone."""
    when = When.model_validate({})
    own = {r["notification_id"] for r in _own_alerts(context, when)}
    asked = set(body.notification_ids)
    if asked - own:
        raise NotFoundError(f"there is no alert {min(asked - own)} in this inbox")
    read = _read_marks(context, when)
    changed = sorted(i for i in asked if (i in read) != body.is_read)
    if changed:
        marks = {m["written_at"] for m in _read(context, READS, when) if m["notification_id"] in asked}
        common = {"reader": context.caller.name, "is_read": body.is_read, "read_at": context.at}
        _write(context, READS, [{"notification_id": i, **common} for i in changed], max(marks, default=None))
    now = (read | asked) if body.is_read else (read - asked)
    return Marked(changed=len(changed), unread=len(own - now))


def all_alerts(context: RequestContext, filters: AlertFilters) -> Alerts:
    """Return every alert that was due, with counts by status."""
    wanted = {"event_id": filters.event, "delivery_status": filters.status, "channel": filters.channel}
    wanted |= {"suppressed_by": filters.suppressed_by}
    rows = [
        r
        for r in _read(context, NOTIFICATIONS, filters)
        if all(v is None or r[name] == v for name, v in wanted.items())
    ]
    count = Counter(r["delivery_status"] for r in rows)
    page, before = newest_first(rows, filters)
    sums = {name: count[name] for name in ("sent", "suppressed", "failed")}
    return Alerts.model_validate({"items": [alert(r) for r in page], "due": len(rows), **sums, "before": before})


def subscriptions(context: RequestContext) -> Subscriptions:
    """Return the active subscriptions: the caller's own, or everybody's for a manager."""
    rows = [s for s in subscriptions_in_force(context.logs, context.run(None)) if s["is_active"] and _may(context, s)]
    return Subscriptions(items=[_subscription(context, row) for row in rows])


def _may(context: RequestContext, row: Mapping[str, Any]) -> bool:
    return context.caller.is_a(Role.MANAGER) or row["owner"] == context.caller.name


def _subscription(context: RequestContext, row: Row) -> SubscriptionView:
    addresses = {a.lower() for a in row["addresses"]}
    stopped = [
        Stopped(address=f["address"], why=f["kind"], since=aware(f["happened_at"]))
        for f in (context.logs.read(FEEDBACK, EVERY_RUN).to_pylist() if addresses else ())
        if f["is_permanent"] and f["address"] in addresses and _is_stopped(f, row)
    ]
    shown = {name: row[name] for name in SubscriptionView.model_fields if name in row}
    shown |= {"edited_at": aware(row["edited_at"]), "webhooks": row["webhooks"] or []}
    return SubscriptionView(**shown, stopped=stopped)


def _is_stopped(feedback: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    if feedback["kind"] != "unsubscribe":
        return True
    mine: bool = feedback["subscription_id"] == row["subscription_id"]
    return mine and bool(feedback["happened_at"] >= row["edited_at"])


def subscribe(context: RequestContext, body: SubscriptionRequest) -> SubscriptionView:
    """Create a subscription for the caller; an identical request returns the existing one."""
    columns = _columns(context, body)
    name = row_id("subscription", context.caller.name, json.dumps(columns, sort_keys=True))
    there = _find(context, name)
    if there is not None and there["is_active"]:
        return _subscription(context, there)
    return _save(context, name, {**columns, "is_active": True, "owner": context.caller.name}, there)


def replace(context: RequestContext, subscription_id: str, body: SubscriptionRequest) -> SubscriptionView:
    """Change a subscription: the caller's own, or anybody's for a manager."""
    there = _own(context, subscription_id)
    return _save(
        context, subscription_id, {**_columns(context, body), "is_active": True, "owner": there["owner"]}, there
    )


def end(context: RequestContext, subscription_id: str) -> SubscriptionView:
    """End a subscription."""
    there = _own(context, subscription_id)
    kept = {name: there[name] for name in SUBSCRIPTIONS.file_schema.names if name not in ("written_at",)}
    return _save(context, subscription_id, {**kept, "is_active": False}, there)


def _columns(context: RequestContext, body: SubscriptionRequest) -> Row:
    """Return the columns that a request sets.

    Only a manager subscribes other people, the shared topic, or an address that is not verified.
    """
    columns = body.model_dump(mode="json")
    columns["people"] = sorted(set(body.people)) or [context.caller.name]
    columns["addresses"] = sorted({a.lower() for a in body.addresses})
    others = body.kind == "list" or columns["people"] != [context.caller.name] or len(columns["addresses"]) > 1
    if others and not context.caller.is_a(Role.MANAGER):
        raise ForbiddenError("this needs the role manager: lists, other people and several addresses")
    if Channel.SNS in body.channels and not context.caller.is_a(Role.MANAGER):
        raise ForbiddenError("this needs the role manager: the sns channel is a topic that everybody shares")
    if Channel.WEBHOOK in body.channels and not context.caller.is_a(Role.MANAGER):
        raise ForbiddenError("this needs the role manager: webhooks carry alerts out of the Workshop")
    columns["webhooks"] = sorted(set(body.webhooks))
    mailed = "email" in columns["channels"]
    if mailed and not (columns["addresses"] and context.caller.is_a(Role.MANAGER)):
        columns["addresses"] = [_proven(context, columns["addresses"])]
    return columns


def _proven(context: RequestContext, asked: Sequence[str]) -> str:
    """Return the caller's verified address; refuse if the request names any other."""
    own = context.caller.proven_address()
    if own is None:
        raise ForbiddenError(f"the user pool knows no verified e-mail address of {context.caller.name}")
    if any(address != own for address in asked):
        raise ForbiddenError(f"this needs the role manager: an address other than one's own, {own}")
    return own


def _find(context: RequestContext, subscription_id: str) -> Row | None:
    rows = subscriptions_in_force(context.logs, context.run(None))
    return next((r for r in rows if r["subscription_id"] == subscription_id), None)


def _own(context: RequestContext, subscription_id: str) -> Row:
    there = _find(context, subscription_id)
    if there is None or not there["is_active"]:
        raise NotFoundError(f"there is no subscription {subscription_id}")
    if not _may(context, there):
        raise ForbiddenError("this needs the role manager: the subscription is somebody else's")
    return there


def _save(context: RequestContext, subscription_id: str, columns: Row, there: Row | None) -> SubscriptionView:
    made = {"subscription_id": subscription_id, "author": context.caller.name, "edited_at": context.at}
    row = {**columns, **made}
    _write(context, SUBSCRIPTIONS, [row], there["written_at"] if there else None)
    return _subscription(context, row)


def silences(context: RequestContext, when: When) -> Silences:
    """Return every silence of a run, snoozes aside, with the alerts that it has hidden; the newest first."""
    hidden: dict[str, list[Row]] = {}
    for r in _read(context, NOTIFICATIONS, when, history=True):
        if r["suppressed_by"] and r["attempt"] == 0:
            hidden.setdefault(r["suppressed_by"], []).append(alert(r))
    rows = sorted(_read(context, SILENCES, when), key=lambda r: (r["edited_at"], r["silence_id"]), reverse=True)
    return Silences(items=[_silence(r, hidden.get(f"silence:{r['silence_id']}", [])) for r in rows])


def _silence(row: Row, hid: list[Row]) -> SilenceView:
    shown = {name: row[name] for name in SilenceView.model_fields if name in row}
    shown["until"] = aware(row["until"]) if row["until"] else None
    return SilenceView.model_validate({**shown, "edited_at": aware(row["edited_at"]), "hid": hid})


def silence(context: RequestContext, body: SilenceRequest) -> SilenceView:
    """Create a silence from the next tick on; an identical request returns the existing one."""
    view = view_at(context, When.model_validate({}))
    columns = body.model_dump(exclude={"until_worse_by_a_step"})
    if body.event_id is not None:
        event = view.row(EVENTS, body.event_id)
        if body.until_worse_by_a_step:
            columns["until_severity"] = _next_step(event["severity"])
    silence_id = row_id("silence", context.caller.name, json.dumps(columns, sort_keys=True, default=str))
    there = _silence_row(view, silence_id)
    if there is not None and there["is_active"]:
        return _silence(there, [])
    row = {**columns, "cause": body.cause.value if body.cause else None, "silence_id": silence_id, "is_active": True}
    row |= {"author": context.caller.name, "edited_at": context.at}
    _write(context, SILENCES, [row], there["written_at"] if there else None)
    return _silence(row, [])


def _next_step(severity: float) -> float:
    """Return the first severity step above a severity; 1 if there is none."""
    return min((s for s in NotifySettings().severity_steps if s > severity), default=1.0)


def _silence_row(view: View, silence_id: str) -> Row | None:
    rows: list[Row] = view.logs.read(SILENCES, view.run_id).to_pylist()
    return next((r for r in rows if r["silence_id"] == silence_id), None)


def lift(context: RequestContext, silence_id: str) -> SilenceView:
    """End a silence."""
    there = _silence_row(view_at(context, When.model_validate({})), silence_id)
    if there is None or not there["is_active"]:
        raise NotFoundError(f"there is no silence {silence_id}")
    kept = {name: there[name] for name in SILENCES.file_schema.names if name != "written_at"}
    row = {**kept, "is_active": False, "author": context.caller.name, "edited_at": context.at}
    _write(context, SILENCES, [row], there["written_at"])
    return _silence(row, [])


def preview(context: RequestContext, body: AlertPreviewRequest) -> AlertPreview:
    """Return what a setting would have sent over past days, decided as the daily run decides."""
    view = view_at(context, When.model_validate({}))
    last = view.tick()
    first = last - timedelta(days=body.days - 1)
    told = [
        r
        for r in context.logs.read(NOTIFICATIONS, view.run_id, last=first - timedelta(days=1), history=True).to_pylist()
        if r["delivered_to"] == body.to
    ]
    channels = sorted({r["channel"] for r in told}) or [Channel.IN_APP.value]
    to = (body.to or "preview",)
    tried = Subscription(
        subscription_id="preview",
        scope=Scope(body.retailer, body.region, body.category),
        min_severity=body.min_severity,
        causes=tuple(c.value for c in body.causes),
        triggers=tuple(body.triggers),
        channels=(channels[0],),
        people=to,
        addresses=to,
        topics=to,
    )
    past = past_ticks(context.logs, view.run_id, first, last)
    rows = decided(past, [tried], told, NotifySettings())
    items = [Foreseen.model_validate({name: r[name] for name in Foreseen.model_fields}) for r in rows]
    return AlertPreview(items=items, ticks=[p.tick for p in past])
