"""Faults at every step of a send, over 500 seeds: each due alert is delivered once, or `failed` and retried."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from mrs.alerts.settle import UNKNOWN
from mrs.identity import schedule_time

from tests.notify.places import FastWorld, World, days, event, subscription, tables_as_they_are

SEEDS = 500
TICKS = 3
FAULTS = (
    "none",
    "killed before the log",
    "killed after the log",
    "killed before a claim",
    "killed after a claim",
    "killed before the answer is noted",
    "killed after the answer is noted",
    "killed before the results",
    "service throttles",
    "service down",
    "service half done",
    "answer lost",
    "taken and killed",
    "not taken and killed",
)


def arm(world: World, fault: str, dice: random.Random) -> None:
    """Let a fault strike somewhere in the next run."""
    objects = world.objects
    objects.before_create = objects.after_create = lambda key: None
    world.email.behave = world.sns.behave = lambda message: "accept"
    services = {
        "service throttles": lambda message: dice.choice(["accept", "Throttling: slow down"]),
        "service down": lambda message: "EndpointConnectionError: no route",
        "service half done": _half(),
        "answer lost": lambda message: dice.choice(["accept, answer lost", "not taken, answer lost", "accept"]),
        "taken and killed": lambda message: dice.choice(["accept", "accept then die"]),
        "not taken and killed": lambda message: dice.choice(["accept", "die"]),
    }
    if fault in services:
        hit = dice.choice(["email", "sns", "both"])
        for service in (world.email, world.sns):
            if hit in (service.name, "both"):
                service.behave = services[fault]
    elif fault.startswith("killed"):
        _, when, *what = fault.split()
        marks = {
            "log": lambda key: "/ui_notifications_log/" in key and "-000of001" in key,
            "claim": lambda key: key.endswith("claimed.parquet"),
            "noted": lambda key: "/alert_attempts_log/" in key and not key.endswith("claimed.parquet"),
            "results": lambda key: "/ui_notifications_log/" in key and "-x" in key,
        }
        setattr(objects, f"{when}_create", _killer(world, marks[what[-1]], dice.randint(1, 3)))


def _half() -> Callable[[Any], str]:
    count = iter(range(10_000))
    return lambda message: "accept" if next(count) % 2 == 0 else "InternalError: half done"


def _killer(world: World, mark: Callable[[str], bool], nth: int) -> Callable[[str], None]:
    seen = 0

    def strike(key: str) -> None:
        nonlocal seen
        seen += mark(key)
        if mark(key) and seen == nth:
            world.objects.dead = True

    return strike


def make(dice: random.Random, kind: type[World]) -> World:
    world = kind()
    kinds = [subscription(), subscription(subscription_id="s2", addresses=["bo@example.com"], min_severity=0.9)]
    digest = {"delivery": "daily_digest", "digest_at": "09:00", "addresses": ["cy@example.com"]}
    kinds.append(subscription(subscription_id="s3", **digest))
    world.append("alert_subscriptions_log", kinds[: dice.randint(1, 3)], days(-1))
    open_events: dict[str, float] = {}
    for n in range(TICKS):
        for i in range(dice.randint(0, 2)):
            open_events[f"e{n}{i}"] = dice.choice([0.85, 0.92])
        rows = []
        for name in list(open_events):
            closes = dice.random() < 0.2
            open_events[name] = min(0.99, open_events[name] + dice.choice([0, 0, 0.07]))
            rows.append(event(name, severity=open_events[name], event_status="closed" if closes else "ongoing"))
            if closes:
                del open_events[name]
        world.append("minority_events_log", rows, days(n))
    return world


def check(world: World) -> None:
    """At any moment: nothing was delivered twice, what is logged as sent was delivered, and every row adds up."""
    delivered = Counter(world.email.delivered() + world.sns.delivered())
    assert all(n == 1 for n in delivered.values()), "an alert was delivered twice"
    rows = world.notifications()
    status = Counter(r["delivery_status"] for r in rows)
    assert status["sent"] + status["suppressed"] + status["failed"] == len(rows)
    for row in rows:
        if row["delivery_status"] == "sent":
            assert delivered[row["notification_id"]] == 1, "logged as sent, and never delivered"


def faulty_days(seed: int, echoes: bool, kind: type[World] = FastWorld) -> World:
    dice = random.Random(seed)
    world = make(dice, kind)
    for n in range(TICKS):
        arm(world, dice.choice(FAULTS), dice)
        world.tick(n)
        if dice.random() < 0.5:  # the state machine tries again, at the same logical time
            arm(world, dice.choice(FAULTS), dice)
            world.tick(n)
        arm(world, "none", dice)
        if echoes:
            world.echo()
        check(world)
    return world


def clean_rounds(world: World, echoes: bool) -> None:
    """Run every tick again, as operators do, then hourly rounds; nothing fails any more."""
    for n in range(TICKS):
        world.tick(n)
    for hours in range(3):
        world.round(schedule_time(days(TICKS)) + timedelta(hours=hours))
        if echoes:
            world.echo()
        check(world)


@pytest.fixture(autouse=True)
def quickly() -> Iterator[None]:
    with tables_as_they_are():
        yield


@pytest.mark.parametrize(("seeds", "kind"), [(range(SEEDS), FastWorld), (range(SEEDS, SEEDS + 8), World)])
def test_each_due_alert_is_delivered_once_whatever_fails(seeds: range, kind: type[World]) -> None:
    for seed in seeds:
        world = faulty_days(seed, echoes=True, kind=kind)
        clean_rounds(world, echoes=True)
        services = {"email": world.email, "sns": world.sns}
        for row in world.notifications():
            if row["delivery_status"] != "sent":  # unclear, and no echo has ever shown that echoes come back
                assert row["failure"] == UNKNOWN, f"seed {seed}"
                assert not services[row["channel"]].took, f"seed {seed}"


def test_without_any_echo_nothing_is_sent_twice_and_all_but_unclear_sends_are_retried() -> None:
    for seed in range(1000, 1000 + SEEDS // 4):
        world = faulty_days(seed, echoes=False)
        clean_rounds(world, echoes=False)
        left = [r for r in world.notifications() if r["delivery_status"] != "sent"]
        assert {r["failure"] for r in left} <= {UNKNOWN}, f"seed {seed}"


def test_the_faults_do_strike() -> None:
    """The seeds above would prove nothing if their faults never met a send."""
    struck: Counter[str] = Counter()
    for seed in range(80):
        world = faulty_days(seed, echoes=False)
        for row in world.notifications():
            struck[f"{row['delivery_status']} {(row['failure'] or '').split(':')[0]}"] += 1
            struck["again"] += row["attempt"] > 1
    assert {"sent ", "failed refused", "failed unknown", "failed not sent yet"} <= set(struck)
    assert struck["again"] > 0
