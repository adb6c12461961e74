"""Stand-in handlers and a deployed stack, shared by the tests of a module."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.stages import FUNCTIONS
from local.functions import Handler
from local.runtime import LocalAws

PLANNED = {
    "run_id": "r1",
    "first_tick": "2024-01-01",
    "last_tick": "2024-01-03",
    "landing": "drops/",
    "shards": 2,
    "shard_list": [0, 1],
    "group_list": [0],
    "config": {},
    "written_at": None,
    "chunks": [
        {"first_tick": "2024-01-01", "last_tick": "2024-01-02"},
        {"first_tick": "2024-01-03", "last_tick": "2024-01-03"},
    ],
}


@dataclass
class StandIns:
    """Handlers that note their calls in place of the stages', and fail when told to."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    planned: dict[str, Any] = field(default_factory=dict)

    def handlers(self) -> dict[str, Handler]:
        return {f.handler: self._handler(f.name) for f in FUNCTIONS}

    def _handler(self, stage: str) -> Handler:
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            self.calls.append((stage, event))
            print(f"{stage} speaks as {os.environ['POWERTOOLS_SERVICE_NAME']}")
            if self.failures.get(stage):
                raise self.failures[stage].pop(0)
            planned = {**PLANNED, **self.planned, "mode": event.get("mode", "daily")}
            told = {name: event.get(name) for name in ("first_tick", "last_tick", "shards")}
            return planned if stage == "plan" else {"stage": stage, **told}

        return handler

    def stages(self) -> list[str]:
        return [stage for stage, _ in self.calls]


def put(bucket: str, key: str, body: bytes = b"content", **more: Any) -> None:
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=body, **more)


def get(bucket: str, key: str) -> bytes:
    body: bytes = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return body


@pytest.fixture(scope="module")
def shared_stand_ins() -> StandIns:
    return StandIns()


@pytest.fixture(scope="module")
def shared_aws(tmp_path_factory: pytest.TempPathFactory, shared_stand_ins: StandIns) -> Iterator[LocalAws]:
    state: Path = tmp_path_factory.mktemp("state")
    with LocalAws(state, handlers=shared_stand_ins.handlers()) as aws:
        yield aws


@pytest.fixture
def stand_ins(shared_stand_ins: StandIns) -> StandIns:
    shared_stand_ins.calls.clear()
    shared_stand_ins.failures.clear()
    shared_stand_ins.planned = {}
    return shared_stand_ins


@pytest.fixture
def aws(shared_aws: LocalAws, stand_ins: StandIns) -> LocalAws:
    return shared_aws
