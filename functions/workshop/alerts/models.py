"""Answers about alerts: alerts as decided and delivered, subscriptions, silences, previews."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime
from typing import Any

from mrs.contracts import Cause
from pydantic import BaseModel, Field

from functions.workshop.state.view import aware


class Alert(BaseModel):
    """An alert for one recipient and channel, and what became of it."""

    notification_id: str = Field(description="Its identity.")
    event_id: str = Field(description="The event's `report_group_id`.")
    headline: str | None = Field(description="The event's name then.")
    cause: Cause | None = Field(description="The event's cause then.")
    trigger_condition: str = Field(description="What set it off.")
    severity: float = Field(description="The event's severity then.")
    sales_delta: float | None = Field(description="Observed minus expected sales then.")
    delivered_to: str = Field(description="The recipient.")
    channel: str = Field(description="`email`, `in_app`, `sns` or `webhook`.")
    delivery_status: str = Field(description="`sent`, `suppressed` or `failed`.")
    suppressed_by: str | None = Field(description="What suppressed it.")
    failure: str | None = Field(description="Why it failed, or has not been sent yet.")
    deliver_after: datetime | None = Field(description="Held until then.")
    attempt: int = Field(description="How often it was sent.")
    link: str = Field(description="Opens the event.")
    tick: Date = Field(description="The business date on which it was due.")
    written_at: datetime = Field(description="When this became of it.")


class InboxAlert(Alert):
    """An in-app alert of the caller."""

    is_read: bool = Field(description="Whether it has been read.")


class Inbox(BaseModel):
    """The caller's in-app alerts, the newest first."""

    items: list[InboxAlert]
    unread: int = Field(description="How many are unread, on all pages.")
    before: datetime | None = Field(description="For the next page; null: this is the last.")


class Marked(BaseModel):
    """What marking alerts has done."""

    changed: int = Field(description="How many marks are new.")
    unread: int = Field(description="How many are unread now.")


class Alerts(BaseModel):
    """All alerts that were due, the newest first; sent, suppressed and failed add up to `due`."""

    items: list[Alert]
    due: int
    sent: int
    suppressed: int
    failed: int
    before: datetime | None = Field(description="For the next page; null: this is the last.")


class Stopped(BaseModel):
    """An address that gets no more mail."""

    address: str
    why: str = Field(description="`bounce`, `complaint` or `unsubscribe`.")
    since: datetime


class SubscriptionView(BaseModel):
    """A subscription as it is in force."""

    subscription_id: str
    name: str
    kind: str
    owner: str
    people: list[str]
    addresses: list[str]
    channels: list[str]
    webhooks: list[str] = Field(description="Names of its webhooks.")
    retailer: str | None
    region: str | None
    category: str | None
    min_severity: float
    causes: list[Cause]
    triggers: list[str]
    delivery: str
    digest_at: str | None
    quiet_from: str | None
    quiet_to: str | None
    time_zone: str
    is_active: bool
    author: str
    edited_at: datetime
    stopped: list[Stopped] = Field(description="Addresses of it that get no more mail, and why.")


class Subscriptions(BaseModel):
    """Subscriptions: one's own, or all of them for a manager."""

    items: list[SubscriptionView]


class SilenceView(BaseModel):
    """A silence, and what it has hidden."""

    silence_id: str
    event_id: str | None
    retailer: str | None
    region: str | None
    category: str | None
    cause: Cause | None
    until: datetime | None
    until_severity: float | None
    until_closed: bool
    reason: str | None
    is_active: bool
    author: str
    edited_at: datetime
    hid: list[Alert] = Field(description="The alerts that it has hidden.")


class Silences(BaseModel):
    """The silences of a run, the newest first."""

    items: list[SilenceView]


class Foreseen(BaseModel):
    """An alert that would have been due."""

    event_id: str
    headline: str
    cause: Cause
    trigger_condition: str
    severity: float
    sales_delta: float
    tick: Date
    suppressed_by: str | None = Field(description="What would have hidden it.")


class AlertPreview(BaseModel):
    """What a setting would have sent, by the daily run's own decisions."""

    items: list[Foreseen]
    ticks: list[Date] = Field(description="The days that were looked at: those that are hydrated.")


def alert(row: dict[str, Any]) -> dict[str, Any]:
    """Return a `ui_notifications_log` row as the API shows it."""
    shown = {name: row[name] for name in Alert.model_fields}
    after = row["deliver_after"]
    return {**shown, "deliver_after": aware(after) if after else None, "written_at": aware(row["written_at"])}
