"""Checks of a request before anything parses it: the caller's role, the body's media type, the limits of its JSON.

They come first so that a caller who lacks the role is not told what is wrong with the request, and so that a body which
no parser survives is refused in one place.
"""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError

from functions.workshop.http.auth import Role, caller
from functions.workshop.http.errors import PROBLEM_JSON, not_json, problem, service_problem

JSON = "application/json"
CONTENT_TYPE = "content-type"


def refusal(event: dict[str, Any], least: Role) -> dict[str, Any] | None:
    """Return the 403, 415 or 400 answer to a request that must not be parsed; None if it may proceed.

    Parameters
    ----------
    event
        An HTTP API event (payload 2.0).
    least
        The least role that the route requires.
    """
    try:
        if "authorizer" in event["requestContext"]:
            caller(event, least)
        answer = _unreadable(event) if event.get("body") else None
    except ServiceError as error:
        answer = service_problem(error)
    if answer is None:
        return None
    headers = {"Content-Type": PROBLEM_JSON}
    return {"statusCode": int(answer.status_code), "headers": headers, "body": answer.body, "isBase64Encoded": False}


def with_plain_media_type(event: dict[str, Any]) -> dict[str, Any]:
    """Return the event with its JSON media type in lower case: media types have no case, the framework's check has."""
    headers = event.get("headers", {})
    kind, semicolon, rest = headers.get(CONTENT_TYPE, "").partition(";")
    if kind.strip().lower() != JSON:
        return event
    return {**event, "headers": {**headers, CONTENT_TYPE: f"{JSON}{semicolon}{rest}"}}


def _unreadable(event: dict[str, Any]) -> Response[str] | None:
    kind = event.get("headers", {}).get(CONTENT_TYPE, "").partition(";")[0].strip().lower()
    if kind not in ("", JSON):
        return not_json()
    try:
        json.loads(base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"])
    except (json.JSONDecodeError, UnicodeDecodeError):
        return None  # the framework says where
    except RecursionError:
        return problem(HTTPStatus.BAD_REQUEST, "the JSON of the body is nested too deep; no request needs that")
    except ValueError:
        return problem(HTTPStatus.BAD_REQUEST, "the body holds a number with too many digits")
    return None
