"""A deployed function answers one request at a time, as an execution environment of Lambda does."""

from __future__ import annotations

import io
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from werkzeug.test import EnvironBuilder

from local.http_api import HttpApi, Route, _pattern


class _Functions:
    def __init__(self) -> None:
        self.now, self.most, self._counting = 0, 0, threading.Lock()

    def invoke(self, **_: Any) -> dict[str, Any]:
        with self._counting:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self._counting:
            self.now -= 1
        return {"Payload": io.BytesIO(json.dumps({"statusCode": 200, "body": "ok"}).encode())}


def test_requests_that_come_together_are_answered_one_after_the_other() -> None:
    functions = _Functions()
    api = HttpApi([Route("GET /x", "GET", _pattern("/x"), "f", None)], functions)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api.answer(EnvironBuilder("/x").get_request()), range(16)))
    assert {a.status_code for a in answers} == {200}
    assert functions.most == 1
