"""Alerts behind the routes: what was due, marks, subscriptions, silences, previews; each change is one more row."""

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
from mrs.alerts.preview import preview as decided
from mrs.contracts import Dataset, dataset
from mrs.identity import row_id, sha256_hex
from mrs.settings import NotifySettings
from mrs.store.keys import MILLISECOND
from mrs.store.log_store import EVERY_RUN, Write, written_by

from functions.workshop.alert_requests import (
    AlertFilters,
    AlertPreviewRequest,
    InboxFilters,
    MarkRead,
    Notified,
    SilenceRequest,
    SubscriptionRequest,
)
from functions.workshop.alert_views import (
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
from functions.workshop.desk import Desk
from functions.workshop.kinds import EVENTS
from functions.workshop.parameters import When
from functions.workshop.people import Role
from functions.workshop.state import View, aware, view_at

NOTIFICATIONS = dataset("ui_notifications_log")
READS = dataset("notification_reads_log")
SUBSCRIPTIONS = dataset("alert_subscriptions_log")
SILENCES = dataset("alert_silences_log")
FEEDBACK = dataset("alert_feedback_log")
Row = dict[str, Any]


def _read(desk: Desk, ds: Dataset, when: When, *, history: bool = False) -> list[Row]:
    visible = written_by(when.as_of) if when.as_of else None
    rows: list[Row] = desk.logs.read(ds, desk.run(when.run_id), visible=visible, history=history).to_pylist()
    return rows


def _write(desk: Desk, ds: Dataset, rows: list[Row], after: datetime | None = None) -> None:
    """Append rows under the tick of the active run that has begun last, newer than `after`."""
    view = view_at(desk, When.model_validate({}))
    tick = view.tick_begun() if view.snapshot else desk.at.date()
    written_at = max(desk.at, after + MILLISECOND) if after else desk.at
    governed = {"written_at": written_at, "is_degraded": False, "degraded_inputs": []}
    table = pa.Table.from_pylist([{**governed, **row} for row in rows], schema=ds.file_schema)
    part = sha256_hex(json.dumps(rows, sort_keys=True, default=str))[:24]
    desk.logs.append([Write(ds, view.run_id, tick, written_at, table, part)])


def _newest_first(rows: list[Row], page: Notified) -> tuple[list[Row], datetime | None]:
    """Return a page of the rows; it ends where the time of writing changes, so that the next one misses none."""
    rows = [r for r in rows if page.before is None or r["written_at"] < page.before]
    rows.sort(key=lambda r: (r["written_at"], r["severity"], r["notification_id"]), reverse=True)
    if len(rows) <= page.limit:
        return rows, None
    last = rows[page.limit - 1]["written_at"]
    found = [r for r in rows if r["written_at"] >= last]
    return found, aware(last) if len(found) < len(rows) else None


def inbox(desk: Desk, filters: InboxFilters) -> Inbox:
    """Return the in-app alerts of whoever asks."""
    own = _own_alerts(desk, filters)
    read = _read_marks(desk, filters)
    shown = [r for r in own if filters.unread is None or (r["notification_id"] not in read) is filters.unread]
    rows, before = _newest_first(shown, filters)
    items = [InboxAlert(**alert(r), is_read=r["notification_id"] in read) for r in rows]
    return Inbox(items=items, unread=sum(r["notification_id"] not in read for r in own), before=before)


def _own_alerts(desk: Desk, when: When) -> list[Row]:
    name = desk.caller.name
    return [
        r
        for r in _read(desk, NOTIFICATIONS, when)
        if r["channel"] == Channel.IN_APP and r["delivered_to"] == name and r["delivery_status"] == "sent"
    ]


def _read_marks(desk: Desk, when: When) -> set[str]:
    marks = _read(desk, READS, when)
    return {m["notification_id"] for m in marks if m["reader"] == desk.caller.name and m["is_read"]}


def mark(desk: Desk, body: MarkRead) -> Marked:
    """Mark alerts of one's inbox as read or unread; those that are so already are left alone."""
    when = When.model_validate({})
    own = {r["notification_id"] for r in _own_alerts(desk, when)}
    asked = set(body.notification_ids)
    if asked - own:
        raise NotFoundError(f"there is no alert {min(asked - own)} in this inbox")
    read = _read_marks(desk, when)
    changed = sorted(i for i in asked if (i in read) != body.is_read)
    if changed:
        marks = {m["written_at"] for m in _read(desk, READS, when) if m["notification_id"] in asked}
        common = {"reader": desk.caller.name, "is_read": body.is_read, "read_at": desk.at}
        _write(desk, READS, [{"notification_id": i, **common} for i in changed], max(marks, default=None))
    now = (read | asked) if body.is_read else (read - asked)
    return Marked(changed=len(changed), unread=len(own - now))


def all_alerts(desk: Desk, filters: AlertFilters) -> Alerts:
    """Return every alert that was due, and how they add up."""
    wanted = {"event_id": filters.event, "delivery_status": filters.status, "channel": filters.channel}
    wanted |= {"suppressed_by": filters.suppressed_by}
    rows = [
        r for r in _read(desk, NOTIFICATIONS, filters) if all(v is None or r[name] == v for name, v in wanted.items())
    ]
    count = Counter(r["delivery_status"] for r in rows)
    page, before = _newest_first(rows, filters)
    sums = {name: count[name] for name in ("sent", "suppressed", "failed")}
    return Alerts.model_validate({"items": [alert(r) for r in page], "due": len(rows), **sums, "before": before})


def subscriptions(desk: Desk) -> Subscriptions:
    """Return the subscriptions that are active: one's own, or everybody's for a manager."""
    rows = [s for s in subscriptions_in_force(desk.logs, desk.run(None)) if s["is_active"] and _may(desk, s)]
    return Subscriptions(items=[_subscription(desk, row) for row in rows])


def _may(desk: Desk, row: Mapping[str, Any]) -> bool:
    return desk.caller.is_a(Role.MANAGER) or row["owner"] == desk.caller.name


def _subscription(desk: Desk, row: Row) -> SubscriptionView:
    addresses = {a.lower() for a in row["addresses"]}
    stopped = [
        Stopped(address=f["address"], why=f["kind"], since=aware(f["happened_at"]))
        for f in (desk.logs.read(FEEDBACK, EVERY_RUN).to_pylist() if addresses else ())
        if f["is_permanent"] and f["address"] in addresses and _is_stopped(f, row)
    ]
    shown = {name: row[name] for name in SubscriptionView.model_fields if name in row}
    return SubscriptionView(**{**shown, "edited_at": aware(row["edited_at"])}, stopped=stopped)


def _is_stopped(feedback: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    if feedback["kind"] != "unsubscribe":
        return True
    mine: bool = feedback["subscription_id"] == row["subscription_id"]
    return mine and bool(feedback["happened_at"] >= row["edited_at"])


def subscribe(desk: Desk, body: SubscriptionRequest) -> SubscriptionView:
    """Make a subscription of whoever asks; the same one again is the one that is there."""
    columns = _columns(desk, body)
    name = row_id("subscription", desk.caller.name, json.dumps(columns, sort_keys=True))
    there = _find(desk, name)
    if there is not None and there["is_active"]:
        return _subscription(desk, there)
    return _save(desk, name, {**columns, "is_active": True, "owner": desk.caller.name}, there)


def replace(desk: Desk, subscription_id: str, body: SubscriptionRequest) -> SubscriptionView:
    """Change a subscription: one's own, or anybody's for a manager."""
    there = _own(desk, subscription_id)
    return _save(desk, subscription_id, {**_columns(desk, body), "is_active": True, "owner": there["owner"]}, there)


def end(desk: Desk, subscription_id: str) -> SubscriptionView:
    """End a subscription."""
    there = _own(desk, subscription_id)
    kept = {name: there[name] for name in SUBSCRIPTIONS.file_schema.names if name not in ("written_at",)}
    return _save(desk, subscription_id, {**kept, "is_active": False}, there)


def _columns(desk: Desk, body: SubscriptionRequest) -> Row:
    """Return the columns that a request sets; only a manager subscribes others, or an address that is not proven."""
    columns = body.model_dump(mode="json")
    columns["people"] = sorted(set(body.people)) or [desk.caller.name]
    columns["addresses"] = sorted({a.lower() for a in body.addresses})
    others = body.kind == "list" or columns["people"] != [desk.caller.name] or len(columns["addresses"]) > 1
    if others and not desk.caller.is_a(Role.MANAGER):
        raise ForbiddenError("this needs the role manager: lists, other people and several addresses")
    mailed = "email" in columns["channels"]
    if mailed and not (columns["addresses"] and desk.caller.is_a(Role.MANAGER)):
        columns["addresses"] = [_proven(desk, columns["addresses"])]
    return columns


def _proven(desk: Desk, asked: Sequence[str]) -> str:
    """Return the caller's own address, which an address that is asked for must be: nobody mails a stranger."""
    own = desk.caller.proven_address()
    if own is None:
        raise ForbiddenError(f"the user pool knows no verified e-mail address of {desk.caller.name}")
    if any(address != own for address in asked):
        raise ForbiddenError(f"this needs the role manager: an address other than one's own, {own}")
    return own


def _find(desk: Desk, subscription_id: str) -> Row | None:
    rows = subscriptions_in_force(desk.logs, desk.run(None))
    return next((r for r in rows if r["subscription_id"] == subscription_id), None)


def _own(desk: Desk, subscription_id: str) -> Row:
    there = _find(desk, subscription_id)
    if there is None or not there["is_active"]:
        raise NotFoundError(f"there is no subscription {subscription_id}")
    if not _may(desk, there):
        raise ForbiddenError("this needs the role manager: the subscription is somebody else's")
    return there


def _save(desk: Desk, subscription_id: str, columns: Row, there: Row | None) -> SubscriptionView:
    made = {"subscription_id": subscription_id, "author": desk.caller.name, "edited_at": desk.at}
    row = {**columns, **made}
    _write(desk, SUBSCRIPTIONS, [row], there["written_at"] if there else None)
    return _subscription(desk, row)


def silences(desk: Desk, when: When) -> Silences:
    """Return every silence of a run with what it has hidden, the newest first; snoozes are edits of their events."""
    hidden: dict[str, list[Row]] = {}
    for r in _read(desk, NOTIFICATIONS, when, history=True):
        if r["suppressed_by"] and r["attempt"] == 0:
            hidden.setdefault(r["suppressed_by"], []).append(alert(r))
    rows = sorted(_read(desk, SILENCES, when), key=lambda r: (r["edited_at"], r["silence_id"]), reverse=True)
    return Silences(items=[_silence(r, hidden.get(f"silence:{r['silence_id']}", [])) for r in rows])


def _silence(row: Row, hid: list[Row]) -> SilenceView:
    shown = {name: row[name] for name in SilenceView.model_fields if name in row}
    shown["until"] = aware(row["until"]) if row["until"] else None
    return SilenceView.model_validate({**shown, "edited_at": aware(row["edited_at"]), "hid": hid})


def silence(desk: Desk, body: SilenceRequest) -> SilenceView:
    """Make a silence; it takes effect with the next tick. The same one again is the one that is there."""
    view = view_at(desk, When.model_validate({}))
    columns = body.model_dump(exclude={"until_worse_by_a_step"})
    if body.event_id is not None:
        event = view.row(EVENTS, body.event_id)
        if body.until_worse_by_a_step:
            columns["until_severity"] = _next_step(event["severity"])
    silence_id = row_id("silence", desk.caller.name, json.dumps(columns, sort_keys=True, default=str))
    there = _silence_row(view, silence_id)
    if there is not None and there["is_active"]:
        return _silence(there, [])
    row = {**columns, "cause": body.cause.value if body.cause else None, "silence_id": silence_id, "is_active": True}
    row |= {"author": desk.caller.name, "edited_at": desk.at}
    _write(desk, SILENCES, [row], there["written_at"] if there else None)
    return _silence(row, [])


def _next_step(severity: float) -> float:
    """Return the first severity step above a severity; 1 where there is none."""
    return min((s for s in NotifySettings().severity_steps if s > severity), default=1.0)


def _silence_row(view: View, silence_id: str) -> Row | None:
    rows: list[Row] = view.logs.read(SILENCES, view.run_id).to_pylist()
    return next((r for r in rows if r["silence_id"] == silence_id), None)


def lift(desk: Desk, silence_id: str) -> SilenceView:
    """End a silence."""
    there = _silence_row(view_at(desk, When.model_validate({})), silence_id)
    if there is None or not there["is_active"]:
        raise NotFoundError(f"there is no silence {silence_id}")
    kept = {name: there[name] for name in SILENCES.file_schema.names if name != "written_at"}
    row = {**kept, "is_active": False, "author": desk.caller.name, "edited_at": desk.at}
    _write(desk, SILENCES, [row], there["written_at"])
    return _silence(row, [])


def preview(desk: Desk, body: AlertPreviewRequest) -> AlertPreview:
    """Return what a setting would have sent over past days, by the daily run's own decisions."""
    view = view_at(desk, When.model_validate({}))
    last = view.tick()
    first = last - timedelta(days=body.days - 1)
    told = [
        r
        for r in desk.logs.read(NOTIFICATIONS, view.run_id, last=first - timedelta(days=1), history=True).to_pylist()
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
    past = past_ticks(desk.logs, view.run_id, first, last)
    rows = decided(past, [tried], told, NotifySettings())
    items = [Foreseen.model_validate({name: r[name] for name in Foreseen.model_fields}) for r in rows]
    return AlertPreview(items=items, ticks=[p.tick for p in past])
