"""What comes back: SES's events and the alert topic's echo, by SNS. Bounces and complaints stop mail to the address."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import BadInputError
from mrs.identity import row_id
from mrs.store.keys import checked_run_id
from mrs.store.log_store import Write

from functions.notify.rows import write_of

ATTEMPTS = dataset("alert_attempts_log")
FEEDBACK = dataset("alert_feedback_log")
UNATTRIBUTED = "unattributed"  # the run of what came back without our tags
_DETAIL = 500


def handler(event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Log what SNS brings; a repeat is the same row. What cannot be read fails, and ends in the dead-letter queue."""
    writes = [write for record in event["Records"] for write in _read(record)]
    written = Environment.read().logs().append(writes)
    return {"logged": sum(w.created for w in written)}


def _read(record: Any) -> list[Write]:
    try:
        return writes_for(record["Sns"])
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError) as error:
        said = f"{type(error).__name__}: {error}"[:200]
        raise BadInputError(f"this feedback cannot be read ({said}); look at it in the dead-letter queue") from None


@dataclass(frozen=True)
class _Tags:
    """Which message it is about, as our own tags say."""

    run_id: str
    tick: date
    message_id: str | None
    attempt: int

    @classmethod
    def read(cls, tags: Mapping[str, str], at: datetime) -> _Tags:
        if "mrs-message" not in tags:
            return cls(UNATTRIBUTED, at.date(), None, 0)
        run_id = checked_run_id(bytes.fromhex(tags["mrs-run"]).decode())
        return cls(run_id, date.fromisoformat(tags["mrs-tick"]), tags["mrs-message"], int(tags["mrs-attempt"]))


def writes_for(sns: Mapping[str, Any]) -> list[Write]:
    """Return what to append for one SNS message: an alert's echo, or an event of SES."""
    received = _moment(sns["Timestamp"])
    attributes = {k: v["Value"] for k, v in sns.get("MessageAttributes", {}).items()}
    body = json.loads(sns["Message"])
    if "mail" not in body:
        tags = _Tags.read(attributes, received)
        return [_echo(tags, received, "sns", sns.get("TopicArn", ""), sns["MessageId"])] if tags.message_id else []
    sent = body["mail"]
    kind = str(body.get("eventType") or body.get("notificationType")).lower()
    tags = _Tags.read({k: v[0] for k, v in sent.get("tags", {}).items() if v}, received)
    if kind in ("send", "delivery"):
        to = ", ".join(sent["destination"])
        return [_echo(tags, received, "email", to, sent["messageId"])] if tags.message_id else []
    return [_stop(tags, kind, received, sent, *about) for about in _addresses(kind, body)]


def _echo(tags: _Tags, at: datetime, channel: str, to: str, provider_id: str) -> Write:
    """Return the proof that a service took a message."""
    row = {
        "message_id": tags.message_id,
        "attempt": tags.attempt,
        "phase": "echoed",
        "channel": channel,
        "delivered_to": to,
        "claimed_at": None,
        "provider_message_id": provider_id,
        "error": None,
    }
    part = f"{str(tags.message_id)[:40]}x{tags.attempt}echoed{row_id(provider_id)[:8]}"
    return write_of(ATTEMPTS, tags.run_id, tags.tick, at, part, [row])


def _addresses(kind: str, body: Mapping[str, Any]) -> Iterable[tuple[str, bool, str]]:
    """Yield each address that an event is about, whether it stops further mail to it, and the reason given."""
    if kind == "bounce":
        said = body["bounce"]
        for recipient in said["bouncedRecipients"]:
            text = f"{said['bounceType']}/{said.get('bounceSubType')}: {recipient.get('diagnosticCode', '')}"
            yield recipient["emailAddress"], said["bounceType"] == "Permanent", text
    elif kind == "complaint":
        said = body["complaint"]
        why = said.get("complaintFeedbackType") or "not said"
        for recipient in said["complainedRecipients"]:
            yield recipient["emailAddress"], why != "not-spam", why
    elif kind == "reject":
        for address in body["mail"]["destination"]:
            yield address, False, str(body.get("reject", {}).get("reason"))


def _stop(
    tags: _Tags, kind: str, at: datetime, sent: Mapping[str, Any], address: str, is_permanent: bool, detail: str
) -> Write:
    to = address.rpartition("<")[2].rstrip(">").strip().lower()
    feedback_id = row_id(kind, to, sent["messageId"])
    row = {
        "feedback_id": feedback_id,
        "kind": kind,
        "is_permanent": is_permanent,
        "channel": "email",
        "address": to,
        "message_id": tags.message_id,
        "subscription_id": None,
        "provider_message_id": sent["messageId"],
        "happened_at": at,
        "detail": detail[:_DETAIL],
    }
    return write_of(FEEDBACK, tags.run_id, tags.tick, at, feedback_id[:40], [row])


def _moment(text: str) -> datetime:
    """Return SNS's timestamp as UTC without a zone, to the millisecond."""
    moment = datetime.fromisoformat(text)
    moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
