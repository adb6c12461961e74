"""AWS is asked again before a call fails."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from mrs.environment import Environment, client


class Raw:
    """The body of an answer without one."""

    def stream(self, **_: Any) -> list[bytes]:
        return [b""]


@pytest.fixture
def slow_down(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let S3 refuse the next calls with 503; return how often it was asked."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    client.cache_clear()
    s3 = client("s3")
    asked: list[int] = []

    def arm(refusals: int) -> list[int]:
        def answer(request: Any, **_: Any) -> AWSResponse | None:
            asked.append(1)
            return AWSResponse(request.url, 503, {}, Raw()) if len(asked) <= refusals else None

        s3.meta.events.register_first("before-send.s3.ListObjectsV2", answer)
        return asked

    yield arm
    client.cache_clear()


def test_a_call_that_is_refused_for_a_moment_is_tried_again(slow_down: Any) -> None:
    asked = slow_down(5)
    assert client("s3").list_objects_v2(Bucket="mrs-logs")["KeyCount"] == 0
    assert len(asked) == 6


def test_a_service_that_stays_down_is_not_asked_for_ever(slow_down: Any) -> None:
    asked = slow_down(100)
    with pytest.raises(ClientError):
        client("s3").list_objects_v2(Bucket="mrs-logs")
    assert len(asked) == 6


def test_no_call_hangs_until_lambda_stops_the_function(aws: Environment) -> None:
    client.cache_clear()
    told = client("s3").meta.config
    assert (told.connect_timeout, told.read_timeout) == (60, 60)
    assert client("sqs", 3, 2).meta.config.read_timeout == 3
