"""The Lambda's face of notification: the log row is written first, then the alert is sent, once."""

import json

import pyarrow as pa
import pyarrow.compute as pc
from mrs.environment import client
from mrs.stage import Read, Span, Stage, StageContext, make_handler
from mrs.stage.harness import StageResult

from functions.notify.evaluate_alert_triggers import NOTIFICATIONS, evaluate_alert_triggers


def recipients(context: StageContext) -> dict[str, pa.Table]:
    """Return who is told: the alert topic; nobody in a backfill, whose alerts are logged as suppressed."""
    silent = "backfill" if context.event.mode == "backfill" else None
    row = {"delivered_to": context.environment.alert_topic_arn, "channel": "sns", "suppressed_by": silent}
    schema = pa.schema([("delivered_to", pa.string()), ("channel", pa.string()), ("suppressed_by", pa.string())])
    return {"recipients": pa.Table.from_pylist([row], schema=schema)}


def publish(result: StageResult) -> None:
    """Publish the alerts that this very execution logged; a replay finds its object there and sends nothing."""
    if not any(w.created and f"/{NOTIFICATIONS.name}/" in w.key for w in result.written):
        return
    alerts = result.tables[NOTIFICATIONS.name]
    for alert in alerts.filter(pc.equal(alerts["delivery_status"], "sent")).to_pylist():
        message = {k: alert[k] for k in ("notification_id", "event_id", "trigger_condition", "severity", "link")}
        client("sns").publish(TopicArn=alert["delivered_to"], Subject="Minority Event", Message=json.dumps(message))


STAGE = Stage(
    name="notify",
    reads=(Read("minority_events_log"), Read("ui_notifications_log", Span.BEFORE)),
    writes=("ui_notifications_log",),
    run=evaluate_alert_triggers,
    settings="notify",
    load=recipients,
    per_tick=False,
)
handler = make_handler(STAGE, after=publish)
