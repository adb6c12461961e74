"""Lambda entry point of the Workshop's API."""

from __future__ import annotations

from typing import Any

from functions.workshop.api import make_app, role_needed
from functions.workshop.http.precheck import refusal, with_plain_media_type

APP = make_app()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one HTTP API event (payload 2.0)."""
    refused = refusal(event, role_needed(APP, event))
    if refused is not None:
        return refused
    answer: dict[str, Any] = APP.resolve(with_plain_media_type(event), context)
    return answer
