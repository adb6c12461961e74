"""Mail about edits that name people: to their own subscription's address, once, and never to their author."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from mrs.alerts.personal import in_app, mentions
from mrs.alerts.settle import Message
from mrs.contracts import dataset
from mrs.decisions.edits import Edit
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.settings import NotifySettings
from mrs.store.log_store import Write

from functions.notify.deliver_alerts import Round, deliver
from functions.notify.outcomes import Outcome
from tests.builders import TICK, table

NOON = schedule_time(TICK) + timedelta(hours=6)
EVENT = {"report_group_id": "g", "name": "Weather · BW", "severity": 0.5, "cause": "weather", "event_status": "closed"}
OWN = {"subscription_id": "s", "owner": "max", "people": ["max"], "addresses": ["Max@example.com"], "kind": "person"}
OWN |= {"channels": ["email"], "is_active": True, "edited_at": NOON - timedelta(days=1)}


class Mailbox:
    """Takes every mail, or refuses the first."""

    def __init__(self, refuses: int = 0) -> None:
        self.took: list[Message] = []
        self.refuses = refuses

    def prepare(self, message: Message) -> Message:
        return message

    def send(self, message: Message) -> Outcome:
        if self.refuses:
            self.refuses -= 1
            return Outcome("refused", None, "throttled")
        self.took.append(message)
        return Outcome("accepted", "1")


def log(aws: Environment, name: str, written_at: datetime, *rows: dict[str, Any]) -> None:
    made = table(name, *rows, written_at=written_at)
    aws.logs().append([Write(dataset(name), "r", TICK, written_at, made, "test")])


@pytest.fixture
def said(aws: Environment) -> Environment:
    """Ann mentions Max and herself in a comment on an event."""
    log(aws, "minority_events_log", schedule_time(TICK), EVENT)
    log(aws, "alert_subscriptions_log", NOON - timedelta(days=1), OWN, {**OWN, "subscription_id": "t", "owner": "ann"})
    value = json.dumps({"comment": "@max: yours? (@ann)"})
    edit = {"edit_id": "e" * 64, "report_group_id": "g", "action": "comment", "value": value, "author": "ann"}
    log(aws, "user_minority_events_edits_log", NOON, {**edit, "edited_at": NOON})
    return aws


def told(aws: Environment, mailbox: Mailbox, minutes: int) -> dict[str, int]:
    now = NOON + timedelta(minutes=minutes)
    return deliver(Round(aws.logs(), "r", None, now, NotifySettings(), {"email": mailbox}))


def test_a_mention_is_mailed_once(said: Environment) -> None:
    mailbox = Mailbox()
    assert told(said, mailbox, -1) == {}, "not before it was written"
    assert told(said, mailbox, 5)["sent"] == 1
    assert told(said, mailbox, 65) == {}
    (mail,) = mailbox.took
    assert (mail.delivered_to, mail.alerts[0]["subscription_id"]) == ("max@example.com", "s")
    assert mail.alerts[0]["trigger_condition"] == f"mentioned:{'e' * 64}:ann"


def test_a_refused_mail_is_tried_again(said: Environment) -> None:
    mailbox = Mailbox(refuses=1)
    assert told(said, mailbox, 5)["failed"] == 1
    assert told(said, mailbox, 65)["sent"] == 1
    assert len(mailbox.took) == 1


def test_an_address_is_no_mention() -> None:
    assert mentions("@Ann, ask ann@b.example or @max.m. @ann @") == ["ann", "max.m"]


@pytest.mark.parametrize(
    ("action", "value", "name", "kind"),
    [
        ("assign", {"assignee": "Max"}, "max", "assigned"),
        ("assign", {"assignee": "max", "comment": "@eve knows more"}, "eve", "mentioned"),
        ("comment", {"comment": "hello @ann"}, "ann", None),
        ("comment", {"comment": "hello max"}, "max", None),
    ],
)
def test_who_is_named_and_how(action: str, value: dict[str, Any], name: str, kind: str | None) -> None:
    event = table("minority_events_log", EVENT).to_pylist()[0]
    row = in_app(Edit("g", "e", action, value, "ann", NOON, TICK), event, name, "/events/g")
    assert (row["trigger_condition"] if row else None) == (f"{kind}:e:ann" if kind else None)
