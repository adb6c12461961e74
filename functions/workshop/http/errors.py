"""Errors become HTTP here, and only here: one problem document (RFC 9457) whatever went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from mrs.errors import BadInputError, MrsError, TransientError

from functions.workshop.people import Role, caller
from functions.workshop.views_more import Clash, Conflict, FieldFault, Problem

PROBLEM_JSON = "application/problem+json"
RETRY_SECONDS = "2"
logger = Logger()


class EditConflictError(MrsError):
    """An edit of objects that have changed since the author saw them; nothing was written."""

    def __init__(self, conflicts: Sequence[Clash]) -> None:
        super().__init__(f"{len(conflicts)} changed since")
        self.conflicts = list(conflicts)


def register(app: APIGatewayHttpResolver) -> None:
    """Let the app answer every error with a problem document."""
    handlers: dict[type[Exception], Callable[[Any], Response[Any]]] = {
        RequestValidationError: _invalid,
        RequestUnsupportedContentType: _unsupported,
        UnicodeDecodeError: _not_utf8,
        EditConflictError: _conflict,
        BadInputError: _bad_input,
        TransientError: _busy,
        ServiceError: _service,
        Exception: _unexpected,
    }
    for kind, handle in handlers.items():
        app.exception_handler(kind)(handle)


def problem(status: HTTPStatus, detail: str, errors: Sequence[FieldFault] = ()) -> Response[str]:
    """Return a problem document."""
    body = Problem(type="about:blank", title=status.phrase, status=status, detail=detail, errors=list(errors))
    return Response(status, PROBLEM_JSON, body.model_dump_json())


def refusal(event: dict[str, Any], least: Role) -> dict[str, Any] | None:
    """Return the answer to whom the route is not for, and to a body that is not JSON; None: there is no such fault.

    Nothing has parsed the request by then: who may not ask is not told what is wrong with the question.
    """
    kind = event.get("headers", {}).get("content-type", "").partition(";")[0].strip().lower()
    try:
        if "authorizer" in event["requestContext"]:
            caller(event, least)
        if not event.get("body") or kind in ("", "application/json"):
            return None
        answer = _unsupported(RequestUnsupportedContentType(kind, errors=[]))
    except ServiceError as error:
        answer = _service(error)
    return {
        "statusCode": int(answer.status_code),
        "headers": {"Content-Type": PROBLEM_JSON},
        "body": answer.body,
        "isBase64Encoded": False,
    }


def _invalid(error: RequestValidationError) -> Response[str]:
    faults = [FieldFault(where=".".join(map(str, e["loc"])), message=_message(e)) for e in error.errors()]
    detail = "; ".join(f"{f.where}: {f.message}" for f in faults[:5])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"the request does not fit: {detail}", faults)


def _message(fault: dict[str, Any]) -> str:
    return str(fault.get("msg") or fault["type"]).removeprefix("Value error, ")


def _unsupported(_error: RequestUnsupportedContentType) -> Response[str]:
    return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body as application/json")


def _not_utf8(_error: UnicodeDecodeError) -> Response[str]:
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "send the body as UTF-8")


def _conflict(error: EditConflictError) -> Response[str]:
    status, count = HTTPStatus.CONFLICT, len(error.conflicts)
    body = Conflict(
        type="about:blank",
        title="Changed since you saw it",
        status=status,
        detail=f"{count} object(s) changed since the state that the edit is based on; nothing was written. "
        "Look at both versions and send the edit again, based on the current one.",
        conflicts=error.conflicts,
    )
    return Response(status, PROBLEM_JSON, body.model_dump_json())


def _bad_input(error: BadInputError) -> Response[str]:
    return problem(HTTPStatus.BAD_REQUEST, str(error))


def _busy(error: TransientError) -> Response[str]:
    logger.warning("transient", exc_info=error)
    answer = problem(HTTPStatus.SERVICE_UNAVAILABLE, "something behind the API is busy; send the same request again")
    answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def _service(error: ServiceError) -> Response[str]:
    return problem(HTTPStatus(error.status_code), str(error.msg))


def _unexpected(error: Exception) -> Response[str]:
    logger.exception("unexpected", exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "this should not have happened; it has been logged")
