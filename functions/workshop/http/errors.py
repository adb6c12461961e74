"""The only place where errors become HTTP answers: one problem document (RFC 9457) for each."""

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
from mrs.errors import BadInputError, TransientError

from functions.workshop.http.problems import FieldFault, Problem, ProblemError

PROBLEM_JSON = "application/problem+json"
RETRY_SECONDS = "2"
logger = Logger()


def register(app: APIGatewayHttpResolver) -> None:
    """Let the app answer every error with a problem document."""
    handlers: dict[type[Exception], Callable[[Any], Response[Any]]] = {
        RequestValidationError: _invalid,
        RequestUnsupportedContentType: _unsupported,
        UnicodeDecodeError: _not_utf8,
        ProblemError: _own,
        BadInputError: _bad_input,
        TransientError: _busy,
        ServiceError: service_problem,
        Exception: _unexpected,
    }
    for kind, handle in handlers.items():
        app.exception_handler(kind)(handle)


def problem(status: HTTPStatus, detail: str, errors: Sequence[FieldFault] = ()) -> Response[str]:
    """Return a problem document."""
    body = Problem(type="about:blank", title=status.phrase, status=status, detail=detail, errors=list(errors))
    return Response(status, PROBLEM_JSON, body.model_dump_json())


def _invalid(error: RequestValidationError) -> Response[str]:
    faults = [FieldFault(where=".".join(map(str, e["loc"])), message=_message(e)) for e in error.errors()]
    detail = "; ".join(f"{f.where}: {f.message}" for f in faults[:5])
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"the request does not fit: {detail}", faults)


def _message(fault: dict[str, Any]) -> str:
    return str(fault.get("msg") or fault["type"]).removeprefix("Value error, ")


def _unsupported(_error: RequestUnsupportedContentType) -> Response[str]:
    return not_json()


def not_json() -> Response[str]:
    """Return the answer to a body of another media type than JSON."""
    return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the body as application/json")


def _not_utf8(_error: UnicodeDecodeError) -> Response[str]:
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "send the body as UTF-8")


def _own(error: ProblemError) -> Response[str]:
    return Response(error.problem.status, PROBLEM_JSON, error.problem.model_dump_json())


def _bad_input(error: BadInputError) -> Response[str]:
    return problem(HTTPStatus.BAD_REQUEST, str(error))


def _busy(error: TransientError) -> Response[str]:
    logger.warning("transient", exc_info=error)
    answer = problem(HTTPStatus.SERVICE_UNAVAILABLE, "something behind the API is busy; send the same request again")
    answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def service_problem(error: ServiceError) -> Response[str]:
    """Return the problem document of an HTTP error such as 403 or 404."""
    return problem(HTTPStatus(error.status_code), str(error.msg))


def _unexpected(error: Exception) -> Response[str]:
    logger.exception("unexpected", exc_info=error)
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "this should not have happened; it has been logged")
