"""What people tell each other of an event: mentions in comments, and assignments, as rows of the notifications log.

They follow from the edits alone. In the Workshop a person sees them at once; mail goes the way of every alert, claimed
before it is sent. No silence holds them back: a person wants another to know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
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


def names_somebody(edit: Edit) -> bool:
    """Return whether an edit may name a person."""
    return edit.action == EventAction.ASSIGN or bool(mentions(_said(edit)))


def in_app(edit: Edit, event: Mapping[str, Any], name: str, link: str) -> Row | None:
    """Return the alert that tells a person in the Workshop of an edit that names them; None if it does not.

    Parameters
    ----------
    edit
        The edit of the event, or of one of its reports.
    event
        The event's `minority_events_log` row.
    name
        The person's user name.
    link
        Opens the event.
    """
    why = _condition(edit, name)
    return None if why is None else _row(event, why, Channel.IN_APP, name, None, link)


def mailed(edit: Edit, event: Mapping[str, Any], subscriptions: Iterable[Mapping[str, Any]], link: str) -> list[Row]:
    """Return the alerts by mail about an edit, not sent yet, by address.

    Mail goes to those who get mail from the alerts already: to the address of their own subscription.

    Parameters
    ----------
    edit, event, link
        As for `in_app`.
    subscriptions
        `alert_subscriptions_log` rows in force.
    """
    found: dict[str, Row] = {}
    for own in subscriptions:
        why = _condition(edit, own["owner"]) if _is_own_mail(own) else None
        if why is not None:
            address = own["addresses"][0].strip().lower()
            found.setdefault(address, _row(event, why, Channel.EMAIL, address, own["subscription_id"], link))
    return [found[address] for address in sorted(found)]


def _is_own_mail(subscription: Mapping[str, Any]) -> bool:
    """Return whether the subscription is one person's own, to mail."""
    own = subscription["kind"] == "person" and list(subscription["people"]) == [subscription["owner"]]
    mail = Channel.EMAIL in subscription["channels"] and len(subscription["addresses"]) == 1
    return bool(subscription["is_active"] and own and mail)


def _condition(edit: Edit, name: str) -> str | None:
    """Return how an edit names a person, in words that stay the same; None if it does not, or is their own."""
    if name == edit.author:
        return None
    if edit.action == EventAction.ASSIGN and (edit.text("assignee") or "").lower() == name.lower():
        return f"assigned:{edit.edit_id}:{edit.author}"
    return f"mentioned:{edit.edit_id}:{edit.author}" if name.lower() in mentions(_said(edit)) else None


def _said(edit: Edit) -> str:
    return " ".join(filter(None, (edit.text("comment"), edit.text("evidence"))))


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
