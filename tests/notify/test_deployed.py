"""Notification on the deployed stack: mail and topic, echoes, bounces, quiet hours, digests, unsubscribe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from email import message_from_string, policy
from itertools import count
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlparse

import boto3
import pyarrow as pa
import pytest
from moto.ses.exceptions import MessageRejectedError
from moto.ses.models import SESBackend, ses_backends
from mrs.contracts import dataset
from mrs.environment import Environment, client
from mrs.identity import schedule_time
from mrs.store.log_store import Write
from mrs.store.runs import Run, activate

from local.runtime import LocalAws
from tests.builders import row
from tests.notify.places import days, event, subscription

numbers = count()


class Deployed:
    """A run of its own on the stack, with one subscriber by mail of its own."""

    def __init__(self, aws: LocalAws) -> None:
        n = next(numbers)
        self.aws, self.run_id, self.address = aws, f"r{n}", f"ana{n}@example.com"
        self.logs, self.topic = Environment.read(aws.stack.variables).logs(), aws.stack.outputs["AlertTopicArn"]
        self._parts = count()
        names = [f["FunctionName"] for f in boto3.client("lambda").list_functions()["Functions"]]
        self.functions = {k: next(x for x in names if k in x) for k in ("Notify", "Deliver", "Unsubscribe")}
        self.subscribe()

    def append(self, name: str, tick: date, *rows: dict[str, Any], run_id: str | None = None) -> None:
        ds = dataset(name)
        content = pa.Table.from_pylist([row(ds, **{**r, "tick": tick}) for r in rows], schema=ds.schema)
        write = Write(ds, run_id or self.run_id, tick, schedule_time(tick), content, f"p{next(self._parts)}")
        self.logs.append([write])

    def subscribe(self, day: int = -2, **values: Any) -> None:
        mine = subscription(subscription_id=self.run_id, addresses=[self.address], tick=days(day), **values)
        self.append("alert_subscriptions_log", days(day), {**mine, "written_at": schedule_time(days(day))})

    def tick(self, n: int, *events: dict[str, Any], run_id: str | None = None, **more: Any) -> dict[str, Any]:
        own = [{**e, "report_group_id": f"{self.run_id}{e['report_group_id']}"} for e in events or (event(),)]
        self.append("minority_events_log", days(n), *own, run_id=run_id)
        return self.again(n, run_id=run_id, **more)

    def again(self, n: int, run_id: str | None = None, **more: Any) -> dict[str, Any]:
        at = days(n).isoformat()
        return self.invoke("Notify", {"run_id": run_id or self.run_id, "first_tick": at, "last_tick": at, **more})

    def deliver(self, at: str) -> dict[str, int]:
        delivered: dict[str, int] = self.invoke("Deliver", {"scheduled_time": at, "run_id": self.run_id})["delivered"]
        return delivered

    def unsubscribe(self, method: str, token: str) -> int:
        context = {"http": {"method": method}, "timeEpoch": int(datetime(2024, 3, 6, 8).timestamp() * 1000)}
        request = {"requestContext": context, "queryStringParameters": {"token": token}}
        status: int = self.invoke("Unsubscribe", request)["statusCode"]
        return status

    def invoke(self, name: str, payload: dict[str, Any]) -> dict[str, Any]:
        function = self.functions[name]
        answer = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
        body: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, body
        return body

    @property
    def mails(self) -> list[Any]:
        sent = ses_backends["123456789012"]["eu-west-1"].sent_messages
        return [m for m in sent if self.address in m.destinations]

    def rows(self, name: str, run_id: str | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.logs.read(dataset(name), run_id or self.run_id).to_pylist()
        return found

    def status(self, run_id: str | None = None) -> list[tuple[str, str, str | None, int]]:
        rows = [r for r in self.rows("ui_notifications_log", run_id) if r["delivered_to"] in (self.address, self.topic)]
        return sorted((r["channel"], r["delivery_status"], r["suppressed_by"], r["attempt"]) for r in rows)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    with LocalAws(tmp_path_factory.mktemp("state")) as running:
        client.cache_clear()
        yield running
        client.cache_clear()


@pytest.fixture
def deployed(aws: LocalAws) -> Deployed:
    return Deployed(aws)


def test_mail_and_topic_go_out_once_and_come_back_as_echoes(deployed: Deployed) -> None:
    deployed.tick(0)
    assert deployed.status() == [("email", "sent", None, 1), ("sns", "sent", None, 1)]
    phases = sorted(r["phase"] for r in deployed.rows("alert_attempts_log"))
    assert phases == ["accepted", "accepted", "claimed", "claimed", "echoed", "echoed"]
    deployed.again(0)
    assert deployed.deliver("2024-03-05T07:30:00Z") == {}
    assert len(deployed.mails) == 1


def test_a_mail_is_kept_in_the_state_folder(aws: LocalAws, deployed: Deployed) -> None:
    deployed.tick(0)
    kept = [p.read_bytes().decode() for p in (aws._state_dir / "outbox").glob("*.eml")]
    assert [m["To"] for m in map(message_from_string, kept)].count(deployed.address) == 1


def test_a_refused_mail_is_failed_and_sent_an_hour_later(deployed: Deployed) -> None:
    with patch.object(SESBackend, "send_raw_email", side_effect=MessageRejectedError("not now")):
        deployed.tick(0)
    assert deployed.status() == [("email", "failed", None, 1), ("sns", "sent", None, 1)]
    assert deployed.deliver("2024-03-05T07:30:00Z") == {"messages": 1, "sent": 1}
    assert deployed.status() == [("email", "sent", None, 2), ("sns", "sent", None, 1)]
    assert len(deployed.mails) == 1


def test_a_bounce_stops_mail_to_the_address(deployed: Deployed) -> None:
    deployed.tick(0)
    bounce = {
        "eventType": "Bounce",
        "mail": {"messageId": "m1", "timestamp": "2024-03-05T06:00:05.000Z", "destination": [deployed.address]},
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": f"<{deployed.address.upper()}>"}]},
    }
    topic = deployed.aws.stack.outputs["FeedbackTopicArn"]
    boto3.client("sns").publish(TopicArn=topic, Message=json.dumps(bounce))
    deployed.tick(1, event(severity=0.99))
    by = [s for c, status, s, _ in deployed.status() if (c, status) == ("email", "suppressed")]
    assert by[0] is not None
    assert by[0].startswith("bounce:")
    assert len(deployed.mails) == 1


def test_quiet_hours_hold_a_mail_until_they_end(deployed: Deployed) -> None:
    deployed.subscribe(-1, quiet_from="22:00", quiet_to="07:00", time_zone="America/New_York")
    deployed.tick(0)
    assert deployed.status() == [("email", "suppressed", "quiet_hours", 0), ("sns", "sent", None, 1)]
    assert deployed.deliver("2024-03-05T11:30:00Z") == {}
    assert deployed.deliver("2024-03-05T12:30:00Z") == {"messages": 1, "sent": 1}


def test_a_digest_is_one_mail_even_when_its_hour_was_missed(deployed: Deployed) -> None:
    deployed.subscribe(-1, delivery="daily_digest", digest_at="09:00")
    deployed.tick(0, event("a"), event("b"), event("c"))
    assert deployed.mails == []
    assert deployed.deliver("2024-03-06T09:30:00Z") == {"messages": 1, "sent": 3}
    assert len(deployed.mails) == 1


def test_one_click_unsubscribe_ends_this_subscriptions_mail_until_it_is_made_anew(deployed: Deployed) -> None:
    deployed.tick(0)
    mail = message_from_string(deployed.mails[0].raw_data, policy=policy.default)
    token = parse_qs(urlparse(mail["List-Unsubscribe"].strip("<>")).query)["token"][0]
    activate(deployed.logs, Run(deployed.run_id, None, "test", datetime(2024, 3, 1)))
    assert deployed.unsubscribe("POST", token[:-2] + "xx") == 403
    assert deployed.unsubscribe("GET", token) == 200
    deployed.tick(1, event(), event("h"))
    assert len(deployed.mails) == 2, "a GET ends nothing: link scanners follow links"
    assert deployed.unsubscribe("POST", token) == 200
    deployed.tick(2, event(), event("h"), event("i"))
    assert len(deployed.mails) == 2
    deployed.subscribe(2, edited_at=datetime(2024, 3, 8))
    deployed.tick(3, event(), event("h"), event("i"), event("j"))
    assert len(deployed.mails) > 2


def test_a_backfill_sends_nothing_unless_it_is_asked_to(deployed: Deployed) -> None:
    deployed.tick(0, mode="backfill")
    assert deployed.status() == [("email", "suppressed", "backfill", 0), ("sns", "suppressed", "backfill", 0)]
    deployed.tick(1, event("h"), mode="backfill", config={"notify": {"send_in_modes": ["daily", "backfill"]}})
    assert len(deployed.mails) == 1


def test_another_run_of_the_same_ticks_sends_nothing_again(deployed: Deployed) -> None:
    activate(deployed.logs, Run(deployed.run_id, None, "test", datetime(2024, 3, 1)))
    deployed.tick(0)
    again = f"{deployed.run_id}-again"
    activate(deployed.logs, Run(again, None, "test", datetime(2024, 3, 20)))
    deployed.tick(0, run_id=again)
    by = f"sent_in_run:{deployed.run_id}"
    assert deployed.status(again) == [("email", "suppressed", by, 0), ("sns", "suppressed", by, 0)]
    assert len(deployed.mails) == 1


def test_ticks_that_were_never_notified_are_made_up_for(deployed: Deployed) -> None:
    deployed.tick(0)
    missed = f"{deployed.run_id}missed"
    deployed.append("minority_events_log", days(1), event(missed))
    deployed.tick(2, event(), event("missed", event_status="closed"))
    told = {r["trigger_condition"] for r in deployed.rows("ui_notifications_log") if r["event_id"] == missed}
    assert told == {"severity>=0.8", "severity>=0.9", "closed"}
