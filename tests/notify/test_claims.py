"""Two senders of one message: one of them sends, whatever time each of them believes it to be."""

from __future__ import annotations

from datetime import timedelta

from mrs.identity import schedule_time

from tests.notify.places import World, days, event, subscription, tables_as_they_are


def test_a_second_sender_with_another_clock_sends_nothing() -> None:
    with tables_as_they_are():
        check(World())


def check(world: World) -> None:
    world.append("alert_subscriptions_log", [subscription()], days(-1))
    world.append("minority_events_log", [event("e", severity=0.95)], days(0))
    now, met = schedule_time(days(0)), []

    def the_other_comes(key: str) -> None:
        """Let a second round claim and send after the first one has looked, right before it claims."""
        if key.endswith("claimed.parquet") and not met:
            met.append(key)
            world.round(now + timedelta(minutes=3))

    world.objects.before_create = the_other_comes
    world.tick(0)
    assert met
    assert len(world.email.delivered()) == len(set(world.email.delivered())) == 1
