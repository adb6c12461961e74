"""What alerts are made from: events, subscriptions, silences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa

from mrs.decisions.in_force import CLOSED_STATUSES
from mrs.decisions.snooze import Limits
from mrs.settings import NotifySettings

TOPIC_SUBSCRIPTION = "alert-topic"


class Channel(StrEnum):
    """How an alert reaches its recipient."""

    EMAIL = "email"
    IN_APP = "in_app"
    SNS = "sns"
    WEBHOOK = "webhook"


class Trigger(StrEnum):
    """What sets an alert off."""

    SEVERITY = "severity"
    CAUSE = "cause"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Delivery(StrEnum):
    """When an alert goes out."""

    IMMEDIATE = "immediate"
    DAILY_DIGEST = "daily_digest"


@dataclass(frozen=True)
class Event:
    """A Minority Event as hydrated at a tick, with the categories that it touches."""

    event_id: str
    name: str
    status: str
    direction: str
    cause: str
    cause_confidence: float
    severity: float
    sales_delta: float
    regions: tuple[str, ...]
    retailers: tuple[str, ...]
    categories: tuple[str, ...]
    merged_into: str | None
    is_degraded: bool
    degraded_inputs: tuple[str, ...]

    @property
    def is_closed(self) -> bool:
        """Whether it is over, or was rejected."""
        return self.status in CLOSED_STATUSES


def events_of(hydrated: pa.Table, categories: Mapping[str, Sequence[str]]) -> list[Event]:
    """Return `minority_events_log` rows as events, in the order of their ids.

    Parameters
    ----------
    hydrated
        The rows of one tick.
    categories
        Each event's categories by its id; an event without an entry touches no particular category.
    """
    events = [
        Event(
            event_id=row["report_group_id"],
            name=row["name"],
            status=row["event_status"],
            direction=row["direction"],
            cause=row["cause"],
            cause_confidence=row["cause_confidence"],
            severity=row["severity"],
            sales_delta=row["sales_delta"],
            regions=tuple(row["regions"]),
            retailers=tuple(row["retailers"]),
            categories=tuple(sorted(categories.get(row["report_group_id"], ()))),
            merged_into=row["merged_into"],
            is_degraded=row["is_degraded"],
            degraded_inputs=tuple(row["degraded_inputs"]),
        )
        for row in hydrated.to_pylist()
    ]
    return sorted(events, key=lambda e: e.event_id)


@dataclass(frozen=True)
class Scope:
    """A part of the business; None means all of it."""

    retailer: str | None = None
    region: str | None = None
    category: str | None = None

    def covers(self, event: Event) -> bool:
        """Whether the event touches this part; an unknown retailer, region or category counts as touched."""
        wanted = (
            (self.retailer, event.retailers),
            (self.region, event.regions),
            (self.category, event.categories),
        )
        return all(one is None or not known or one in known for one, known in wanted)


@dataclass(frozen=True)
class Subscription:
    """The recipients of alerts about some events, by channel and time; columns as in `alert_subscriptions_log`."""

    subscription_id: str
    scope: Scope
    min_severity: float
    causes: tuple[str, ...]
    triggers: tuple[str, ...]
    channels: tuple[str, ...]
    people: tuple[str, ...]
    addresses: tuple[str, ...]
    topics: tuple[str, ...]
    webhooks: tuple[str, ...] = ()
    delivery: str = Delivery.IMMEDIATE.value
    digest_at: str | None = None
    quiet_from: str | None = None
    quiet_to: str | None = None
    time_zone: str = "UTC"

    def recipients(self) -> list[tuple[str, str]]:
        """Return (channel, delivered_to) of all recipients, sorted."""
        by_channel = {Channel.EMAIL: self.addresses, Channel.IN_APP: self.people}
        by_channel |= {Channel.SNS: self.topics, Channel.WEBHOOK: self.webhooks}
        found = {(c.value, to) for c, reached in by_channel.items() if c.value in self.channels for to in reached}
        return sorted(found)


def topic_subscription(topic_arn: str, settings: NotifySettings) -> Subscription:
    """Return the alert topic's own subscription: every event from the configured severity on."""
    return Subscription(
        subscription_id=TOPIC_SUBSCRIPTION,
        scope=Scope(),
        min_severity=settings.severity_threshold,
        causes=(),
        triggers=tuple(t.value for t in Trigger),
        channels=(Channel.SNS.value,),
        people=(),
        addresses=(),
        topics=(topic_arn,),
    )


def subscription_of(row: Mapping[str, Any], topic_arn: str) -> Subscription:
    """Return a subscription from its `alert_subscriptions_log` row; its sns channel is the alert topic."""
    return Subscription(
        subscription_id=row["subscription_id"],
        scope=Scope(row["retailer"], row["region"], row["category"]),
        min_severity=row["min_severity"],
        causes=tuple(sorted(row["causes"])),
        triggers=tuple(sorted(row["triggers"])),
        channels=tuple(sorted(row["channels"])),
        people=tuple(sorted(set(row["people"]))),
        addresses=tuple(sorted({a.strip().lower() for a in row["addresses"]})),
        topics=(topic_arn,) if topic_arn else (),
        webhooks=tuple(sorted(set(row["webhooks"] or ()))),
        delivery=row["delivery"],
        digest_at=row["digest_at"],
        quiet_from=row["quiet_from"],
        quiet_to=row["quiet_to"],
        time_zone=row["time_zone"],
    )


@dataclass(frozen=True)
class Silence:
    """What is hidden, and until when.

    Parameters
    ----------
    key
        As `suppressed_by` names it: `silence:<id>`, or `snooze:<edit_id>` for an analyst's edit of the event.
    event_id, scope, cause
        What it covers; None covers all.
    until, until_severity, until_worse_by, until_closed
        What ends it (`mrs.decisions.snooze.Limits`). Without any of them only lifting it does.
    """

    key: str
    event_id: str | None = None
    scope: Scope = Scope()
    cause: str | None = None
    until: datetime | None = None
    until_severity: float | None = None
    until_worse_by: float | None = None
    until_closed: bool = False

    def covers(self, event: Event) -> bool:
        """Whether it is about this event."""
        return (
            self.event_id in (None, event.event_id) and self.cause in (None, event.cause) and self.scope.covers(event)
        )

    def hides(self, event: Event, now: datetime, severity_then: float) -> bool:
        """Whether it hides the event at a time (UTC), given the severity that the event had when it began."""
        limits = Limits(self.until, self.until_severity, self.until_worse_by, self.until_closed)
        return self.covers(event) and limits.hold(now, event.severity, severity_then, event.is_closed)
