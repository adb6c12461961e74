"""The Lambda's face of the Workshop's API."""

from __future__ import annotations

from typing import Any

from functions.workshop.api import make_app, role_needed
from functions.workshop.errors import refusal

APP = make_app()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one HTTP API event (payload 2.0)."""
    answer: dict[str, Any] = refusal(event, role_needed(APP, event)) or APP.resolve(event, context)
    return answer
