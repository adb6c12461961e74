"""What requests about alerts hold: filters, inbox marks, subscriptions, silences, previews."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from mrs.contracts import Cause
from pydantic import AfterValidator, Field, model_validator

from functions.workshop.http.parameters import MOST_AT_ONCE, Line, Moment, ObjectId, Request, Share, Text, When

MOST_PEOPLE = 50
Address = Annotated[
    str, Field(max_length=254, pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")
]
LocalTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="HH:MM, local.")]
ChannelName = Literal["email", "in_app", "sns", "webhook"]
TriggerName = Literal["severity", "cause", "escalated", "closed"]


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is no IANA time zone; write it as Europe/Berlin") from None
    return name


TimeZone = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"), AfterValidator(_time_zone)]


class Notified(When):
    """Which alerts, and how many."""

    limit: int = Field(50, ge=1, le=MOST_AT_ONCE, description="Rows to return, the newest first.")
    before: Moment | None = Field(None, description="Only those written before this time: the next page.")


class InboxFilters(Notified):
    """Which of the alerts in one's inbox."""

    unread: bool | None = Field(None, description="Only those not read yet, or only the others.")


class AlertFilters(Notified):
    """Which of all alerts that were due."""

    event: ObjectId | None = Field(None, description="Only of this event.")
    status: Literal["sent", "suppressed", "failed"] | None = Field(None, description="Only with this status.")
    channel: ChannelName | None = Field(None, description="Only by this channel.")
    suppressed_by: Line | None = Field(None, description="Only those that this has hidden, e.g. `silence:…`.")


class MarkRead(Request):
    """Alerts of one's inbox that are read, or unread again."""

    notification_ids: list[ObjectId] = Field(min_length=1, max_length=MOST_AT_ONCE, description="Which.")
    is_read: bool = Field(True, description="False: unread again.")


class Covering(Request):
    """A part of the business; null: all of it."""

    retailer: Line | None = Field(None, description="Only events at this retailer.")
    region: Line | None = Field(None, description="Only events in this region.")
    category: Line | None = Field(None, description="Only events that touch this category.")


class AlertSetting(Covering):
    """Which events a subscriber wants to hear of."""

    min_severity: Share = Field(0.9, description="From this severity on.")
    causes: list[Cause] = Field(default=[], max_length=len(Cause), description="Only of these causes; empty: of any.")
    triggers: list[TriggerName] = Field(
        default=["severity", "cause", "escalated", "closed"], min_length=1, max_length=4, description="What tells."
    )


class SubscriptionRequest(AlertSetting):
    """A subscription: which events, for whom, how and when."""

    name: Line = Field(description="What to call it.")
    kind: Literal["person", "list"] = Field("person", description="For one person, or for a list (managers).")
    people: list[Line] = Field(
        default=[], max_length=MOST_PEOPLE, description="User names for in-app alerts; empty: oneself."
    )
    addresses: list[Address] = Field(
        default=[], max_length=MOST_PEOPLE, description="E-mail addresses; empty: one's own. Others need a manager."
    )
    channels: list[ChannelName] = Field(default=["in_app"], min_length=1, max_length=4, description="How.")
    webhooks: list[Line] = Field(
        default=[], max_length=MOST_PEOPLE, description="Names of webhooks that an operator has set up (managers)."
    )
    delivery: Literal["immediate", "daily_digest"] = Field("immediate", description="When.")
    digest_at: LocalTime | None = Field(None, description="Local time of the digest, HH:MM; null: 08:00.")
    quiet_from: LocalTime | None = Field(None, description="Local start of the quiet hours, HH:MM.")
    quiet_to: LocalTime | None = Field(None, description="Local end of the quiet hours, HH:MM.")
    time_zone: TimeZone = Field("UTC", description="IANA name of the zone of these times.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError("quiet hours need both their start and their end")
        if ("webhook" in self.channels) != bool(self.webhooks):
            raise ValueError("the channel webhook and the names in webhooks go together")
        return self


class SilenceRequest(Covering):
    """A silence over an event, a scope or a cause, until something ends it."""

    event_id: ObjectId | None = Field(None, description="Only this event.")
    cause: Cause | None = Field(None, description="Only events of this cause.")
    until: Moment | None = Field(None, description="Until this time.")
    until_severity: Share | None = Field(None, description="Until an event is at least so severe.")
    until_worse_by_a_step: bool = Field(False, description="Until the event is worse by a step.")
    until_closed: bool = Field(False, description="Until the event closes.")
    reason: Text = Field(description="Why.")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not (self.event_id or self.cause or self.retailer or self.region or self.category):
            raise ValueError("say what to silence: an event, a cause, a retailer, a region or a category")
        if self.until_worse_by_a_step and not self.event_id:
            raise ValueError("until_worse_by_a_step needs an event")
        return self


class AlertPreviewRequest(AlertSetting):
    """A setting to try out on past days."""

    days: int = Field(14, ge=1, le=60, description="How many days, up to the newest.")
    to: Line | None = Field(None, description="Whose past alerts are taken as told; null: a new subscriber's, none.")
