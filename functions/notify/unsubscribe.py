"""One-click unsubscribe (RFC 8058): a signed link ends one subscription's mail to one address, without a log-in."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from html import escape
from typing import Any
from urllib.parse import quote

from mrs.alerts.tokens import read_token
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import BadInputError
from mrs.identity import row_id
from mrs.store.log_store import LogStore
from mrs.store.runs import active_run

from functions.notify.feedback import UNATTRIBUTED
from functions.notify.rows import write_of
from functions.notify.wiring import AlertEnvironment, secret_of

FEEDBACK = dataset("alert_feedback_log")
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer one HTTP API event: GET asks (link scanners follow links), POST does it; 403 if the token is not ours."""
    token = (event.get("queryStringParameters") or {}).get("token", "")
    known = read_token(secret_of(AlertEnvironment.read().unsubscribe_secret), token)
    if known is None:
        return _page(403, "<p>This link is not valid. The newest alert mail has one that is.</p>")
    address, subscription_id = known
    if event["requestContext"]["http"]["method"] != "POST":
        return _page(
            200,
            f"<p>End these alert mails to <b>{escape(address)}</b>?</p>"
            f'<form method="post" action="?token={escape(quote(token))}"><button>Unsubscribe</button></form>',
        )
    moment = datetime.fromtimestamp(event["requestContext"]["timeEpoch"] / 1000, UTC).replace(tzinfo=None)
    unsubscribe(Environment.read().logs(), address, subscription_id, moment)
    return _page(200, f"<p>Done: {escape(address)} gets no more mail of this subscription.</p>")


def unsubscribe(logs: LogStore, address: str, subscription_id: str, at: datetime) -> None:
    """Log that an address wants no more mail of a subscription."""
    try:
        run_id = active_run(logs)
    except BadInputError:
        run_id = UNATTRIBUTED
    feedback_id = row_id("unsubscribe", address, subscription_id, at.isoformat())
    row = {
        "feedback_id": feedback_id,
        "kind": "unsubscribe",
        "is_permanent": True,
        "channel": "email",
        "address": address,
        "message_id": None,
        "subscription_id": subscription_id,
        "provider_message_id": None,
        "happened_at": at,
        "detail": None,
    }
    logs.append([write_of(FEEDBACK, run_id, at.date(), at, feedback_id[:40], [row])])


def _page(status: int, body: str) -> dict[str, Any]:
    html = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Alerts</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"></head>'
        f'<body style="font-family:sans-serif;max-width:32em;margin:4em auto;padding:0 1em">{body}</body></html>'
    )
    encoded = base64.b64encode(html.encode()).decode()
    return {"statusCode": status, "headers": _HEADERS, "body": encoded, "isBase64Encoded": True}
