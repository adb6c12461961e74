"""Which alerts are due: events that are severe, of a cause that cannot wait, worse by a step, or over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from mrs.alerts.decide import Occasion, decide
from mrs.alerts.in_force import audience_of, categories_of
from mrs.alerts.memory import Memory
from mrs.alerts.model import Event, events_of
from mrs.alerts.silences import silences_of
from mrs.contracts import dataset
from mrs.settings import NotifySettings

EVENTS = dataset("minority_events_log")
NOTIFICATIONS = dataset("ui_notifications_log")
OCCASION = pa.schema([("now", pa.timestamp("ms")), ("mode", pa.string()), ("topic", pa.string())])


def evaluate_alert_triggers(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: NotifySettings
) -> dict[str, pa.Table]:
    """Return the alerts that are due at the last tick, as `ui_notifications_log` rows, one for each that is told.

    Ticks before it that were hydrated and never notified are made up for.

    Parameters
    ----------
    tables
        The events as hydrated at the last days' ticks, the tick's reports with MRDL's categories, silences, edits of
        events, health; `subscriptions`; `notifications`, every row of before this write; `decided`, what the
        very same write decided before; `occasion`, one row.
    ticks
        The tick is the last one.
    settings
        Thresholds, high-impact causes, and the address of the Workshop.
    """
    decided = tables["decided"]
    if decided.num_rows:
        tick_column = pa.repeat(pa.scalar(ticks[-1], pa.date32()), decided.num_rows)
        return {NOTIFICATIONS.name: decided.append_column("tick", tick_column)}
    told: dict[str, Any] = tables["occasion"].to_pylist()[0]
    tick, now, mode = ticks[-1], told["now"], told["mode"]
    audience = audience_of(tables["subscriptions"].to_pylist(), told["topic"], settings)
    silences = silences_of(tables["alert_silences_log"], tables["user_minority_events_edits_log"])
    memory = Memory.of(tables["notifications"].to_pylist())
    categories = categories_of(tables["minority_reports"], tables["minority_reports_detected_log"])
    due: dict[str, dict[str, Any]] = {}
    for at in _unnotified(tables, tick, mode, settings):
        events = _events_at(tables[EVENTS.name], at, categories)
        rows = decide(Occasion(tick, now, mode), events, audience, silences, memory, settings)
        due |= {row["notification_id"]: row for row in rows}
    schema = pa.schema([f for f in NOTIFICATIONS.schema if f.name not in ("run_id", "written_at")])
    return {NOTIFICATIONS.name: pa.Table.from_pylist(list(due.values()), schema=schema)}


def _events_at(hydrated: pa.Table, tick: date, categories: Mapping[str, set[str]]) -> list[Event]:
    rows = hydrated.filter(pc.equal(hydrated["tick"], pa.scalar(tick, pa.date32())))
    return events_of(rows, {event: sorted(names) for event, names in categories.items()})


def _unnotified(tables: Mapping[str, pa.Table], tick: date, mode: str, settings: NotifySettings) -> list[date]:
    """Return the hydrated ticks since the last that was notified, this one last; in a backfill only this one."""
    health = tables["pipeline_health_log"]
    notified = health.filter(pc.equal(health["stage"], "notify"))["tick"].to_pylist()
    if not notified or mode not in settings.send_in_modes:
        return [tick]
    since = max(max(notified), tick - timedelta(days=settings.catch_up_days))
    hydrated = set(pc.unique(tables[EVENTS.name]["tick"]).to_pylist())
    return [*sorted(t for t in hydrated if since < t < tick), tick]
