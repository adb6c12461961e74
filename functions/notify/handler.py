"""Lambda entry points of notification: after a tick, every hour, for delivery feedback, and for unsubscribing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from mrs.environment import Environment
from mrs.errors import BadInputError
from mrs.settings import Settings
from mrs.stage import Read, Span, Stage
from mrs.stage.harness import run_stage
from mrs.stage.telemetry import observed
from mrs.store.keys import checked_run_id
from mrs.store.runs import active_run

from functions.notify.deliver_alerts import deliver as deliver_round
from functions.notify.evaluate_alert_triggers import evaluate_alert_triggers
from functions.notify.feedback import handler as feedback
from functions.notify.unsubscribe import handler as unsubscribe
from functions.notify.wiring import known_before, round_of

__all__ = ["STAGE", "deliver", "feedback", "handler", "unsubscribe"]
_OWN = (  # read by the stage's own loader and by its deliveries: across runs, or with every row's history
    "ui_notifications_log",
    "alert_subscriptions_log",
    "alert_attempts_log",
    "alert_feedback_log",
    "user_edits_log",
    "demo_run_config",
    "baseline_sales_model_prediction_log",
)
STAGE = Stage(
    name="notify",
    reads=(
        Read("minority_events_log", Span.UNTIL, days=7),
        Read("minority_reports"),
        Read("MRDL"),
        Read("alert_silences_log", Span.UNTIL),
        Read("user_minority_events_edits_log", Span.UNTIL),
        Read("pipeline_health_log", Span.BEFORE, days=8),
        *(Read(name, Span.UNTIL, by_loader=True) for name in _OWN),
    ),
    writes=("ui_notifications_log",),
    run=evaluate_alert_triggers,
    settings="notify",
    load=known_before,
    per_tick=False,
    watches_queues=True,
)


@observed(STAGE.name)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Log what is due at the tick, then send it; a replay logs nothing new, and sends only what was left undone."""
    result = run_stage(STAGE, event)
    of = result.context
    if of.event.mode not in of.settings.notify.send_in_modes:
        return result.summary(STAGE.name)
    now, last = of.event.write_time(of.event.last_tick), of.event.last_tick
    return {
        **result.summary(STAGE.name),
        "delivered": deliver_round(round_of(of.logs, of.event.run_id, last, now, of.settings.notify, context)),
    }


@observed("deliver")
def deliver(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Send what quiet hours and digests have held back until now, and try again what has failed."""
    now, settings = _scheduled(event), Settings.from_config(event.get("config")).notify
    logs = Environment.read().logs()
    run_id = checked_run_id(str(event.get("run_id") or active_run(logs)))
    return {"run_id": run_id, "delivered": deliver_round(round_of(logs, run_id, None, now, settings, context))}


def _scheduled(event: dict[str, Any]) -> datetime:
    """Return the event's `scheduled_time` as UTC without a zone; raises BadInputError where it is none."""
    try:
        moment = datetime.fromisoformat(event["scheduled_time"])
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (KeyError, TypeError, ValueError, OverflowError):
        said = str(event.get("scheduled_time"))[:80]
        raise BadInputError(f"scheduled_time {said!r} is no ISO time such as 2025-02-01T06:00:00Z") from None
