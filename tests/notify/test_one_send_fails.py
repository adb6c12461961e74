"""One send that goes wrong: what was sent before is recorded, nobody sends twice, only what is final stops mail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from mrs.alerts.settle import Message

from functions.notify.channels import sending_client
from functions.notify.feedback import writes_for
from tests.notify.places import FastWorld, days, event, subscription


def test_what_was_sent_before_a_fault_of_ours_is_recorded() -> None:
    world, sends = FastWorld(), list[str]()

    def behave(message: Message) -> str:
        sends.append(message.message_id)
        if len(sends) == 2:
            raise RuntimeError("a fault of ours")
        return "accept"

    world.email.behave = behave
    world.append("alert_subscriptions_log", [subscription()], days(-1))
    world.append("minority_events_log", [event(name) for name in "abc"], days(0))
    with pytest.raises(RuntimeError, match="a fault of ours"):
        world.tick(0)
    mails = [r for r in world.notifications() if r["channel"] == "email"]
    assert sorted(r["delivery_status"] for r in mails) == ["failed", "failed", "sent"]
    assert [r["message_id"] for r in mails if r["delivery_status"] == "sent"] == sends[:1]


def test_a_mail_is_not_sent_again_by_the_client_itself() -> None:
    assert sending_client("ses").meta.config.retries["total_max_attempts"] == 1


@pytest.mark.parametrize(
    ("kind", "said", "is_final"),
    [
        ("bounce", {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "a@b.de"}]}, True),
        ("bounce", {"bounceType": "Transient", "bouncedRecipients": [{"emailAddress": "a@b.de"}]}, False),
        ("complaint", {"complainedRecipients": [{"emailAddress": "a@b.de"}]}, True),
        (
            "complaint",
            {"complaintFeedbackType": "not-spam", "complainedRecipients": [{"emailAddress": "a@b.de"}]},
            False,
        ),
    ],
)
def test_only_what_is_final_stops_mail(kind: str, said: dict[str, Any], is_final: bool) -> None:
    mail = {"messageId": "m", "destination": ["a@b.de"], "timestamp": "2024-03-05T06:00:00.000Z"}
    body = {"eventType": kind.title(), "mail": mail, kind: said}
    (write,) = writes_for({"MessageId": "s", "Timestamp": "2024-03-05T06:00:01.000Z", "Message": json.dumps(body)})
    assert write.table["is_permanent"].to_pylist() == [is_final]
