"""What is due at a tick: one decision for each event, recipient and channel that has something to be told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mrs.alerts.memory import Memory, Told
from mrs.alerts.model import Channel, Delivery, Event, Silence, Subscription
from mrs.alerts.schedule import held_until
from mrs.alerts.triggers import condition
from mrs.contracts import Status
from mrs.decisions.merges import merge_root
from mrs.identity import row_id
from mrs.settings import NotifySettings

NOT_SENT_YET = "not sent yet"
Row = dict[str, Any]


@dataclass(frozen=True)
class Occasion:
    """When and in what kind of execution is decided.

    Parameters
    ----------
    tick
        The tick that the rows are written under.
    now
        The logical time of its write, UTC.
    mode
        Of the execution; where its alerts are not to be sent, they are decided as suppressed by it.
    """

    tick: date
    now: datetime
    mode: str = "daily"


def decide(
    occasion: Occasion,
    events: Sequence[Event],
    audience: Sequence[Subscription],
    silences: Sequence[Silence],
    memory: Memory,
    settings: NotifySettings,
) -> list[Row]:
    """Return the `ui_notifications_log` rows that are due, and add them to `memory`.

    Each row says by itself what becomes of it: `sent` (in-app, which is its own delivery), `suppressed` (and by what;
    with `deliver_after`, only held until then) or `failed`, because it is not sent yet: in every case the
    three add up to what was due.
    """
    roots = _roots(events)
    rows = []
    for event in events:
        for (channel, recipient), subscription in _wanting(event, audience):
            row = _decide_one(occasion, event, subscription, channel, recipient, silences, memory, settings, roots)
            if row is not None:
                rows.append(row)
                memory.add(row)
    return _bundled(rows, occasion, settings.bundle_above)


def _wanting(event: Event, audience: Iterable[Subscription]) -> list[tuple[tuple[str, str], Subscription]]:
    """Return every recipient in whose scope the event is, each with all of its subscriptions, the best first."""
    found = [(to, s) for s in audience if s.scope.covers(event) for to in s.recipients()]
    return sorted(found, key=lambda f: (f[0], _preference(f[1])))


def _preference(subscription: Subscription) -> tuple[bool, float, str]:
    """Sort a recipient's overlapping subscriptions: what tells soonest first."""
    late = subscription.delivery == Delivery.DAILY_DIGEST
    return late, subscription.min_severity, subscription.subscription_id


def _decide_one(
    occasion: Occasion,
    event: Event,
    subscription: Subscription,
    channel: str,
    recipient: str,
    silences: Sequence[Silence],
    memory: Memory,
    settings: NotifySettings,
    roots: Mapping[str, str],
) -> Row | None:
    told = memory.told.get((event.event_id, recipient, channel))
    why = condition(event, subscription, told, settings)
    if why is None:
        return None
    notification_id = row_id(event.event_id, why, recipient, channel)
    suppressed_by = _suppressed(occasion, event, silences, memory, told, settings, roots)
    if suppressed_by is not None and memory.hidden_by.get(notification_id) == suppressed_by:
        return None
    held = None if suppressed_by else held_until(subscription, channel, occasion.now, settings.digest_at)
    waits = channel != Channel.IN_APP and not suppressed_by
    status = "suppressed" if suppressed_by or held else ("failed" if waits else "sent")
    return {
        "notification_id": notification_id,
        "event_id": event.event_id,
        "trigger_condition": why,
        "severity": event.severity,
        "delivered_to": recipient,
        "channel": channel,
        "delivery_status": status,
        "suppressed_by": suppressed_by or (held[1] if held else None),
        "link": f"{settings.workshop_url.rstrip('/')}/events/{event.event_id}",
        "attempt": 0,
        "subscription_id": subscription.subscription_id,
        "message_id": notification_id if waits else None,
        "deliver_after": held[0] if held else None,
        "failure": NOT_SENT_YET if status == "failed" else None,
        "headline": event.name,
        "cause": event.cause,
        "sales_delta": event.sales_delta,
        "report_status": event.status,
        "tick": occasion.tick,
        "is_degraded": event.is_degraded,
        "degraded_inputs": list(event.degraded_inputs),
    }


def _suppressed(
    occasion: Occasion,
    event: Event,
    silences: Sequence[Silence],
    memory: Memory,
    told: Told | None,
    settings: NotifySettings,
    roots: Mapping[str, str],
) -> str | None:
    """Return what suppresses the alert, or None: the event's parent, the kind of execution, a silence.

    A silence that ends when the event is worse counts from the severity that the recipient was told last, or, where
    nothing was told, from the one at which it first hid the event.
    """
    if event.merged_into is not None or event.status == Status.MERGED:
        return f"merged_into:{roots.get(event.event_id, event.merged_into or 'another')}"
    if occasion.mode not in settings.send_in_modes:
        return occasion.mode
    for silence in silences:
        first = memory.hidden_at.get((event.event_id, silence.key), event.severity)
        then = told.severity if told else first
        if silence.hides(event, occasion.now, then):
            return silence.key
    return None


def _roots(events: Iterable[Event]) -> dict[str, str]:
    """Return, for each merged event, the event at the end of its merges."""
    into = {e.event_id: e.merged_into for e in events if e.merged_into is not None}
    return {event_id: merge_root(into, event_id) for event_id in into}


def _bundled(rows: list[Row], occasion: Occasion, most: int) -> list[Row]:
    """Let one mail carry a digest's alerts, and those of one address when they are more than `most`."""
    mails: dict[tuple[str, str, datetime | None, str | None], list[Row]] = {}
    for row in rows:
        if row["channel"] == Channel.EMAIL and row["message_id"]:
            key = (row["delivered_to"], row["subscription_id"], row["deliver_after"], row["suppressed_by"])
            mails.setdefault(key, []).append(row)
    for (address, subscription, after, held_by), group in mails.items():
        if held_by == "digest" or len(group) > most:
            when = (after or occasion.now).isoformat()
            bundle = row_id("bundle", address, subscription, when, occasion.tick.isoformat(), occasion.now.isoformat())
            for row in group:
                row["message_id"] = bundle
    return rows
