"""What sets an alert off, in words that stay the same for as long as the thing does."""

from __future__ import annotations

from collections.abc import Sequence

from mrs.alerts.memory import Told
from mrs.alerts.model import Event, Subscription, Trigger
from mrs.settings import NotifySettings


def condition(event: Event, subscription: Subscription, told: Told | None, settings: NotifySettings) -> str | None:
    """Return the condition by which the event is due to a recipient of the subscription, or None.

    An event opens once for a recipient: by its severity or, where that is lower, by a high-impact cause. From then on
    it is told again when it has become worse by a step, and when it closes.

    Parameters
    ----------
    event
        As hydrated.
    subscription
        Its scope is taken as checked.
    told
        The last alert that the recipient got about the event; None if there was none.
    settings
        High-impact causes and severity steps.
    """
    if told is None:
        return None if event.is_closed else opening(event, subscription, settings)
    if event.is_closed:
        return Trigger.CLOSED.value if Trigger.CLOSED in subscription.triggers and not told.closed else None
    if Trigger.ESCALATED not in subscription.triggers:
        return None
    reached = step(event.severity, settings.severity_steps)
    if reached is None or reached < subscription.min_severity or reached <= told.severity:
        return None
    return f"escalated>={reached:g}"


def opening(event: Event, subscription: Subscription, settings: NotifySettings) -> str | None:
    """Return the condition by which an event that still stands is told for the first time, or None."""
    if subscription.causes and event.cause not in subscription.causes:
        return None
    if Trigger.SEVERITY in subscription.triggers and event.severity >= subscription.min_severity:
        return f"severity>={subscription.min_severity:g}"
    grave = event.cause in settings.high_impact_causes and event.cause_confidence >= settings.high_impact_confidence
    if Trigger.CAUSE in subscription.triggers and grave:
        return f"cause={event.cause}"
    return None


def step(severity: float, steps: Sequence[float]) -> float | None:
    """Return the highest step that a severity has reached, or None if it has reached none."""
    return max((s for s in steps if severity >= s), default=None)
