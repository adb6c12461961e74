"""The ways out: mail through SES, the alert topic on SNS. One call a message, never repeated by the client itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from mrs.alerts.mail import Envelope, mail
from mrs.alerts.mail_content import FactBook
from mrs.alerts.settle import Message
from mrs.alerts.tokens import unsubscribe_token
from mrs.errors import BadInputError

from functions.notify.outcomes import Outcome, outcome_of

_MOST_NAMES = 50


def sending_client(service: str) -> Any:
    """Return a client that makes one attempt: a retry after a broken connection could send twice."""
    config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=5, read_timeout=20)
    return boto3.client(service, config=config)  # type: ignore[call-overload]


@dataclass(frozen=True)
class Mailing:
    """How mail is sent: from whom, through which configuration set, and how people stop it."""

    sender: str
    configuration_set: str
    unsubscribe_url: str
    secret: Callable[[], bytes]


@dataclass(frozen=True)
class SesChannel:
    """Mail through SES, tagged so that what comes back finds its message."""

    ses: Any
    mailing: Mailing
    facts: FactBook
    now: datetime

    def prepare(self, message: Message) -> dict[str, Any]:
        """Return the call's arguments: the raw mail and its tags."""
        if not self.mailing.sender:
            raise BadInputError("no sender is configured for mail")
        envelope = Envelope(
            self.mailing.sender, message.delivered_to, self.now, message.message_id, self._unsubscribe(message)
        )
        raw = mail(envelope, [self.facts.of(alert) for alert in message.alerts])
        tags = [{"Name": name, "Value": value} for name, value in _tags(self.facts.run_id, message).items()]
        more = {"ConfigurationSetName": self.mailing.configuration_set} if self.mailing.configuration_set else {}
        return {
            "Source": self.mailing.sender,
            "Destinations": [message.delivered_to],
            "RawMessage": {"Data": raw},
            "Tags": tags,
            **more,
        }

    def _unsubscribe(self, message: Message) -> str | None:
        subscription = message.alerts[0]["subscription_id"]
        if not self.mailing.unsubscribe_url or subscription is None:
            return None
        token = unsubscribe_token(self.mailing.secret(), message.delivered_to, subscription)
        return f"{self.mailing.unsubscribe_url}?token={token}"

    def send(self, prepared: dict[str, Any]) -> Outcome:
        """Send it."""
        return outcome_of(lambda: str(self.ses.send_raw_email(**prepared)["MessageId"]))


@dataclass(frozen=True)
class SnsChannel:
    """The alert topic: JSON, with attributes that subscribers' filter policies can choose by."""

    sns: Any
    facts: FactBook

    def prepare(self, message: Message) -> dict[str, Any]:
        """Return the call's arguments: the message and its attributes."""
        alert = message.alerts[0]
        facts = self.facts.of(alert)
        event = facts.event
        told = {name: alert[name] for name in ("notification_id", "event_id", "trigger_condition", "severity", "link")}
        told |= {"name": alert["headline"], "cause": alert["cause"], "sales_delta": alert["sales_delta"]}
        told |= {name: event.get(name) for name in ("direction", "expected_sales", "regions", "retailers", "n_stores")}
        told |= {"event_status": alert["report_status"], "sentence": facts.sentence, "currency": facts.currency}
        attributes: dict[str, Any] = {name: _text(value) for name, value in _tags(self.facts.run_id, message).items()}
        attributes |= {
            "trigger": _text(_kind(alert["trigger_condition"])),
            "cause": _text(alert["cause"] or "unknown"),
            "severity": {"DataType": "Number", "StringValue": f"{alert['severity']:.6f}"},
        }
        attributes |= {name: _texts(event.get(name) or ()) for name in ("regions", "retailers")}
        return {
            "TopicArn": message.delivered_to,
            "Subject": "Minority Event",
            "Message": json.dumps(told, ensure_ascii=False),
            "MessageAttributes": attributes,
        }

    def send(self, prepared: dict[str, Any]) -> Outcome:
        """Publish it."""
        return outcome_of(lambda: str(self.sns.publish(**prepared)["MessageId"]))


def _tags(run_id: str, message: Message) -> Mapping[str, str]:
    """Return what an echo or a bounce names its message by: letters, digits and dashes, as SES wants its tags."""
    return {
        "mrs-message": message.message_id,
        "mrs-attempt": str(message.attempt),
        "mrs-run": run_id.encode().hex(),
        "mrs-tick": message.alerts[0]["first_tick"].isoformat(),
    }


def _kind(condition: str) -> str:
    return condition.partition(">=")[0].partition("=")[0]


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _texts(values: Sequence[str]) -> dict[str, str]:
    return {"DataType": "String.Array", "StringValue": json.dumps(list(values)[:_MOST_NAMES], ensure_ascii=False)}
