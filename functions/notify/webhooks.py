"""The webhook channel: one HTTPS request a message, to public addresses only, without redirects or repetitions."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import urllib3
from mrs.alerts.mail_content import FactBook
from mrs.alerts.settle import Message
from mrs.alerts.webhook import Webhook, body_of, headers_of
from mrs.errors import BadInputError
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from functions.notify.outcomes import Outcome

SECONDS = urllib3.Timeout(connect=5, read=15)
_NEVER_REACHED = (ConnectTimeoutError, NewConnectionError, SSLError)
_SUCCESS = range(200, 300)


@dataclass(frozen=True)
class Request:
    """A prepared request: the address that was checked, the host that it is for, and what is sent."""

    scheme: str
    address: str
    host: str
    port: int
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class WebhookChannel:
    """Receivers by name; what is logged of a message names the receiver, never its URL.

    Parameters
    ----------
    webhooks
        Returns the receivers by name; asked once a message is to be sent.
    facts, now
        What the alerts tell, and the logical time of the round, UTC.
    allow_private
        Whether receivers may have private addresses and plain HTTP: on a laptop only.
    """

    webhooks: Callable[[], Mapping[str, Webhook]]
    facts: FactBook
    now: datetime
    allow_private: bool = False

    def prepare(self, message: Message) -> Request:
        """Return the request.

        Raises
        ------
        BadInputError
            If there is no such receiver, or its address is not allowed.
        """
        webhook = self.webhooks().get(message.delivered_to)
        if webhook is None:
            raise BadInputError(f"there is no webhook {message.delivered_to!r}")
        url = urlsplit(webhook.url)
        host, secure = url.hostname or "", url.scheme == "https"
        if not host or (not secure and not (self.allow_private and url.scheme == "http")):
            raise BadInputError(f"the URL of webhook {message.delivered_to!r} must begin with https://")
        port = url.port or (443 if secure else 80)
        body = body_of(webhook.form, [self.facts.of(alert) for alert in message.alerts])
        headers = headers_of(webhook, message.message_id, self.now, body) | {"host": url.netloc.rpartition("@")[2]}
        target = (url.path or "/") + (f"?{url.query}" if url.query else "")
        address = _address(host, port, allow_private=self.allow_private)
        return Request(url.scheme, address, host, port, target, headers, body)

    def send(self, prepared: Request) -> Outcome:
        """Post the body. Any answer but 2xx means that it was refused; without an answer the outcome is unknown."""
        more: dict[str, Any] = {}
        kind: type[urllib3.HTTPConnectionPool] = urllib3.HTTPConnectionPool
        if prepared.scheme == "https":  # the address was checked: the name is not looked up again
            kind = urllib3.HTTPSConnectionPool
            more = {"server_hostname": prepared.host, "assert_hostname": prepared.host}
        try:
            with kind(prepared.address, prepared.port, timeout=SECONDS, retries=False, **more) as pool:
                answer = pool.request(
                    "POST", prepared.target, body=prepared.body, headers=dict(prepared.headers), redirect=False
                )
        except _NEVER_REACHED as error:
            return Outcome("refused", None, type(error).__name__)
        except (HTTPError, OSError) as error:  # the request may have arrived
            return Outcome("unknown", None, type(error).__name__)
        if answer.status in _SUCCESS:
            return Outcome("accepted", prepared.headers["webhook-id"])
        return Outcome("refused", None, f"the receiver answered {answer.status}")


def _address(host: str, port: int, *, allow_private: bool) -> str:
    """Return an address of the host, all of whose addresses are public.

    Raises
    ------
    BadInputError
        If the host has no address, or one that is not public.
    """
    try:
        found = sorted({str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except OSError:
        raise BadInputError("the webhook's host has no address") from None
    if not allow_private and not all(ipaddress.ip_address(one).is_global for one in found):
        raise BadInputError("the webhook's host has an address that is not public")
    return found[0]
