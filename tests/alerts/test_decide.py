"""What is due: conditions, one alert an event, parents, silences, quiet hours, digests; and it always adds up."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from mrs.alerts.decide import Occasion, decide
from mrs.alerts.memory import Memory
from mrs.alerts.model import Event, Silence, Subscription, events_of, subscription_of, topic_subscription
from mrs.alerts.preview import PastTick, preview
from mrs.alerts.schedule import held_until
from mrs.alerts.silences import silences_of
from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.settings import NotifySettings

from tests.builders import TICK, table
from tests.notify.places import days, event, subscription

SETTINGS = NotifySettings()


def one(event_id: str = "g", categories: tuple[str, ...] = (), **values: Any) -> Event:
    rows = pa.Table.from_pylist([event(event_id, **values)], schema=dataset("minority_events_log").schema)
    return events_of(rows, {event_id: categories})[0]


def subscribed(**values: Any) -> Subscription:
    return subscription_of(subscription(**values), "topic")


class Desk:
    """Decides tick after tick with one memory."""

    def __init__(self, *audience: Subscription, silences: tuple[Silence, ...] = ()) -> None:
        self.audience, self.silences = list(audience) or [subscribed()], list(silences)
        self.memory, self.n = Memory(), 0

    def tick(self, *events: Event, mode: str = "daily") -> list[dict[str, Any]]:
        at = Occasion(days(self.n), schedule_time(days(self.n)), mode)
        self.n += 1
        return decide(at, events, self.audience, self.silences, self.memory, SETTINGS)

    def told(self, *events: Event, mode: str = "daily") -> list[tuple[str, str, str | None]]:
        return [
            (r["trigger_condition"], r["delivery_status"], r["suppressed_by"]) for r in self.tick(*events, mode=mode)
        ]


@pytest.mark.parametrize(
    ("values", "condition"),
    [
        ({"severity": 0.8}, "severity>=0.8"),
        ({"severity": 0.79}, None),
        ({"severity": 0.1, "cause": "viral"}, "cause=viral"),
        ({"severity": 0.1, "cause": "viral", "cause_confidence": 0.49}, None),
        ({"severity": 0.1, "cause": "competitor_stockout"}, "cause=competitor_stockout"),
        ({"severity": 0.9, "cause": "viral"}, "severity>=0.8"),
        ({"event_status": "rejected"}, None),
        ({"event_status": "closed"}, None),
        ({"event_status": "approved"}, "severity>=0.8"),
    ],
)
def test_what_opens_an_event(values: dict[str, Any], condition: str | None) -> None:
    assert [c for c, _, _ in Desk().told(one(**values))] == ([condition] if condition else [])


def test_an_event_is_told_once_then_when_worse_by_a_step_then_when_closed() -> None:
    desk = Desk()
    story = [0.82, 0.85, 0.92, 0.91, 0.99, 0.99]
    told = [[c for c, _, _ in desk.told(one(severity=s))] for s in story]
    assert told == [["severity>=0.8"], [], ["escalated>=0.9"], [], ["escalated>=0.98"], []]
    assert [c for c, _, _ in desk.told(one(event_status="closed"))] == ["closed"]
    assert desk.told(one(event_status="closed")) == []


def test_a_high_impact_event_is_worse_only_from_the_subscribers_threshold_on() -> None:
    desk = Desk()
    told = [[c for c, _, _ in desk.told(one(cause="viral", severity=s))] for s in (0.3, 0.55, 0.75, 0.81)]
    assert told == [["cause=viral"], [], [], ["escalated>=0.8"]]


def test_an_event_never_told_is_not_told_when_it_closes() -> None:
    desk = Desk()
    assert desk.told(one(severity=0.1)) == []
    assert desk.told(one(severity=0.95, event_status="closed")) == []


def test_triggers_that_were_not_asked_for_are_not_told() -> None:
    desk = Desk(subscribed(triggers=["cause"]))
    assert desk.told(one(severity=0.99)) == []
    assert [c for c, _, _ in desk.told(one(cause="viral"))] == ["cause=viral"]
    assert desk.told(one(cause="viral", event_status="closed")) == []


@pytest.mark.parametrize(
    ("scope", "is_told"),
    [
        ({"region": "BE"}, True),
        ({"region": "BW"}, False),
        ({"retailer": "Acme", "region": "BE"}, True),
        ({"retailer": "Other"}, False),
        ({"category": "milk"}, True),
        ({"category": "beer"}, False),
        ({"causes": ["weather"]}, True),
        ({"causes": ["viral"]}, False),
    ],
)
def test_scope_and_causes(scope: dict[str, Any], is_told: bool) -> None:
    assert bool(Desk(subscribed(**scope)).told(one(categories=("milk",)))) is is_told


def test_what_is_not_known_of_an_event_could_be_in_any_scope() -> None:
    desk = Desk(subscribed(region="BW", category="beer", retailer="Other"))
    assert desk.told(one(regions=[], retailers=[]))


def test_overlapping_subscriptions_of_one_recipient_make_one_alert() -> None:
    desk = Desk(subscribed(), subscribed(subscription_id="s2", min_severity=0.5), subscribed(subscription_id="s3"))
    rows = desk.tick(one())
    assert [(r["subscription_id"], r["trigger_condition"]) for r in rows] == [("s2", "severity>=0.5")]


def test_each_channel_and_recipient_has_its_own_alert() -> None:
    every = subscribed(channels=["email", "in_app", "sns"], addresses=["b@x.org", "A@x.org"], people=["ana", "bo"])
    rows = Desk(every, topic_subscription("topic", SETTINGS)).tick(one())
    assert [(r["channel"], r["delivered_to"], r["delivery_status"]) for r in rows] == [
        ("email", "a@x.org", "failed"),
        ("email", "b@x.org", "failed"),
        ("in_app", "ana", "sent"),
        ("in_app", "bo", "sent"),
        ("sns", "topic", "failed"),
    ]
    assert len({r["notification_id"] for r in rows}) == 5


def test_a_child_is_suppressed_by_the_event_at_the_end_of_its_merges() -> None:
    child, parent = one("c", event_status="merged", merged_into="p"), one("p", event_status="merged", merged_into="q")
    desk = Desk()
    assert desk.told(child, parent, one("q")) == [
        ("severity>=0.8", "suppressed", "merged_into:q"),
        ("severity>=0.8", "suppressed", "merged_into:q"),
        ("severity>=0.8", "failed", None),
    ]
    assert desk.told(child, parent, one("q")) == []
    assert desk.told(one("c"), parent, one("q")) == [("severity>=0.8", "failed", None)]  # split off again: it stands


@pytest.mark.parametrize("mode", ["backfill", "refresh", "rereview"])
def test_other_executions_log_as_suppressed_and_the_next_day_does_not_tell_it_again(mode: str) -> None:
    desk = Desk(subscribed(channels=["email", "in_app"]))
    assert {(s, by) for _, s, by in desk.told(one(), mode=mode)} == {("suppressed", mode)}
    assert desk.told(one()) == []


def test_a_backfill_sends_when_asked() -> None:
    asked = NotifySettings(send_in_modes=("daily", "backfill"))
    at = Occasion(TICK, schedule_time(TICK), "backfill")
    assert [r["delivery_status"] for r in decide(at, [one()], [subscribed()], [], Memory(), asked)] == ["failed"]


def test_a_silence_hides_until_its_time_and_says_so_once() -> None:
    until = schedule_time(days(2))
    desk = Desk(silences=(Silence("silence:a", event_id="g", until=until),))
    assert desk.told(one()) == [("severity>=0.8", "suppressed", "silence:a")]
    assert desk.told(one()) == []
    assert desk.told(one()) == [("severity>=0.8", "failed", None)]


@pytest.mark.parametrize(
    "silence",
    [
        Silence("silence:s", cause="weather"),
        Silence("silence:s", scope=subscribed(region="BE").scope),
        Silence("silence:s", event_id="g"),
        Silence("silence:s"),
    ],
)
def test_a_silence_covers_an_event_a_scope_a_cause_or_all(silence: Silence) -> None:
    desk = Desk(silences=(silence,))
    assert desk.told(one()) == [("severity>=0.8", "suppressed", "silence:s")]
    other = one("h", cause="promotion", regions=["BW"])
    assert bool([t for t in desk.told(other) if t[1] == "failed"]) is (silence != Silence("silence:s"))


def test_a_snooze_ends_when_the_event_is_worse_by_a_step() -> None:
    desk = Desk(silences=(Silence("snooze:e", event_id="g", until_worse_by=0.1),))
    told = [desk.told(one(severity=s)) for s in (0.82, 0.85, 0.93)]
    assert told == [
        [("severity>=0.8", "suppressed", "snooze:e")],
        [],
        [("severity>=0.8", "failed", None)],
    ]


def test_a_snooze_of_an_event_that_was_told_counts_from_what_was_told() -> None:
    desk = Desk()
    desk.tick(one(severity=0.82))
    desk.silences = [Silence("snooze:e", event_id="g", until_worse_by=0.1)]
    told = [desk.told(one(severity=s)) for s in (0.905, 0.925)]
    assert told == [[("escalated>=0.9", "suppressed", "snooze:e")], [("escalated>=0.9", "failed", None)]]


def test_a_snooze_until_closed_lets_the_close_be_told() -> None:
    desk = Desk()
    desk.tick(one(severity=0.82))
    desk.silences = [Silence("snooze:e", event_id="g", until_closed=True)]
    assert desk.told(one(severity=0.99)) == [("escalated>=0.98", "suppressed", "snooze:e")]
    assert desk.told(one(severity=0.99, event_status="closed")) == [("closed", "failed", None)]


def test_a_silence_until_a_severity() -> None:
    desk = Desk(silences=(Silence("silence:a", until_severity=0.95),))
    assert desk.told(one(severity=0.9))[0][1] == "suppressed"
    assert desk.told(one(severity=0.95)) == [("severity>=0.8", "failed", None)]


def test_an_analysts_snooze_counts_and_the_newest_of_an_event_replaces_the_older() -> None:
    def edit(edit_id: str, minute: int, **value: Any) -> dict[str, Any]:
        return {
            "edit_id": edit_id,
            "report_group_id": "g",
            "action": "snooze",
            "value": json.dumps(value),
            "edited_at": datetime(2024, 3, 4, 12, minute),
        }

    edits = table(
        "user_minority_events_edits_log",
        edit("b", 1, until="2024-03-09T06:00:00Z", until_worse_by=None, until_closed=False),
        edit("a", 2, until="2024-03-10T08:00:00+02:00", until_worse_by=0.05, until_closed=True),
        {"edit_id": "c", "report_group_id": "g", "action": "comment", "value": None},
    )
    lifted = table("alert_silences_log", {"silence_id": "x", "is_active": False})
    assert silences_of(lifted, edits) == [
        Silence("snooze:a", "g", until=datetime(2024, 3, 10, 6), until_worse_by=0.05, until_closed=True)
    ]


@pytest.mark.parametrize(
    ("zone", "quiet", "now", "until"),
    [
        ("America/New_York", ("22:00", "07:00"), datetime(2024, 3, 5, 6), datetime(2024, 3, 5, 12)),
        ("America/New_York", ("22:00", "07:00"), datetime(2024, 3, 5, 12), None),
        ("America/New_York", ("22:00", "07:00"), datetime(2024, 3, 6, 2, 59), None),
        ("America/New_York", ("22:00", "07:00"), datetime(2024, 3, 6, 3), datetime(2024, 3, 6, 12)),
        ("Europe/Berlin", ("22:00", "07:00"), datetime(2024, 3, 5, 6), None),
        ("Asia/Kolkata", ("10:00", "12:00"), datetime(2024, 3, 5, 6), datetime(2024, 3, 5, 6, 30)),
        ("Europe/Berlin", ("00:00", "08:00"), datetime(2024, 3, 31, 0, 30), datetime(2024, 3, 31, 6)),
        ("Europe/Berlin", ("00:00", "08:00"), datetime(2024, 10, 27, 0, 30), datetime(2024, 10, 27, 7)),
        ("UTC", ("05:00", "05:00"), datetime(2024, 3, 5, 5), None),
    ],
)
def test_quiet_hours_are_the_subscribers_own(
    zone: str, quiet: tuple[str, str], now: datetime, until: datetime | None
) -> None:
    subscription_ = subscribed(time_zone=zone, quiet_from=quiet[0], quiet_to=quiet[1])
    held = held_until(subscription_, "email", now, "08:00")
    assert (held[0] if held else None) == until
    assert held_until(subscription_, "in_app", now, "08:00") is None


def test_a_digest_holds_until_its_hour_and_is_one_mail() -> None:
    desk = Desk(subscribed(delivery="daily_digest", digest_at="09:30", time_zone="Europe/Berlin"))
    rows = desk.tick(*[one(f"e{i}") for i in range(3)])
    assert {(r["suppressed_by"], r["deliver_after"]) for r in rows} == {("digest", datetime(2024, 3, 5, 8, 30))}
    assert len({r["message_id"] for r in rows}) == 1


def test_more_mails_than_people_want_become_one() -> None:
    few, many = Desk().tick(*[one(f"e{i}") for i in range(5)]), Desk().tick(*[one(f"e{i}") for i in range(6)])
    assert len({r["message_id"] for r in few}) == 5
    assert len({r["message_id"] for r in many}) == 1


EVENTS = st.builds(
    one,
    event_id=st.sampled_from("abcd"),
    severity=st.sampled_from([0.3, 0.75, 0.82, 0.91, 0.96, 0.99]),
    cause=st.sampled_from(["weather", "viral", "unknown"]),
    event_status=st.sampled_from(["open", "ongoing", "closed", "approved", "rejected"]),
    merged_into=st.sampled_from([None, None, None, "d"]),
)
WORLDS = st.lists(st.lists(EVENTS, max_size=4, unique_by=lambda e: e.event_id), min_size=1, max_size=8)
SILENCES = st.lists(
    st.builds(
        Silence,
        key=st.sampled_from(["silence:1", "snooze:2"]),
        event_id=st.sampled_from([None, "a", "b"]),
        until=st.sampled_from([None, schedule_time(days(2)), schedule_time(days(5))]),
        until_severity=st.sampled_from([None, 0.95]),
        until_closed=st.booleans(),
    ),
    max_size=2,
    unique_by=lambda s: s.key,
)


@hypothesis_settings(max_examples=120, deadline=None)
@given(WORLDS, SILENCES)
def test_each_row_adds_up_and_an_event_opens_at_most_once(story: list[list[Event]], silences: list[Silence]) -> None:
    audience = (subscribed(channels=["email", "in_app"]), subscribed(subscription_id="s2", min_severity=0.7))
    desk = Desk(*audience, silences=tuple(silences))
    rows = [row for events in story for row in desk.tick(*events)]
    assert all(r["delivery_status"] in ("sent", "suppressed", "failed") for r in rows)
    assert all((r["suppressed_by"] is not None) == (r["delivery_status"] == "suppressed") for r in rows)
    assert all((r["failure"] is not None) == (r["delivery_status"] == "failed") for r in rows)
    told = [r for r in rows if r["delivery_status"] != "suppressed"]
    assert len({r["notification_id"] for r in told}) == len(told), "the same alert is never due twice"
    opened = [
        (r["event_id"], r["delivered_to"], r["channel"])
        for r in told
        if r["trigger_condition"].startswith(("severity", "cause"))
    ]
    assert len(set(opened)) == len(opened)


@hypothesis_settings(max_examples=60, deadline=None)
@given(WORLDS, SILENCES, st.integers(0, 7))
def test_a_preview_is_what_then_happens(story: list[list[Event]], silences: list[Silence], start: int) -> None:
    desk = Desk(silences=tuple(silences))
    happened = [desk.tick(*events) for events in story]
    start = min(start, len(story) - 1)
    earlier = [{**row, "written_at": schedule_time(row["tick"])} for rows in happened[:start] for row in rows]
    past = [PastTick(days(i), schedule_time(days(i)), story[i], silences) for i in range(start, len(story))]
    foreseen = preview(past, [subscribed()], earlier, SETTINGS)
    assert foreseen == [row for rows in happened[start:] for row in rows]


def test_quiet_at_a_clock_change_is_still_a_time_that_comes() -> None:
    late = subscribed(time_zone="Europe/Berlin", quiet_from="01:00", quiet_to="02:30")
    now = datetime(2024, 3, 31, 0, 15)  # 01:15 local; at 02:00 the clocks jump to 03:00
    held = held_until(late, "email", now, "08:00")
    assert held is not None
    assert now < held[0] <= now + timedelta(hours=2)


def test_what_people_tell_each_other_does_not_count_as_told() -> None:
    mention = {"event_id": "g", "delivered_to": "ann", "channel": "in_app", "severity": 0.99, "attempt": 0}
    mention |= {"tick": TICK, "written_at": schedule_time(TICK), "notification_id": "n", "suppressed_by": None}
    assert not Memory.of([mention | {"trigger_condition": "mentioned:e:max"}]).told
    assert Memory.of([mention | {"trigger_condition": "severity>=0.9"}]).told
