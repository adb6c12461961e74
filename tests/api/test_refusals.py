"""What the API asks of a token and of a moment, without a stack: quick, and to the point."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import ForbiddenError
from aws_lambda_powertools.utilities.typing import LambdaContext
from mrs.environment import Environment
from mrs.errors import TransientError
from mrs.identity import schedule_time
from mrs.store.log_store import Write

from functions.workshop.alerts.requests import AlertFilters
from functions.workshop.alerts.service import NOTIFICATIONS, all_alerts
from functions.workshop.http.auth import Role, caller
from functions.workshop.http.errors import register
from functions.workshop.state.context import RequestContext
from tests.builders import TICK, table


@pytest.mark.parametrize("use", ["id", "", None])
def test_only_an_access_token_opens(use: str | None) -> None:
    claims = {"username": "eve", "cognito:groups": "[manager]"} | ({} if use is None else {"token_use": use})
    event = {"requestContext": {"authorizer": {"jwt": {"claims": claims}}}, "headers": {}}
    with pytest.raises(ForbiddenError, match="access token"):
        caller(event, Role.VIEWER)


def test_alerts_of_a_past_moment_are_those_that_were_logged_by_then(aws: Environment) -> None:
    logs, at = aws.logs(), schedule_time(TICK)
    for hours, name in ((0, "early"), (2, "late")):
        written = at + timedelta(hours=hours)
        rows = table(NOTIFICATIONS.name, {"notification_id": name, "delivery_status": "sent", "written_at": written})
        logs.append([Write(NOTIFICATIONS, "r", TICK, written, rows, name)])

    def due(as_of: datetime | None) -> list[Any]:
        context = cast(RequestContext, SimpleNamespace(logs=logs, run=lambda _: "r"))
        return sorted(a.notification_id for a in all_alerts(context, AlertFilters(as_of=as_of)).items)

    assert due(at) == due(at + timedelta(hours=1)) == ["early"]
    assert due(None) == ["early", "late"]


def test_a_busy_store_asks_for_the_same_again() -> None:
    app = APIGatewayHttpResolver(enable_validation=True)
    register(app)

    @app.get("/busy")
    def busy() -> None:
        raise TransientError("throttled")

    event = {
        "version": "2.0",
        "rawPath": "/busy",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/busy"}, "stage": "$default"},
    }
    answer = app.resolve(event, cast(LambdaContext, None))
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "2")
    assert "send the same request again" in json.loads(answer["body"])["detail"]
