"""Alerts at their limits: what has just reached a step, an hour or a score; and a past that is read in any order."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from mrs.alerts.memory import Memory, Told
from mrs.alerts.schedule import held_until
from mrs.alerts.settle import unsettled
from mrs.identity import schedule_time

from tests.alerts.test_decide import SETTINGS, Desk, one, subscribed
from tests.notify.places import days

NOW = schedule_time(days(3))


def decision(day: int = 0, **values: Any) -> dict[str, Any]:
    """Return a `ui_notifications_log` row, as far as memory and settling look at one."""
    row = {"notification_id": "n", "event_id": "g", "delivered_to": "ann", "channel": "email", "attempt": 0}
    row |= {"trigger_condition": "severity>=0.8", "severity": 0.82, "suppressed_by": None, "delivery_status": "sent"}
    row |= {"tick": days(day), "written_at": schedule_time(days(day)), "message_id": "m", "deliver_after": None}
    return row | {"failure": None} | values


def test_a_grave_cause_that_is_just_sure_enough_is_told() -> None:
    sure = one(severity=0.1, cause="viral", cause_confidence=SETTINGS.high_impact_confidence)
    assert [c for c, _, _ in Desk().told(sure)] == ["cause=viral"]


def test_a_step_is_reached_at_its_own_severity() -> None:
    desk = Desk()
    step = next(s for s in sorted(SETTINGS.severity_steps) if s > 0.82)
    assert [c for s in (0.82, step) for c, _, _ in desk.told(one(severity=s))] == [
        "severity>=0.8",
        f"escalated>={step:g}",
    ]


def test_what_was_told_once_is_known_though_the_event_fell_since() -> None:
    memory = Memory.of([decision(0, severity=0.92), decision(1, severity=0.3, trigger_condition="closed")])
    assert memory.told == {("g", "ann", "email"): Told(0.92, closed=True)}


def test_what_became_of_a_send_is_no_decision() -> None:
    decided = [decision(0), decision(1, notification_id="o", severity=0.9, trigger_condition="escalated>=0.9")]
    sends = [decision(2, attempt=1, severity=0.99), decision(2, attempt=2, trigger_condition="closed")]
    assert Memory.of([*decided, *sends]) == Memory.of(decided)


def test_the_past_may_be_read_in_any_order() -> None:
    hidden = [
        decision(n, notification_id=str(n), severity=s, suppressed_by="silence:1") for n, s in enumerate((0.8, 0.9))
    ]
    rows = [*hidden, decision(2)]
    memories = [Memory.of(order) for order in permutations(rows)]
    assert all(memory == memories[0] for memory in memories)
    assert memories[0].hidden_at == {("g", "silence:1"): 0.8}


def test_what_became_of_an_alert_may_be_read_in_any_order() -> None:
    story = [decision(0, delivery_status="failed"), decision(1, delivery_status="failed", attempt=1)]
    story += [decision(2, delivery_status="failed", attempt=2, failure="refused: full")]
    for order in permutations(story):
        (due,) = unsettled(order, NOW)
        assert (due["attempt"], due["first_tick"], due["failure"]) == (2, days(0), "refused: full")


def test_what_was_held_until_this_very_moment_is_due() -> None:
    held = decision(2, delivery_status="suppressed", suppressed_by="quiet_hours", deliver_after=NOW)
    assert len(unsettled([held], NOW)) == 1
    assert unsettled([held], NOW - timedelta(milliseconds=1)) == []


def test_a_digest_goes_out_at_its_hour() -> None:
    digest = subscribed(delivery="daily_digest", digest_at="06:00")
    six = datetime(2024, 3, 6, 6)
    assert held_until(digest, "email", six, "08:00") is None
    assert held_until(digest, "email", six + timedelta(minutes=1), "08:00") == (six + timedelta(days=1), "digest")
