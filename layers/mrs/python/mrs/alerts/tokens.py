"""Signed unsubscribe tokens (address and subscription), so that the link in a mail works without signing in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json

_PURPOSE = b"mrs-unsubscribe-1:"


def unsubscribe_token(secret: bytes, address: str, subscription_id: str) -> str:
    """Return a token, letters, digits, `-`, `_` and one `.`, that lets its bearer end this one thing."""
    body = _encode(json.dumps([address, subscription_id], separators=(",", ":")).encode())
    return f"{body}.{_encode(_signature(secret, body))}"


def read_token(secret: bytes, token: str) -> tuple[str, str] | None:
    """Return the address and the subscription of a token, or None where it is not one of ours."""
    body, _, signature = token.partition(".")
    try:
        given = _decode(signature)
        if not hmac.compare_digest(given, _signature(secret, body)):
            return None
        address, subscription_id = json.loads(_decode(body))
    except (ValueError, binascii.Error):
        return None
    return str(address), str(subscription_id)


def _signature(secret: bytes, body: str) -> bytes:
    return hmac.new(secret, _PURPOSE + body.encode("utf-8", "surrogatepass"), hashlib.sha256).digest()


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
