"""Alerts in a terminal: the preview of a setting, and what became of those that were due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from mrs.alerts.in_force import past_ticks
from mrs.alerts.model import Channel, Scope, Subscription, topic_subscription
from mrs.alerts.preview import preview
from mrs.contracts import Cause, dataset
from mrs.errors import BadInputError
from mrs.identity import schedule_time
from mrs.settings import NotifySettings
from mrs.store.runs import hydrated_ticks
from mrs.store.snapshots import Snapshot, hydrate_by

from cli.console import money_column, out, progress, show_table
from cli.state import State
from cli.tables import LEFT, RIGHT

TOPIC = "the alert topic"


@dataclass(frozen=True)
class Setting:
    """What is tried out: a threshold, a scope, causes, and the recipient (None for the alert topic)."""

    severity: float
    causes: tuple[str, ...]
    retailer: str | None
    region: str | None
    category: str | None
    to: str | None

    def subscription(self, topic: str, settings: NotifySettings) -> Subscription:
        """Return it as a subscription.

        Raises
        ------
        BadInputError
            If a cause is none.
        """
        unknown = sorted(set(self.causes) - set(Cause))
        if unknown:
            raise BadInputError(f"--cause {unknown[0]!r} is not one of {', '.join(Cause)}")
        scope = Scope(self.retailer, self.region, self.category)
        tried = replace(topic_subscription(topic, settings), min_severity=self.severity, scope=scope)
        tried = replace(tried, causes=self.causes)
        if self.to is None:
            return tried
        return replace(tried, subscription_id="preview", channels=(Channel.EMAIL.value,), addresses=(self.to.lower(),))


def previewed(state: State, run_id: str, setting: Setting, days: int) -> tuple[list[dict[str, Any]], date, date]:
    """Return the rows that daily runs of the past days would have decided under a setting, and those days.

    It is the daily run's own function over the days' hydrated states. A backfill hydrates its last day only: the days
    that are not there are hydrated now, which for a state folder stays in this process.

    Raises
    ------
    BadInputError
        If the run has no hydrated tick yet.
    """
    hydrated = hydrated_ticks(state.logs, run_id)
    if not hydrated:
        raise BadInputError(f"run {run_id} has no state yet")
    last: date = hydrated[-1]
    first = last - timedelta(days=days - 1)
    _hydrate(state, run_id, first, last, set(hydrated))
    settings = NotifySettings()
    topic = state.environment.alert_topic_arn or TOPIC
    subscription = setting.subscription(topic, settings)
    told = state.logs.read(dataset("ui_notifications_log"), run_id, last=first - timedelta(days=1), history=True)
    rows = preview(past_ticks(state.logs, run_id, first, last), [subscription], told.to_pylist(), settings)
    return rows, first, last


def _hydrate(state: State, run_id: str, first: date, last: date, hydrated: set[date]) -> None:
    finalised = {key.tick for key, _ in state.logs.find(dataset("MRFL"), run_id, first=first, last=last)}
    missing = sorted(finalised - hydrated)
    if not missing:
        return
    hydrate = hydrate_by(state.stack.client("lambda"), state.stack.outputs["HydrateFunction"], state.logs)
    with progress() as bar:
        for tick in bar.track(missing, description="hydrating past days"):
            hydrate(Snapshot(run_id, tick, schedule_time(tick)))


def show_preview(rows: Sequence[dict[str, Any]], first: date, last: date, limit: int, unit: str | None) -> None:
    """Print a preview: each alert, then how many of which kind."""
    show_table(f"Would have been due, {first} … {last}", *table_of(rows[:limit], unit))
    if len(rows) > limit:
        out.print(f"[dim]… and {len(rows) - limit} more[/]")
    kinds = Counter(r["trigger_condition"] for r in rows if r["delivery_status"] != "suppressed")
    told = ", ".join(f"{n} × {kind}" for kind, n in sorted(kinds.items())) or "none"
    hidden = Counter(str(r["suppressed_by"]).partition(":")[0] for r in rows if r["delivery_status"] == "suppressed")
    also = "".join(f"; {n} suppressed by {by}" for by, n in sorted(hidden.items()))
    days = (last - first).days + 1
    out.print(f"{sum(kinds.values())} alerts in {days} days: {told}{also}")


def table_of(rows: Sequence[dict[str, Any]], unit: str | None) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    """Return headings and cells of a table of alerts; `unit` says what their money is in."""
    heads = [("day", LEFT), ("event", LEFT), ("because", LEFT), ("severity", RIGHT), money_column(unit)]
    cells = [
        (r["tick"], r["headline"] or r["event_id"][:8], r["trigger_condition"], f"{r['severity']:.2f}")
        + (f"{r['sales_delta'] or 0:+,.0f}", r["channel"], _status(r))
        for r in rows
    ]
    return [*heads, ("by", LEFT), ("status", LEFT)], cells


def _status(row: dict[str, Any]) -> str:
    if row["deliver_after"] is not None and row["delivery_status"] == "suppressed":
        return f"held until {row['deliver_after']:%Y-%m-%d %H:%M} ({row['suppressed_by']})"
    if row["delivery_status"] == "failed" and row["attempt"] == 0:
        return "to be sent"
    why = row["suppressed_by"] or row["failure"]
    status: str = row["delivery_status"]
    return status + (f": {why}" if why else "")


def show_added_up(rows: Sequence[dict[str, Any]]) -> None:
    """Print how many alerts were due, and that what became of them adds up."""
    status = Counter(r["delivery_status"] for r in rows)
    parts = " + ".join(f"{status[name]} {name}" for name in ("sent", "suppressed", "failed"))
    out.print(f"{len(rows)} due = {parts}")
