"""What a webhook is sent: a signed body, as JSON of ours or in the form that Slack or Teams takes.

Signatures follow the Standard Webhooks specification (standardwebhooks.com): HMAC-SHA256 over id, time and body. The id
is that of the message, so that a receiver recognises a repetition.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from mrs.alerts.mail_content import Facts
from mrs.alerts.wording import words
from mrs.errors import BadInputError

_TOLD = ("notification_id", "event_id", "trigger_condition", "severity", "cause", "sales_delta", "link")
_OF_EVENT = ("direction", "expected_sales", "regions", "retailers", "n_stores")


class Form(StrEnum):
    """What a receiver understands."""

    GENERIC = "generic"
    SLACK = "slack"
    TEAMS = "teams"


class Webhook(BaseModel):
    """A receiver, as the secret holds it under its name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(description="Where to post; itself a secret.")
    key: str = Field("", description="What bodies are signed with; empty: they are not.")
    form: Form = Field(Form.GENERIC, description="`generic`, `slack` or `teams`.")


def webhooks_of(secret: str) -> dict[str, Webhook]:
    """Return the receivers by name, from the secret's JSON.

    Raises
    ------
    BadInputError
        If it does not fit; the message holds no value of it.
    """
    try:
        return TypeAdapter(dict[str, Webhook]).validate_json(secret)
    except ValidationError as error:
        wrong = "; ".join(".".join(map(str, e["loc"])) + ": " + e["msg"] for e in error.errors(include_input=False))
        raise BadInputError(f"the webhooks' secret cannot be read: {wrong}") from None


def body_of(form: Form, alerts: Sequence[Facts]) -> bytes:
    """Return the body of a message about one alert, or about several."""
    if form is Form.GENERIC:
        content: Mapping[str, Any] = {"type": "mrs.alerts", "alerts": [_told(facts) for facts in alerts]}
    else:
        lines = [_lines(facts) for facts in alerts]
        content = _slack(lines) if form is Form.SLACK else _teams(lines)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def headers_of(webhook: Webhook, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a message; `now` is its logical time, UTC without a zone."""
    seconds = str(int(now.replace(tzinfo=UTC).timestamp()))
    headers = {"content-type": "application/json", "webhook-id": message_id, "webhook-timestamp": seconds}
    if webhook.key:
        signed = b".".join((message_id.encode(), seconds.encode(), body))
        signature = hmac.new(webhook.key.encode(), signed, hashlib.sha256).digest()
        headers["webhook-signature"] = "v1," + base64.b64encode(signature).decode()
    return headers


def _told(facts: Facts) -> dict[str, Any]:
    told = {name: facts.alert[name] for name in _TOLD}
    told |= {name: facts.event.get(name) for name in _OF_EVENT} | {"currency": facts.currency}
    return told | {"name": facts.alert["headline"], "status": facts.alert["report_status"], "sentence": facts.sentence}


def _lines(facts: Facts) -> tuple[str, str, str]:
    """Return title, text and link of an alert."""
    said = words(facts)
    text = f"{said.money[:1].upper()}{said.money[1:]}. Cause: {said.cause}. {said.where}, {said.when}."
    return said.headline, f"{text} {said.sentence or ''}".strip(), said.link


def _slack(lines: Sequence[tuple[str, str, str]]) -> Mapping[str, Any]:
    texts = [f"*<{_slack_text(link)}|{_slack_text(title)}>*\n{_slack_text(text)}" for title, text, link in lines]
    return {"text": "\n\n".join(texts)}


def _slack_text(text: str) -> str:
    """Escape the three characters that Slack's markup reserves."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(lines: Sequence[tuple[str, str, str]]) -> Mapping[str, Any]:
    """Return an Adaptive Card; its text runs take no markup."""
    blocks: list[dict[str, Any]] = []
    for title, text, _ in lines:
        blocks.append({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": title, "weight": "Bolder"}]})
        blocks.append({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]})
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": blocks,
        "actions": [{"type": "Action.OpenUrl", "title": "Open in the Workshop", "url": lines[0][2]}],
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }
