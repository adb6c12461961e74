"""Routes of alerts: the inbox, all that was due, subscriptions, silences, and the preview of a setting."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop import alert_book
from functions.workshop.alert_requests import (
    AlertFilters,
    AlertPreviewRequest,
    InboxFilters,
    MarkRead,
    SilenceRequest,
    SubscriptionRequest,
)
from functions.workshop.alert_views import (
    AlertPreview,
    Alerts,
    Inbox,
    Marked,
    Silences,
    SilenceView,
    Subscriptions,
    SubscriptionView,
)
from functions.workshop.desk import desk
from functions.workshop.parameters import ObjectId, When
from functions.workshop.people import Role, needs

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["alerts"]
SubscriptionId = Annotated[ObjectId, Path(description="The subscription.", pattern=r"^[0-9a-f]{64}$")]
SilenceId = Annotated[ObjectId, Path(description="The silence.", pattern=r"^[0-9a-f]{64}$")]


@router.get("/api/notifications", tags=TAGS, operation_id="listNotifications", summary="One's inbox")
def list_notifications(filters: Annotated[InboxFilters, Query()]) -> Inbox:
    """Return the in-app alerts of whoever asks, with what has been read."""
    return alert_book.inbox(desk(router), filters)


@router.post(
    "/api/notifications/read",
    tags=TAGS,
    operation_id="markNotifications",
    status_code=201,
    summary="Mark alerts as read",
)
def mark_notifications(body: Annotated[MarkRead, Body()]) -> Marked:
    """Mark alerts of one's inbox as read, or as unread again."""
    return alert_book.mark(desk(router), body)


@router.get("/api/alerts", tags=TAGS, operation_id="listAlerts", summary="All alerts that were due")
def list_alerts(filters: Annotated[AlertFilters, Query()]) -> Alerts:
    """Return every alert that was due, for whom, and what became of it: sent, suppressed and failed add up."""
    return alert_book.all_alerts(desk(router), filters)


@router.post(
    "/api/alerts/preview",
    tags=TAGS,
    operation_id="previewAlerts",
    status_code=201,
    summary="What a setting would have sent",
)
def preview_alerts(body: Annotated[AlertPreviewRequest, Body()]) -> AlertPreview:
    """Return what a setting would have sent over past days, before anyone saves it. Nothing is written."""
    return alert_book.preview(desk(router), body)


@router.get("/api/subscriptions", tags=TAGS, operation_id="listSubscriptions", summary="Subscriptions")
def list_subscriptions() -> Subscriptions:
    """Return one's own subscriptions; a manager's answer holds everybody's."""
    return alert_book.subscriptions(desk(router))


@router.post("/api/subscriptions", tags=TAGS, operation_id="subscribe", status_code=201, summary="Subscribe to alerts")
def subscribe(body: Annotated[SubscriptionRequest, Body()]) -> SubscriptionView:
    """Subscribe, from the next tick on. The same subscription sent twice is one; others' need a manager."""
    return alert_book.subscribe(desk(router), body)


@router.put(
    "/api/subscriptions/<subscription_id>",
    tags=TAGS,
    operation_id="replaceSubscription",
    summary="Change a subscription",
)
def replace_subscription(
    subscription_id: SubscriptionId, body: Annotated[SubscriptionRequest, Body()]
) -> SubscriptionView:
    """Change a subscription; an address that had unsubscribed from it gets mail again."""
    return alert_book.replace(desk(router), subscription_id, body)


@router.delete(
    "/api/subscriptions/<subscription_id>", tags=TAGS, operation_id="endSubscription", summary="End a subscription"
)
def end_subscription(subscription_id: SubscriptionId) -> SubscriptionView:
    """End a subscription; what it had asked for stays in the log."""
    return alert_book.end(desk(router), subscription_id)


@router.get("/api/silences", tags=TAGS, operation_id="listSilences", summary="Silences")
def list_silences(when: Annotated[When, Query()]) -> Silences:
    """Return the silences, who made them, why, and what they have hidden."""
    return alert_book.silences(desk(router), when)


@router.post("/api/silences", tags=TAGS, operation_id="silence", status_code=201, summary="Silence alerts")
@needs(Role.ANALYST)
def silence(body: Annotated[SilenceRequest, Body()]) -> SilenceView:
    """Silence an event, a scope or a cause, from the next tick on, until a time, until it is worse, or closed."""
    return alert_book.silence(desk(router), body)


@router.delete("/api/silences/<silence_id>", tags=TAGS, operation_id="liftSilence", summary="Lift a silence")
@needs(Role.ANALYST)
def lift_silence(silence_id: SilenceId) -> SilenceView:
    """Lift a silence; what it hid and still holds is due with the next tick."""
    return alert_book.lift(desk(router), silence_id)
