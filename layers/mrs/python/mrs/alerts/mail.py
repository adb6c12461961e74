"""A mail as raw MIME: plain text and HTML, charts inline, one-click unsubscribe. Equal alerts make equal bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape

from mrs.alerts.mail_chart import HEIGHT, WIDTH, chart_png
from mrs.alerts.mail_content import Facts
from mrs.alerts.wording import Words, plain, words
from mrs.errors import BadInputError
from mrs.identity import sha256_hex

MOST_CHARTS = 10
_UNFOLDED = policy.SMTP.clone(max_line_length=990)  # folding would tear the long unsubscribe address apart
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True)
class Envelope:
    """Who writes to whom, when, and how to make it stop.

    Parameters
    ----------
    sender, recipient
        Addresses, ASCII.
    at
        Logical time, UTC.
    message_id
        The message's identity, hex.
    unsubscribe
        URL that unsubscribes the recipient on a POST (RFC 8058); None if there is none.
    """

    sender: str
    recipient: str
    at: datetime
    message_id: str
    unsubscribe: str | None


def mail(envelope: Envelope, alerts: Sequence[Facts]) -> bytes:
    """Return a mail that tells of one alert, or of several at once.

    Raises
    ------
    BadInputError
        If sender or recipient is no plain address.
    """
    for address in (envelope.sender, envelope.recipient):
        if not is_address(address):
            raise BadInputError(f"{address!r} is no e-mail address that mail can be sent to")
    told = [words(facts) for facts in alerts]
    host = envelope.sender.rpartition("@")[2]
    pictures = _pictures(alerts, envelope.message_id, host)
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = f"Minority Report System <{envelope.sender}>"
    message["To"] = envelope.recipient
    message["Subject"] = plain(told[0].subject if len(told) == 1 else _digest_subject(told), 150)
    message["Date"] = format_datetime(envelope.at.replace(tzinfo=UTC))
    message["Message-ID"] = f"<{envelope.message_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    if envelope.unsubscribe:
        message["List-Unsubscribe"] = f"<{envelope.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(_text(told, envelope.unsubscribe), cte="quoted-printable")
    message.add_alternative(
        _html(told, [p[0] if p else None for p in pictures], envelope.unsubscribe),
        subtype="html",
        cte="quoted-printable",
    )
    html = message.get_payload()[1]  # type: ignore[index]
    for picture in pictures:
        if picture:
            html.add_related(picture[1], "image", "png", cid=f"<{picture[0]}>", disposition="inline")  # type: ignore[union-attr]
    for i, part in enumerate(p for p in message.walk() if p.is_multipart()):
        part.set_boundary(f"=_{sha256_hex(f'{envelope.message_id}/{i}')[:40]}")
    return message.as_bytes(policy=_UNFOLDED)


def is_address(text: str) -> bool:
    """Whether a text is one plain ASCII address: no name, no list, no space, nothing that a header could end at."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None


def _digest_subject(told: Sequence[Words]) -> str:
    return f"{len(told)} Minority Events, first {told[0].headline}"


def _pictures(alerts: Sequence[Facts], message_id: str, host: str) -> list[tuple[str, bytes] | None]:
    """Return each alert's chart with its content id; None where there is nothing to draw, or too many were drawn."""
    pictures: list[tuple[str, bytes] | None] = []
    for i, facts in enumerate(alerts):
        if facts.series is None or not facts.event or i >= MOST_CHARTS:
            pictures.append(None)
            continue
        start = facts.series.dates[0]
        first, last = ((facts.event[k].date() - start).days for k in ("first_detected_at", "last_detected_at"))
        drawn = chart_png(facts.series, first, last, is_up=facts.event["direction"] == "up")
        pictures.append((f"chart{i}.{message_id[:32]}@{host}", drawn))
    return pictures


def _text(told: Sequence[Words], unsubscribe: str | None) -> str:
    parts = []
    for w in told:
        lines = [w.headline, w.why, ""]
        if w.sentence:
            lines += [w.sentence, ""]
        lines += [f"At stake:  {w.money}", f"Cause:     {w.cause}", f"Where:     {w.where}", f"When:      {w.when}"]
        parts.append("\n".join([*lines, f"Severity:  {w.severity}", "", f"Open it:   {w.link}"]))
    foot = "You get this because of a subscription to alerts of the Minority Report System."
    if unsubscribe:
        foot += f"\nUnsubscribe: {unsubscribe}"
    return "\n\n----\n\n".join(parts) + f"\n\n-- \n{foot}\n"


_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_CELL = "padding:2px 12px 2px 0;vertical-align:top"


def _html(told: Sequence[Words], pictures: Sequence[str | None], unsubscribe: str | None) -> str:
    cards = "".join(_card(w, picture) for w, picture in zip(told, pictures, strict=True))
    stop = f' <a href="{escape(unsubscribe)}" style="color:#5c677a">Unsubscribe</a>' if unsubscribe else ""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<title>Minority Report System</title></head>"
        f'<body style="margin:0;padding:16px;background:#f2f4f7;color:#1c2430;{_FONT};font-size:15px;line-height:1.45">'
        '<table role="presentation" align="center" cellpadding="0" cellspacing="0" '
        f'style="width:100%;max-width:{WIDTH + 48}px;margin:0 auto">{cards}'
        '<tr><td style="padding:4px 24px;color:#5c677a;font-size:12px">'
        f"You get this because of a subscription to alerts of the Minority Report System.{stop}</td></tr>"
        "</table></body></html>\n"
    )


def _card(w: Words, picture: str | None) -> str:
    rows = (("At stake", w.money), ("Cause", w.cause), ("Where", w.where), ("When", w.when), ("Severity", w.severity))
    cells = "".join(
        f'<tr><td style="{_CELL};color:#5c677a">{name}</td><td style="{_CELL}">{escape(value)}</td></tr>'
        for name, value in rows
    )
    sentence = f'<p style="margin:12px 0">{escape(w.sentence)}</p>' if w.sentence else ""
    return (
        '<tr><td style="padding-bottom:16px"><div style="background:#ffffff;border-radius:8px;padding:20px 24px">'
        f'<h1 style="margin:0;font-size:19px;line-height:1.3">{escape(w.headline)}</h1>'
        f'<p style="margin:4px 0 12px;color:#5c677a">{escape(w.why)}</p>{sentence}{_image(picture)}'
        f'<table role="presentation" cellpadding="0" cellspacing="0" style="font-size:15px">{cells}</table>'
        f'<p style="margin:16px 0 0"><a href="{escape(w.link)}" style="display:inline-block;background:#1c64c0;'
        'color:#ffffff;text-decoration:none;padding:9px 16px;border-radius:6px">Open the event</a></p></div></td></tr>'
    )


def _image(picture: str | None) -> str:
    if picture is None:
        return ""
    return (
        f'<img src="cid:{escape(picture)}" width="{WIDTH}" height="{HEIGHT}" '
        'alt="Sales by day beside what was expected; the days of the event are shaded." '
        'style="display:block;width:100%;height:auto;margin:12px 0 2px;background:#ffffff">'
        '<p style="margin:0 0 12px;color:#5c677a;font-size:12px">Sales of the event\'s stores by day, in colour, '
        "beside what was expected (grey, with its 90 % band). The event's days are shaded.</p>"
    )
