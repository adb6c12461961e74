"""Whose subscriptions hold in a run, and what a past tick knew."""

from __future__ import annotations

from datetime import datetime, timedelta

from mrs.alerts.in_force import past_ticks, subscriptions_in_force
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.store.log_store import LogStore, Write
from mrs.store.runs import Run, activate

from tests.builders import TICK, table
from tests.notify.places import event, subscription

SUBSCRIPTIONS, EVENTS = dataset("alert_subscriptions_log"), dataset("minority_events_log")
AT, DAY = schedule_time(TICK), timedelta(days=1)


def subscribe(logs: LogStore, run: str, at: datetime, *, is_active: bool) -> None:
    row = {**subscription(), "is_active": is_active, "edited_at": at, "written_at": at}
    rows = table(SUBSCRIPTIONS.name, row)
    logs.append([Write(SUBSCRIPTIONS, run, at.date(), at, rows, f"s{at:%d%H%M%S}")])


def test_a_subscription_goes_over_to_the_next_run_as_it_was_when_that_began(aws: Environment) -> None:
    logs = aws.logs()
    activate(logs, Run("old", None, "ann", AT))
    subscribe(logs, "old", AT + DAY, is_active=True)
    activate(logs, Run("new", None, "ann", AT + 2 * DAY))
    subscribe(logs, "old", AT + 3 * DAY, is_active=False)
    assert [s["is_active"] for s in subscriptions_in_force(logs, "new")] == [True]
    assert [s["is_active"] for s in subscriptions_in_force(logs, "old")] == [False]
    subscribe(logs, "new", AT + 4 * DAY, is_active=False)
    assert [s["is_active"] for s in subscriptions_in_force(logs, "new")] == [False]


def test_a_past_tick_knew_nothing_of_a_later_refresh(aws: Environment) -> None:
    logs = aws.logs()
    for at, severity in ((AT, 0.5), (AT + timedelta(hours=2), 0.9)):
        rows = table(EVENTS.name, {**event("g", severity=severity), "tick": TICK, "written_at": at})
        logs.append([Write(EVENTS, "r", TICK, at, rows)])
    (past,) = past_ticks(logs, "r", TICK, TICK)
    assert (past.now, [e.severity for e in past.events]) == (AT, [0.5])
