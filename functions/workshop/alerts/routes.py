"""Routes of alerts: the inbox, all that was due, subscriptions, silences, and the preview of a setting."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop.alerts import service
from functions.workshop.alerts.models import (
    AlertPreview,
    Alerts,
    Inbox,
    Marked,
    Silences,
    SilenceView,
    Subscriptions,
    SubscriptionView,
)
from functions.workshop.alerts.requests import (
    AlertFilters,
    AlertPreviewRequest,
    InboxFilters,
    MarkRead,
    SilenceRequest,
    SubscriptionRequest,
)
from functions.workshop.http.auth import Role, needs
from functions.workshop.http.parameters import ObjectId, When
from functions.workshop.state.context import request_context

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["alerts"]
SubscriptionId = Annotated[ObjectId, Path(description="The subscription.", pattern=r"^[0-9a-f]{64}$")]
SilenceId = Annotated[ObjectId, Path(description="The silence.", pattern=r"^[0-9a-f]{64}$")]


@router.get("/api/notifications", tags=TAGS, operation_id="listNotifications", summary="One's inbox")
def list_notifications(filters: Annotated[InboxFilters, Query()]) -> Inbox:
    """Return the caller's in-app alerts, with which of them have been read."""
    return service.inbox(request_context(router), filters)


@router.post(
    "/api/notifications/read",
    tags=TAGS,
    operation_id="markNotifications",
    status_code=201,
    summary="Mark alerts as read",
)
def mark_notifications(body: Annotated[MarkRead, Body()]) -> Marked:
    """Mark alerts of one's inbox as read, or as unread again."""
    return service.mark(request_context(router), body)


@router.get("/api/alerts", tags=TAGS, operation_id="listAlerts", summary="All alerts that were due")
def list_alerts(filters: Annotated[AlertFilters, Query()]) -> Alerts:
    """Return every alert that was due, its recipient and its status; sent, suppressed and failed add up to all."""
    return service.all_alerts(request_context(router), filters)


@router.post(
    "/api/alerts/preview",
    tags=TAGS,
    operation_id="previewAlerts",
    status_code=201,
    summary="What a setting would have sent",
)
def preview_alerts(body: Annotated[AlertPreviewRequest, Body()]) -> AlertPreview:
    """Return what a setting would have sent over past days. Nothing is written."""
    return service.preview(request_context(router), body)


@router.get("/api/subscriptions", tags=TAGS, operation_id="listSubscriptions", summary="Subscriptions")
def list_subscriptions() -> Subscriptions:
    """Return the caller's subscriptions; for a manager, everybody's."""
    return service.subscriptions(request_context(router))


@router.post("/api/subscriptions", tags=TAGS, operation_id="subscribe", status_code=201, summary="Subscribe to alerts")
def subscribe(body: Annotated[SubscriptionRequest, Body()]) -> SubscriptionView:
    """Subscribe from the next tick on. An identical request returns the existing subscription."""
    return service.subscribe(request_context(router), body)


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
    return service.replace(request_context(router), subscription_id, body)


@router.delete(
    "/api/subscriptions/<subscription_id>", tags=TAGS, operation_id="endSubscription", summary="End a subscription"
)
def end_subscription(subscription_id: SubscriptionId) -> SubscriptionView:
    """End a subscription; what it had asked for stays in the log."""
    return service.end(request_context(router), subscription_id)


@router.get("/api/silences", tags=TAGS, operation_id="listSilences", summary="Silences")
def list_silences(when: Annotated[When, Query()]) -> Silences:
    """Return the silences with author, reason and the alerts that they have hidden."""
    return service.silences(request_context(router), when)


@router.post("/api/silences", tags=TAGS, operation_id="silence", status_code=201, summary="Silence alerts")
@needs(Role.ANALYST)
def silence(body: Annotated[SilenceRequest, Body()]) -> SilenceView:
    """Silence an event, a scope or a cause, from the next tick on, until a time, until it is worse, or closed."""
    return service.silence(request_context(router), body)


@router.delete("/api/silences/<silence_id>", tags=TAGS, operation_id="liftSilence", summary="Lift a silence")
@needs(Role.ANALYST)
def lift_silence(silence_id: SilenceId) -> SilenceView:
    """Lift a silence; hidden alerts that still apply are due with the next tick."""
    return service.lift(request_context(router), silence_id)
