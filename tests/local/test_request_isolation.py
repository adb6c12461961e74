"""Requests that are answered side by side in one process do not see each other."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Barrier
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from local import request_isolation

AT_ONCE = 4


def event(name: str) -> dict[str, Any]:
    http = {"method": "GET", "path": f"/hello/{name}"}
    return {
        "version": "2.0",
        "rawPath": http["path"],
        "headers": {"x-name": name},
        "requestContext": {"http": http, "stage": "$default"},
    }


def test_each_request_sees_only_itself() -> None:
    request_isolation.install()
    app, router, meeting = APIGatewayHttpResolver(), APIGatewayHttpRouter(), Barrier(AT_ONCE, timeout=30)

    @router.get("/hello/<name>")
    def hello(name: str) -> dict[str, Any]:
        app.append_context(own=name)
        meeting.wait()  # all are in the middle of their requests
        seen = [app.current_event.headers["x-name"], router.current_event.headers["x-name"], router.context["own"]]
        return {"names": [name, *seen]}

    app.include_router(router)

    def ask(name: str) -> Any:
        return json.loads(copy_context().run(app.resolve, event(name), None)["body"])["names"]

    names = [f"n{k}" for k in range(AT_ONCE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert list(pool.map(ask, names)) == [[name] * 4 for name in names]
    assert app.context == {}
