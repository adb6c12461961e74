"""Webhooks against a receiver of our own: signed, once, whatever it answers; never to a private address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from mrs.alerts.mail_content import FactBook
from mrs.alerts.webhook import Form, Webhook, webhooks_of
from mrs.errors import BadInputError
from mrs.identity import schedule_time

from functions.notify import webhooks
from functions.notify.deliver_alerts import Round, deliver
from functions.notify.webhooks import WebhookChannel
from tests.notify.places import World, days, event, subscription, tables_as_they_are

KEY = "a key that both know"


@dataclass
class Receiver:
    """An HTTP server on this machine that does as it is told with each request, and keeps what it took."""

    behave: Callable[[int], str] = lambda n: "take"
    took: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    asked: int = 0
    url: str = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked += 1
        body = request.rfile.read(int(request.headers["content-length"]))
        what = self.behave(self.asked)
        if what in ("take", "take and hang up", "take and say nothing"):
            self.took.append(({k.lower(): v for k, v in request.headers.items()}, body))
        if what in ("hang up", "take and hang up"):
            request.connection.close()
            return
        if what == "take and say nothing":
            time.sleep(1.0)
        request.send_response({"take": 204, "redirect": 302}.get(what, 500))
        if what == "redirect":
            request.send_header("location", self.url)
        request.end_headers()


@pytest.fixture(autouse=True)
def _fast() -> Iterator[None]:
    with tables_as_they_are():
        yield


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.answer(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}/hook?x=1"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def world_with(form: Form = Form.GENERIC) -> World:
    world = World()
    wanted = subscription(channels=["webhook"], webhooks=["ops"], addresses=[], people=[])
    world.append("alert_subscriptions_log", [wanted], days(-1))
    world.append("minority_events_log", [event("e", severity=0.95)], days(0))
    return world


def rounds(world: World, url: str, count: int = 1, form: Form = Form.GENERIC, **how: Any) -> None:
    """Decide the day's alerts, and deliver by a round every hour."""
    world.log_what_is_due(0)
    hooks = {"ops": Webhook(url=url, key=KEY, form=form)}
    for n in range(count):
        now = schedule_time(days(0)) + timedelta(hours=n)
        channel = WebhookChannel(lambda: hooks, FactBook(world.logs, "r", 28), now, **({"allow_private": True} | how))
        deliver(Round(world.logs, "r", None, now, world.settings, {"webhook": channel, "sns": world.sns}))


def statuses(world: World) -> list[tuple[str, str | None]]:
    return [(r["delivery_status"], r["failure"]) for r in world.notifications() if r["channel"] == "webhook"]


def test_an_alert_is_posted_once_and_signed(receiver: Receiver) -> None:
    world = world_with()
    rounds(world, receiver.url, count=3)
    ((headers, body),) = receiver.took
    (alert,) = json.loads(body)["alerts"]
    assert (alert["event_id"], alert["severity"]) == ("e", 0.95)
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(KEY.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert statuses(world) == [("sent", None)]


@pytest.mark.parametrize("form", [Form.GENERIC, Form.SLACK])
def test_amounts_have_the_unit_that_the_run_was_given(receiver: Receiver, form: Form) -> None:
    world = world_with(form)
    execution = {"mode": "daily", "first_tick": days(0), "last_tick": days(0), "config": '{"currency": "SEK"}'}
    world.append("executions_log", [{"execution_id": "x", "landing": "l", "shards": 1} | execution], days(0))
    rounds(world, receiver.url, form=form)
    ((_, body),) = receiver.took
    assert b"SEK" in body


@pytest.mark.parametrize("fault", ["refuse", "redirect"])
def test_what_is_not_taken_is_tried_again_until_it_is(receiver: Receiver, fault: str) -> None:
    receiver.behave = lambda n: fault if n < 3 else "take"
    world = world_with()
    rounds(world, receiver.url, count=5)
    assert (receiver.asked, len(receiver.took)) == (3, 1)
    assert statuses(world) == [("sent", None)]


@pytest.mark.parametrize("fault", ["hang up", "take and hang up", "take and say nothing"])
def test_where_nobody_knows_it_is_not_sent_twice(
    receiver: Receiver, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "SECONDS", webhooks.urllib3.Timeout(connect=5, read=0.3))
    receiver.behave = lambda n: fault
    world = world_with()
    rounds(world, receiver.url, count=4)
    assert receiver.asked == 1
    ((status, failure),) = statuses(world)
    assert status == "failed"
    assert receiver.url not in str(failure)


def test_a_receiver_that_is_down_gets_it_later(receiver: Receiver) -> None:
    world = world_with()
    rounds(world, "http://127.0.0.1:9/closed")
    assert statuses(world)[0][0] == "failed"
    rounds(world, receiver.url, count=2)
    assert len(receiver.took) == 1


@pytest.mark.parametrize("form", [Form.SLACK, Form.TEAMS])
def test_slack_and_teams_get_text_without_markup_of_others(receiver: Receiver, form: Form) -> None:
    world = World()
    wanted = subscription(channels=["webhook"], webhooks=["ops"], addresses=[], people=[])
    world.append("alert_subscriptions_log", [wanted], days(-1))
    world.append("minority_events_log", [event("e", severity=0.95, name="<!channel> & co")], days(0))
    rounds(world, receiver.url, form=form)
    said = json.loads(receiver.took[0][1])
    if form is Form.SLACK:
        assert "&lt;!channel&gt; &amp; co" in said["text"]
    else:
        assert said["attachments"][0]["content"]["body"][0]["inlines"][0]["text"] == "<!channel> & co"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://",
        "https://127.0.0.1/x",
        "https://[::1]/",
        "https://10.1.2.3/",
    ],
)
def test_only_public_https_addresses_are_asked(receiver: Receiver, url: str) -> None:
    world = world_with()
    rounds(world, url, allow_private=False)
    ((status, failure),) = statuses(world)
    assert status == "failed"
    assert "not prepared" in str(failure)
    assert url.removeprefix("https://") not in str(failure) or url == "https://"


def test_a_bad_secret_is_named_without_its_values() -> None:
    with pytest.raises(BadInputError, match=r"ops\.form") as error:
        webhooks_of('{"ops": {"url": "https://secret.example/abc", "form": "fax"}}')
    assert "secret.example" not in str(error.value)
