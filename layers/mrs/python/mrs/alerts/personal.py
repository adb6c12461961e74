"""What people tell each other of an event: mentions in comments, and assignments, as rows of the notifications log.

They go the way of every alert: in-app by being written, by mail claimed before it is sent. Nothing suppresses them: a
person wants another to know now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mrs.alerts.decide import NOT_SENT_YET
from mrs.alerts.model import Channel
from mrs.contracts import EventAction
from mrs.decisions.edits import Edit
from mrs.identity import row_id

Row = dict[str, Any]
_NAMED = re.compile(r"(?<![\w.@])@([\w.+-]*\w)")


def mentions(text: str) -> list[str]:
    """Return the names after an @ in a text, in lower case, each once, in order; an address is no mention."""
    return list(dict.fromkeys(name.lower() for name in _NAMED.findall(text)))


def personal_alerts(
    edit: Edit, event: Mapping[str, Any], people: Iterable[str], subscriptions: Sequence[Mapping[str, Any]], link: str
) -> list[Row]:
    """Return the `ui_notifications_log` rows that tell people of an edit that names them, in the order of the people.

    Mail goes to those who get mail from the alerts already: to the address of their own subscription.

    Parameters
    ----------
    edit
        The edit of the event, or of one of its reports.
    event
        The event's `minority_events_log` row.
    people
        Who is known; other names are left out.
    subscriptions
        `alert_subscriptions_log` rows in force.
    link
        Opens the event.
    """
    by_name = {name.lower(): name for name in people}
    text = " ".join(filter(None, (edit.text("comment"), edit.text("evidence"))))
    told = [(by_name[n], "mentioned") for n in mentions(text) if n in by_name]
    if edit.action == EventAction.ASSIGN and (name := (edit.text("assignee") or "").lower()) in by_name:
        told.append((by_name[name], "assigned"))
    rows = []
    for name, kind in told:
        if name != edit.author:
            why = f"{kind}:{edit.edit_id}:{edit.author}"
            rows.append(_row(event, why, Channel.IN_APP, name, None, link))
            rows += [
                _row(event, why, Channel.EMAIL, address, subscription["subscription_id"], link)
                for address, subscription in _own_address(name, subscriptions)
            ]
    return rows


def _own_address(name: str, subscriptions: Sequence[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the address of a person's own subscription to mail, with it; none if there is none."""
    own = [
        (s["addresses"][0].strip().lower(), s)
        for s in subscriptions
        if s["is_active"] and s["kind"] == "person" and s["owner"] == name and len(s["addresses"]) == 1
        if Channel.EMAIL in s["channels"] and list(s["people"]) == [name]
    ]
    return own[:1]


def _row(event: Mapping[str, Any], why: str, channel: Channel, to: str, subscription: str | None, link: str) -> Row:
    notification_id = row_id(event["report_group_id"], why, to, channel.value)
    waits = channel is not Channel.IN_APP
    return {
        "notification_id": notification_id,
        "event_id": event["report_group_id"],
        "trigger_condition": why,
        "severity": event["severity"],
        "delivered_to": to,
        "channel": channel.value,
        "delivery_status": "failed" if waits else "sent",
        "suppressed_by": None,
        "link": link,
        "attempt": 0,
        "subscription_id": subscription,
        "message_id": notification_id if waits else None,
        "deliver_after": None,
        "failure": NOT_SENT_YET if waits else None,
        "headline": event["name"],
        "cause": event["cause"],
        "sales_delta": event["sales_delta"],
        "report_status": event["event_status"],
        "is_degraded": event["is_degraded"],
        "degraded_inputs": list(event["degraded_inputs"]),
    }
