"""Which alerts are due: events that are severe, or of a cause that cannot wait. One alert an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import Status, dataset
from mrs.identity import row_id
from mrs.settings import NotifySettings

EVENTS = dataset("minority_events_log")
NOTIFICATIONS = dataset("ui_notifications_log")


def evaluate_alert_triggers(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: NotifySettings
) -> dict[str, pa.Table]:
    """Return the alerts of the last tick that nobody has been told of yet, as `ui_notifications_log` rows.

    Parameters
    ----------
    tables
        The events as hydrated at the tick, all earlier notifications, and `recipients` (one row: `delivered_to`,
        `channel`, `suppressed_by`; null: to be sent).
    ticks
        The tick.
    settings
        Threshold, high-impact causes and the address of the Workshop.
    """
    due = _due(tables[EVENTS.name], settings)
    told = pc.is_in(due["report_group_id"], value_set=tables[NOTIFICATIONS.name]["event_id"].combine_chunks())
    due = due.filter(pc.invert(told))
    recipients = tables["recipients"].to_pylist()
    rows = [
        {
            "notification_id": row_id(
                event["report_group_id"], event["trigger"], recipient["delivered_to"], recipient["channel"]
            ),
            "event_id": event["report_group_id"],
            "trigger_condition": event["trigger"],
            "severity": event["severity"],
            "report_status": event["event_status"],
            **recipient,
            "delivery_status": "suppressed" if recipient["suppressed_by"] else "sent",
            "link": f"{settings.workshop_url}/events/{event['report_group_id']}",
            "tick": ticks[-1],
            "is_degraded": event["is_degraded"],
            "degraded_inputs": event["degraded_inputs"],
        }
        for event in due.to_pylist()
        for recipient in recipients
    ]
    schema = pa.schema([f for f in NOTIFICATIONS.schema if f.name not in ("run_id", "written_at")])
    return {NOTIFICATIONS.name: pa.Table.from_pylist(rows, schema=schema)}


def _due(events: pa.Table, settings: NotifySettings) -> pa.Table:
    """Return the events that set off an alert, with the condition that did in `trigger`."""
    severe = pc.greater_equal(events["severity"], settings.severity_threshold)
    grave = pc.is_in(events["cause"], value_set=pa.array(settings.high_impact_causes, pa.string()))
    by_severity = pa.scalar(f"severity>={settings.severity_threshold:g}")
    by_cause = pc.binary_join_element_wise(pa.scalar("cause"), events["cause"], "=")
    trigger = pc.if_else(severe, by_severity, by_cause)
    gone = pa.array([Status.MERGED.value, Status.REJECTED.value])
    stands = pc.invert(pc.is_in(events["event_status"], value_set=gone))
    return events.append_column("trigger", trigger).filter(pc.and_(pc.or_(severe, grave), stands))
