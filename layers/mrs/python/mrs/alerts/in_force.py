"""What of the alert logs is in force for a run: its subscriptions, and what each of its past ticks knew."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from mrs.alerts.model import Subscription, events_of, subscription_of, topic_subscription
from mrs.alerts.preview import PastTick
from mrs.alerts.silences import silences_of
from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.settings import NotifySettings
from mrs.store.keys import LogKey
from mrs.store.log_store import EVERY_RUN, LogStore
from mrs.store.runs import carried_over

SUBSCRIPTIONS = dataset("alert_subscriptions_log")
SILENCES = dataset("alert_silences_log")
EVENTS = dataset("minority_events_log")
Row = dict[str, Any]


def subscriptions_in_force(logs: LogStore, run_id: str, own: Callable[[LogKey], bool] | None = None) -> list[Row]:
    """Return the newest row of each subscription, ended ones too, in the order of their ids.

    A reset starts a run without a past; the people stay. What they had subscribed to by then goes over to the new run,
    what they change afterwards belongs to the run in which they change it.

    Parameters
    ----------
    logs, run_id
        The run.
    own
        Tells by its key whether an object of the run counts; None if all do.
    """
    carried = carried_over(logs, run_id)

    def visible(key: LogKey) -> bool:
        if key.run_id == run_id:
            return own is None or own(key)
        return key.run_id in carried and key.written_at <= carried[key.run_id]

    rows: list[Row] = logs.read(SUBSCRIPTIONS, EVERY_RUN, visible=visible).to_pylist()
    return sorted(rows, key=lambda r: r["subscription_id"])


def audience_of(rows: Sequence[Mapping[str, Any]], topic: str, settings: NotifySettings) -> list[Subscription]:
    """Return the subscriptions that are active, and the alert topic's own where there is a topic."""
    topics = [topic_subscription(topic, settings)] if topic else []
    return [*topics, *(subscription_of(r, topic) for r in rows if r["is_active"])]


def categories_of(reports: pa.Table, detected: pa.Table) -> dict[str, set[str]]:
    """Return the categories that each event's reports touch, from hydrated reports and MRDL rows of one tick."""
    found: dict[str, set[str]] = {}
    touched = {r["report_id"]: r["affected_categories"] for r in detected.to_pylist() if r["affected_categories"]}
    if touched:
        for row in reports.select(["report_id", "report_group_id"]).to_pylist():
            found.setdefault(row["report_group_id"], set()).update(touched.get(row["report_id"], ()))
    return found


def past_ticks(logs: LogStore, run_id: str, first: date, last: date) -> list[PastTick]:
    """Return what the daily runs of these dates knew, in order; dates that are not hydrated are left out."""
    written: dict[date, list[datetime]] = {}
    for key, _ in logs.find(EVENTS, run_id, first=first, last=last):
        written.setdefault(key.tick, []).append(key.written_at)
    return [_past_tick(logs, run_id, tick, times) for tick, times in sorted(written.items())]


def _past_tick(logs: LogStore, run_id: str, tick: date, written: Sequence[datetime]) -> PastTick:
    """Return what the daily run of a tick knew: at its schedule's time, or when the tick was first written."""
    now = max(schedule_time(tick), min(written))

    def known(key: LogKey) -> bool:
        return key.tick < tick or key.written_at <= now

    def at_tick(name: str) -> pa.Table:
        return logs.read(dataset(name), run_id, first=tick, last=tick, visible=known)

    categories = categories_of(at_tick("minority_reports"), at_tick("MRDL"))
    events = events_of(at_tick(EVENTS.name), {e: sorted(names) for e, names in categories.items()})
    made = logs.read(SILENCES, run_id, last=tick, visible=known)
    edits = logs.read(dataset("user_minority_events_edits_log"), run_id, last=tick, visible=known)
    return PastTick(tick, now, events, silences_of(made, edits))
