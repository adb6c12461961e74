"""What is still to be sent, and what is known of the sends before: the reconciliation, without sending anything.

A claim without a word of what became of it is the one thing that cannot be known from our own logs: SES and SNS take no
idempotency key. What decides is the service's own echo (SES's Send event, our own subscription to the topic). An echo:
it was sent. None, though echoes do come back and there was time for one: it was not, and is tried again. No echoes at
all: it stays `failed`, as unknown, and is not sent a second time by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mrs.alerts.model import Channel
from mrs.settings import NotifySettings

UNKNOWN = "unknown: the send was begun, and nothing tells whether it was done"
EXPIRED = "given up: "
ECHO_MEMORY = timedelta(days=30)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Evidence:
    """What the logs hold about sends.

    Parameters
    ----------
    attempts
        `alert_attempts_log` rows of the run, echoes among them.
    feedback
        `alert_feedback_log` rows of every run.
    sent_elsewhere
        The run that has sent a notification, by `notification_id`: a replay in another run does not send it again.
    subscriptions
        The subscriptions that are in force now, by id, as `alert_subscriptions_log` rows.
    """

    attempts: Sequence[Row] = ()
    feedback: Sequence[Row] = ()
    sent_elsewhere: Mapping[str, str] = field(default_factory=dict)
    subscriptions: Mapping[str, Row] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """One message to send: the alerts that it carries, and which attempt it is."""

    message_id: str
    attempt: int
    channel: str
    delivered_to: str
    alerts: tuple[Row, ...]


@dataclass(frozen=True)
class Result:
    """What a notification has become: columns that replace those of its newest row."""

    alert: Row
    attempt: int
    delivery_status: str
    suppressed_by: str | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Plan:
    """What a run has to do: results that are known without sending, then the messages to send."""

    results: tuple[Result, ...]
    messages: tuple[Message, ...]


def unsettled(history: Iterable[Row], now: datetime) -> list[Row]:
    """Return the newest row of each notification that is due by `now` (UTC) and was neither sent nor given up.

    Beside its columns each has `decided_at`, when it was decided last; `first_tick` and `first_decided_at`, what a
    claim is filed under; and `sent_attempt`: a notification that was ever sent is never due again, but where an earlier
    tick was run after a later one its newest row may not say so yet.

    Parameters
    ----------
    history
        Every `ui_notifications_log` row ever written, in any order.
    now
        The logical time of the run.
    """
    stories: dict[str, list[Row]] = {}
    for row in sorted(history, key=lambda r: (r["written_at"], r["tick"], r["attempt"])):
        stories.setdefault(row["notification_id"], []).append(row)
    due: list[Row] = []
    for _, story in sorted(stories.items()):
        newest, decided = story[-1], [r for r in story if r["attempt"] == 0]
        sent = next((r["attempt"] for r in story if r["delivery_status"] == "sent"), None)
        if newest["delivery_status"] != "sent" and (sent is not None or _is_due(newest, now)):
            known = {"decided_at": decided[-1]["written_at"], "sent_attempt": sent}
            first = {"first_tick": decided[0]["tick"], "first_decided_at": decided[0]["written_at"]}
            due.append({**newest, **known, **first})
    return due


def _is_due(row: Row, now: datetime) -> bool:
    if row["message_id"] is None:
        return False
    if row["delivery_status"] == "suppressed":
        return row["deliver_after"] is not None and row["deliver_after"] <= now
    return not (row["failure"] or "").startswith(EXPIRED)


def settle(due: Sequence[Row], evidence: Evidence, now: datetime, settings: NotifySettings) -> Plan:
    """Return what is already known of the unsettled notifications, and the messages to send for the rest.

    Parameters
    ----------
    due
        As `unsettled` returns them.
    evidence
        Attempts, feedback, other runs, subscriptions.
    now
        The logical time of the run, UTC.
    settings
        How long to retry, how long to wait for an echo.
    """
    results = [Result(a, a["sent_attempt"], "sent") for a in due if a["sent_attempt"] is not None]
    due = [a for a in due if a["sent_attempt"] is None]
    messages: list[Message] = []
    echoed = {a["message_id"] for a in evidence.attempts if a["phase"] == "echoed"}
    stopped, tried = _stopped(evidence), _grouped(evidence.attempts)
    for message_id, alerts in sorted(_grouped(due).items()):
        last = _last_attempt(tried.get(message_id, ()))
        number = last.number if last else 0
        if message_id in echoed or (last and last.phase == "accepted"):
            results += [Result(a, max(number, 1), "sent") for a in alerts]
            continue
        if last and last.is_unclear and not _surely_lost(last, evidence, echoed, now, settings):
            results += _unclear(alerts, number, now, settings)
            continue
        kept = []
        for alert in alerts:
            known = _held_back(alert, number, evidence, stopped, now, settings)
            if known is None:
                kept.append(alert)
            else:
                results.append(known)
        if kept:
            messages.append(Message(message_id, number + 1, kept[0]["channel"], kept[0]["delivered_to"], tuple(kept)))
    return Plan(tuple(results), tuple(messages))


@dataclass(frozen=True)
class _Attempt:
    number: int
    phase: str
    channel: str
    claimed_at: datetime

    @property
    def is_unclear(self) -> bool:
        return self.phase in ("claimed", "unknown")


def _grouped(rows: Iterable[Row]) -> dict[str, list[Row]]:
    messages: dict[str, list[Row]] = {}
    for row in rows:
        messages.setdefault(row["message_id"], []).append(row)
    return messages


def _last_attempt(own: Sequence[Row]) -> _Attempt | None:
    """Return the newest attempt of a message, with the last that is known of it."""
    own = [a for a in own if a["phase"] != "echoed"]
    if not own:
        return None
    number = max(a["attempt"] for a in own)
    steps = {a["phase"]: a for a in own if a["attempt"] == number}
    phase = next((p for p in ("accepted", "refused", "unknown") if p in steps), "claimed")
    some = next(iter(steps.values()))
    return _Attempt(number, phase, some["channel"], some["claimed_at"])


def _unclear(alerts: Iterable[Row], attempt: int, now: datetime, settings: NotifySettings) -> list[Result]:
    """Return the results of an unclear send: failed, said once, and given up when no echo came in all that time."""
    results = []
    for alert in alerts:
        failure = f"{EXPIRED}{UNKNOWN}" if _is_stale(alert, now, settings) else UNKNOWN
        if alert["failure"] != failure:
            results.append(Result(alert, attempt, "failed", None, failure))
    return results


def _is_stale(alert: Row, now: datetime, settings: NotifySettings) -> bool:
    since = max(alert["deliver_after"] or alert["decided_at"], alert["decided_at"])
    return bool(now - since > timedelta(days=settings.retry_days))


def _surely_lost(
    attempt: _Attempt, evidence: Evidence, echoed: set[str | None], now: datetime, settings: NotifySettings
) -> bool:
    """Whether an unclear send was surely not done: there was time for its echo, and echoes of others do come back."""
    if now - attempt.claimed_at < timedelta(minutes=settings.echo_minutes):
        return False
    return any(
        a["message_id"] in echoed
        and a["claimed_at"] is not None
        and a["channel"] == attempt.channel
        and a["claimed_at"] >= attempt.claimed_at - ECHO_MEMORY
        for a in evidence.attempts
    )


def _stopped(evidence: Evidence) -> dict[tuple[str, str | None], tuple[str, datetime]]:
    """Return why and since when no more mail goes to an address: to it at all (None), or for one subscription."""
    found: dict[tuple[str, str | None], tuple[str, datetime]] = {}
    for row in sorted(evidence.feedback, key=lambda f: (f["happened_at"], f["feedback_id"])):
        if row["is_permanent"]:
            only = row["subscription_id"] if row["kind"] == "unsubscribe" else None
            found[(row["address"], only)] = (f"{row['kind']}:{row['feedback_id']}", row["happened_at"])
    return found


def _held_back(
    alert: Row,
    attempts: int,
    evidence: Evidence,
    stopped: Mapping[tuple[str, str | None], tuple[str, datetime]],
    now: datetime,
    settings: NotifySettings,
) -> Result | None:
    """Return why an alert is not sent after all, or None."""
    run = evidence.sent_elsewhere.get(alert["notification_id"])
    if run is not None:
        return Result(alert, attempts, "suppressed", f"sent_in_run:{run}")
    subscription = evidence.subscriptions.get(alert["subscription_id"])
    if alert["channel"] in (Channel.EMAIL, Channel.WEBHOOK) and (
        subscription is None or alert["delivered_to"] not in _reached(subscription, alert["channel"])
    ):
        return Result(alert, attempts, "suppressed", "subscription_ended")
    if alert["channel"] == Channel.EMAIL and subscription is not None:
        for only in (None, alert["subscription_id"]):
            why, since = stopped.get((alert["delivered_to"], only), ("", now))
            again = only is not None and subscription["edited_at"] > since
            if why and not again:
                return Result(alert, attempts, "suppressed", why)
    if _is_stale(alert, now, settings):
        last = alert["failure"] or "it was never tried"
        return Result(alert, attempts, "failed", None, f"{EXPIRED}after {settings.retry_days} days; {last}")
    return None


def _reached(subscription: Row, channel: str) -> set[str]:
    """Return the addresses, or the webhooks, of a subscription; none if it has ended."""
    if not subscription["is_active"]:
        return set()
    if channel == Channel.WEBHOOK:
        return set(subscription["webhooks"] or ())
    return {a.strip().lower() for a in subscription["addresses"]}
