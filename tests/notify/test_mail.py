"""A mail is MIME that a standard library reads, says what happened, and keeps hostile names as text."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from mrs.alerts.mail import Envelope, is_address, mail
from mrs.alerts.mail_chart import HEIGHT, WIDTH, chart_png
from mrs.alerts.mail_content import Facts, Series
from mrs.alerts.tokens import read_token, unsubscribe_token
from mrs.alerts.wording import plain
from mrs.errors import BadInputError

from tests.notify.places import event

LINK = "https://workshop.example.com/events/" + "a" * 64
STOP = "https://api.example.com/api/alerts/unsubscribe?token=" + "x" * 300
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "Acme\r\nBcc: everyone@example.com",
    "Acme\nContent-Type: text/html\n\n<b>",
    "=?utf-8?q?evil?=",
    "‮txt.exe⁦",
    "{{7*7}} ${7*7} %(x)s",
    "Ünïcödé 日本語 🛒",
    "a" * 5000,
    "--=_boundary--",
    ".",
]


def series() -> Series:
    days = tuple(date(2024, 2, 1) + timedelta(days=i) for i in range(34))
    expected = 1000 + 100 * np.sin(np.arange(34.0))
    observed = expected.copy()
    observed[30:] *= 0.5
    observed[10] = np.nan
    return Series(days, observed, expected, np.full(34, 90.0))


def facts(name: str = "Weather · BE · 2024-03-02", **values: Any) -> Facts:
    row = event("g", name=name, first_detected_at=datetime(2024, 3, 2), last_detected_at=datetime(2024, 3, 4), **values)
    alert = {
        "headline": name,
        "trigger_condition": "severity>=0.8",
        "severity": 0.95,
        "sales_delta": row["sales_delta"],
        "cause": row["cause"],
        "report_status": row["event_status"],
        "link": LINK,
        "delivered_to": "ana@example.com",
    }
    return Facts(alert, row, f"Sales fell because {name} was cold.", series())


def sent(*told: Facts, **changes: Any) -> EmailMessage:
    plain_ = {"sender": "alerts@mrs.example.com", "recipient": "ana@example.com", "message_id": "ab" * 32}
    envelope = Envelope(**(plain_ | {"at": datetime(2024, 3, 5, 6), "unsubscribe": STOP} | changes))
    raw = mail(envelope, told)
    assert raw == mail(envelope, told), "equal alerts make equal bytes"
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    read = message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    content: str = part.get_content()
    return content


class Tags(HTMLParser):
    """Collects what an HTML reader takes for markup, and what for text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_mail_says_what_happened_why_and_how_to_stop_it() -> None:
    message = sent(facts())
    assert message["Subject"] == "Severe event: Weather · BE · 2024-03-02, sales 1,200 below expectation (-30 %)"
    assert (message["From"].addresses[0].addr_spec, message["To"]) == ("alerts@mrs.example.com", "ana@example.com")
    assert message["List-Unsubscribe"] == f"<{STOP}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Date"].datetime.isoformat() == "2024-03-05T06:00:00+00:00"
    for kind in ("plain", "html"):
        text = body(message, kind)
        told = [
            "Its severity has reached your threshold of 0.8",
            "was cold",
            "1,200 below",
            LINK,
            STOP,
            "weather (90 % sure)",
        ]
        assert [part for part in told if part not in text.replace("&#x27;", "'")] == []


def test_the_chart_is_an_inline_png_that_the_html_shows() -> None:
    message = sent(facts())
    (picture,) = [p for p in message.walk() if p.get_content_type() == "image/png"]
    assert picture["Content-Disposition"].content_disposition == "inline"
    shown = [a["src"] for tag, a in Tags(body(message, "html")).tags if tag == "img"]
    assert shown == [f"cid:{picture['Content-ID'].strip('<>')}"]
    assert len(picture.get_content()) < 25_000


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(name: str) -> None:
    message = sent(facts(name=name, regions=[name], retailers=[name]))
    known = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    assert set(message.keys()) == known | {"List-Unsubscribe", "List-Unsubscribe-Post"}
    assert [p.get_content_type() for p in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    read, harmless = Tags(body(message, "html")), Tags(body(sent(facts(name="Acme")), "html"))
    assert read.tags == harmless.tags, "a name adds no tag and no attribute"
    assert plain(name, 60) in read.text.replace("\n", " ")
    assert plain(name, 60).replace("…", "") in body(message, "plain").replace("\n", " ")


HARMLESS = Tags(body(sent(Facts(facts().alert, facts().event, "x", None)), "html")).tags


@hypothesis_settings(max_examples=80, deadline=None)
@given(st.text(max_size=80))
def test_any_name_makes_one_mail_with_the_same_markup(name: str) -> None:
    told = facts(name=name or "x")
    message = sent(Facts(told.alert, told.event, told.sentence, None))
    assert message["To"] == "ana@example.com"
    assert Tags(body(message, "html")).tags == HARMLESS


def test_several_alerts_make_one_mail() -> None:
    message = sent(*[facts(name=f"Event {i}") for i in range(12)])
    assert message["Subject"] == "12 Minority Events, first Event 0"
    assert len([p for p in message.walk() if p.get_content_type() == "image/png"]) == 10
    assert all(f"Event {i}" in body(message, "plain") for i in range(12))


def test_an_event_that_is_not_hydrated_is_told_from_the_alert_alone() -> None:
    bare = facts()
    message = sent(Facts(bare.alert, {}, None, None), unsubscribe=None)
    assert "List-Unsubscribe" not in message
    assert "1,200 below" in body(message, "plain")


def test_no_cause_is_said_to_be_certain() -> None:
    assert "more than 99 % sure" in body(sent(facts(cause_confidence=0.9996)), "plain")
    assert "98 % sure" in body(sent(facts(cause_confidence=0.98)), "plain")


def test_money_has_the_unit_of_the_sales() -> None:
    told = facts(sales_delta=-1234.0)
    assert "sales 1,234 EUR below" in body(sent(replace(told, currency="EUR")), "plain")
    assert "sales 1,234 below" in body(sent(told), "plain")


@pytest.mark.parametrize(
    ("condition", "status", "says"),
    [
        ("cause=viral", "open", "Its cause is of high impact: viral"),
        ("escalated>=0.95", "ongoing", "its severity has reached 0.95"),
        ("closed", "closed", "it is over"),
        ("closed", "rejected", "an analyst found it to be none"),
    ],
)
def test_why_one_is_told(condition: str, status: str, says: str) -> None:
    told = facts()
    alert = {**told.alert, "trigger_condition": condition, "report_status": status}
    assert says in body(sent(Facts(alert, told.event, told.sentence, told.series)), "plain")


@pytest.mark.parametrize(
    "address", ["", "x", "a@b", "a b@x.org", "a@x.org\nBcc: b@x.org", "a@x.org,b@x.org", "<a@x.org>"]
)
def test_what_is_no_address_gets_no_mail(address: str) -> None:
    assert not is_address(address)
    with pytest.raises(BadInputError):
        sent(facts(), recipient=address)


def test_the_chart_is_a_png_of_the_stated_size() -> None:
    from matplotlib.image import imread

    picture = imread(io.BytesIO(chart_png(series(), 30, 33, is_up=False)), format="png")
    assert picture.shape[:2] == (2 * HEIGHT, 2 * WIDTH)
    unknown = np.full(34, np.nan)
    empty = Series(series().dates, unknown, unknown, unknown)
    assert imread(io.BytesIO(chart_png(empty, -5, 90, is_up=True)), format="png").shape[2] >= 3


def test_a_token_opens_only_what_it_was_made_for() -> None:
    token = unsubscribe_token(b"key", "ana@example.com", "s1")
    assert read_token(b"key", token) == ("ana@example.com", "s1")
    for wrong in ("", ".", "a.b", token[:-1], token + "A", token.replace(".", ""), "é." + token, token[::-1]):
        assert read_token(b"key", wrong) is None
    assert read_token(b"other", token) is None
