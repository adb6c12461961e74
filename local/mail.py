"""Mail and topics as they behave on AWS: SES tells its event destination what it took, SNS tells functions who spoke.

What SES takes is kept as `.eml` files, to be opened with any mail program.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from moto.ses.responses import EmailResponse
from moto.sns.models import Subscription

from local.clients import client


@contextmanager
def delivered(outbox: Path | None) -> Iterator[None]:
    """Let SES and SNS tell what they took for as long as the context lasts.

    Mends: moto publishes no event of a configuration set, and hands a function subscribed to a topic made-up
    attributes and ids.

    Parameters
    ----------
    outbox
        Folder for the mails; None if they are not kept.
    """
    with (
        patch.object(EmailResponse, "send_raw_email", _telling(outbox)),
        patch.object(Subscription, "publish", _naming()),
    ):
        yield


def _telling(outbox: Path | None) -> Callable[[EmailResponse], Any]:
    send = EmailResponse.send_raw_email

    def send_raw_email(self: EmailResponse) -> Any:
        answer = send(self)
        mail = self.backend.sent_messages[-1]
        if outbox is not None:
            outbox.mkdir(parents=True, exist_ok=True)
            (outbox / f"{mail.id}.eml").write_text(mail.raw_data, newline="")
        name = self._get_param("ConfigurationSetName")
        destination = self.backend.config_set_event_destination.get(name or "", {})
        topic = destination.get("SNSDestination", {}).get("TopicARN")
        if topic and "send" in destination.get("MatchingEventTypes", ()):
            event = _send_event(mail.id, self._get_param("Source"), self._get_param("Destinations", []), _tags(self))
            client("sns").publish(TopicArn=topic, Message=json.dumps(event))
        return answer

    return send_raw_email


def _tags(response: EmailResponse) -> dict[str, list[str]]:
    return {tag["Name"]: [tag["Value"]] for tag in response._get_param("Tags", [])}


def _send_event(message_id: str, source: str, to: list[str], tags: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return SES's Send event, as a configuration set publishes it."""
    mail = {"timestamp": _now(), "messageId": message_id, "source": source, "destination": to, "tags": tags}
    return {"eventType": "Send", "mail": mail, "send": {}}


def _naming() -> Callable[..., None]:
    publish = Subscription.publish

    def to_function(self: Subscription, message: str, message_id: str, **more: Any) -> None:
        if self.protocol != "lambda":
            publish(self, message, message_id, **more)
            return
        sns = {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": self.topic.arn,
            "Subject": more.get("subject"),
            "Message": message,
            "Timestamp": _now(),
            "MessageAttributes": _attributes(more.get("message_attributes") or {}),
        }
        event = {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]}
        client("lambda").invoke(FunctionName=self.endpoint, Payload=json.dumps(event).encode())

    return to_function


def _attributes(given: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    return {name: {"Type": a["Type"], "Value": str(a["Value"])} for name, a in given.items()}


def _now() -> str:
    moment = datetime.now(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
