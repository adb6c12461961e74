"""The synthesized stack, deployed on the laptop: everything is there, and its state machines run the handlers."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import datetime
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends
from mrs.stage.graph import REFRESH

from local.executions import Failure
from local.runtime import LocalAws
from local.template import template_path
from tests.local.conftest import PLANNED, StandIns

CHUNK_STAGES = ["predict", "predict", "detect", "detect", "cluster", "attribute", "cohort", "finalise"]


class TransientError(Exception):
    """Carries the name that the state machines retry."""


def _template() -> dict[str, Any]:
    template: dict[str, Any] = json.loads(template_path().read_text())
    return template


def test_every_resource_of_the_template_is_deployed(aws: LocalAws) -> None:
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName="mrs-dev")
    deployed = {r["LogicalResourceId"]: r["ResourceType"] for page in pages for r in page["StackResourceSummaries"]}
    assert deployed == {name: r["Type"] for name, r in _template()["Resources"].items()}


def test_the_outputs_are_the_templates(aws: LocalAws) -> None:
    assert set(aws.stack.outputs) == set(_template()["Outputs"])


def test_names_are_the_same_in_every_process(aws: LocalAws) -> None:
    assert aws.stack.outputs["LogBucket"].startswith("mrs-dev-storagelog")


def test_daily_runs_every_stage_in_order_for_each_chunk_and_shard(aws: LocalAws, stand_ins: StandIns) -> None:
    outcome = aws.stack.executions.wait(aws.stack.start("daily", {"mode": "daily"}))
    assert outcome.failure is None
    before, after = ["plan", "divide", "ingest", "ingest", "feeds"], ["hydrate", "notify"]
    assert stand_ins.stages() == [*before, *CHUNK_STAGES, *CHUNK_STAGES, *after]
    detected = [(e["first_tick"], e["last_tick"], e["shard"]) for s, e in stand_ins.calls if s == "detect"]
    assert sorted(detected) == [
        ("2024-01-01", "2024-01-02", 0),
        ("2024-01-01", "2024-01-02", 1),
        ("2024-01-03", "2024-01-03", 0),
        ("2024-01-03", "2024-01-03", 1),
    ]


def test_a_stage_is_told_all_that_the_plan_says(aws: LocalAws, stand_ins: StandIns) -> None:
    aws.stack.executions.wait(aws.stack.start("backfill", {"mode": "backfill"}))
    events = dict(stand_ins.calls)
    carried = {k: v for k, v in PLANNED.items() if k not in ("chunks", "group_list")}
    whole = {"mode": "backfill", "first_tick": PLANNED["first_tick"], "last_tick": PLANNED["last_tick"]}
    assert events["divide"] == {k: v for k, v in (carried | whole).items() if k != "shard_list"} | {"group": 0}
    chunk = carried | {
        "mode": "backfill",
        "first_tick": "2024-01-03",
        "last_tick": "2024-01-03",
    }
    assert events["finalise"] == chunk
    of_shard = {k: v for k, v in chunk.items() if k != "shard_list"}
    assert events["predict"] == of_shard | {"shard": events["predict"]["shard"]}
    assert events["hydrate"] == PLANNED | {"mode": "backfill"}


def test_where_there_is_one_shard_nothing_is_divided(aws: LocalAws, stand_ins: StandIns) -> None:
    stand_ins.planned = {"shards": 1, "shard_list": [0], "group_list": []}
    assert aws.stack.executions.wait(aws.stack.start("daily", {"mode": "daily"})).succeeded
    assert stand_ins.stages()[:3] == ["plan", "ingest", "feeds"]


def test_each_group_of_landing_files_is_divided_before_a_shard_reads(aws: LocalAws, stand_ins: StandIns) -> None:
    stand_ins.planned = {"group_list": [0, 1, 2]}
    assert aws.stack.executions.wait(aws.stack.start("daily", {"mode": "daily"})).succeeded
    assert stand_ins.stages()[:6] == ["plan", "divide", "divide", "divide", "ingest", "ingest"]
    assert sorted(e["group"] for s, e in stand_ins.calls if s == "divide") == [0, 1, 2]


MANY = {"shards": 12, "shard_list": list(range(12)), "chunks": PLANNED["chunks"][:1]}


def test_many_shards_run_as_executions_of_their_own(aws: LocalAws, stand_ins: StandIns) -> None:
    stand_ins.planned = MANY
    assert aws.stack.executions.wait(aws.stack.start("daily", {"mode": "daily"})).succeeded
    for stage in ("predict", "detect"):
        events = [e for s, e in stand_ins.calls if s == stage]
        assert sorted(e["shard"] for e in events) == list(range(12))
        assert {(e["first_tick"], e["last_tick"], e["shards"]) for e in events} == {("2024-01-01", "2024-01-02", 12)}
    assert stand_ins.stages()[-6:] == ["cluster", "attribute", "cohort", "finalise", "hydrate", "notify"]


def test_one_failed_shard_of_many_fails_the_execution(aws: LocalAws, stand_ins: StandIns) -> None:
    stand_ins.planned = MANY
    stand_ins.failures["detect"] = [ValueError("a shard")]
    outcome = aws.stack.executions.wait(aws.stack.start("daily", {"mode": "daily"}))
    assert outcome.status == "FAILED"
    assert "cluster" not in stand_ins.stages()


def test_refresh_takes_over_edits_once_they_are_all_logged(aws: LocalAws, stand_ins: StandIns) -> None:
    times = {"written_at": "2024-01-05T10:00:00Z", "begins_at": "2024-01-05T10:00:02Z"}
    event = {k: v for k, v in PLANNED.items() if k != "chunks"} | times
    assert aws.stack.executions.wait(aws.stack.start("refresh", event)).succeeded
    assert stand_ins.calls == [(name, event) for name in REFRESH]


def test_the_schedule_passes_its_time(aws: LocalAws, stand_ins: StandIns) -> None:
    execution = aws.stack.fire_schedule(datetime(2024, 1, 4, 6))
    assert aws.stack.executions.wait(execution).succeeded
    assert stand_ins.calls[0] == ("plan", {"mode": "daily", "scheduled_time": "2024-01-04T06:00:00Z"})


def test_following_yields_each_state_entered_and_left(aws: LocalAws) -> None:
    execution = aws.stack.start("daily", {"mode": "daily"})
    steps = list(aws.stack.executions.follow(execution))
    entered = Counter(s.state for s in steps if s.entered)
    assert entered == Counter(s.state for s in steps if not s.entered)
    assert entered["Detect"] == 4
    assert entered["Chunks"] == 1
    ticks = [s.event["first_tick"] for s in steps if s.state == "Cluster" and s.entered]
    assert ticks == ["2024-01-01", "2024-01-03"]


def test_a_failure_names_the_error_and_tells_the_operators(aws: LocalAws, stand_ins: StandIns) -> None:
    stand_ins.failures["cluster"] = [ValueError("column sales of file x.csv")]
    outcome = aws.stack.executions.wait(aws.stack.start("daily", {"mode": "daily"}, "fails"))
    assert outcome.status == "FAILED"
    assert isinstance(outcome.failure, Failure)
    assert (outcome.failure.error, outcome.failure.message) == ("ValueError", "column sales of file x.csv")
    assert "raise self.failures" in "".join(outcome.failure.trace)
    assert "hydrate" not in stand_ins.stages()
    topic = sns_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].topics[aws.stack.outputs["OpsTopicArn"]]
    _, message, subject, *_ = topic.sent_notifications[-1]
    assert subject == "MRS dev: an execution failed"
    assert message.startswith("fails of mrs-dev-daily failed. ValueError: ")


def test_a_transient_error_is_tried_again(aws: LocalAws, stand_ins: StandIns) -> None:
    stand_ins.failures["ingest"] = [TransientError("slow down")]
    assert aws.stack.executions.wait(aws.stack.start("daily", {"mode": "daily"})).succeeded
    assert stand_ins.stages().count("ingest") == 3


def test_an_execution_name_is_used_once(aws: LocalAws) -> None:
    aws.stack.executions.wait(aws.stack.start("daily", {"mode": "daily"}, "once"))
    with pytest.raises(Exception, match="ExecutionAlreadyExists"):
        aws.stack.start("daily", {"mode": "backfill"}, "once")


def test_the_users_own_aws_settings_are_out_of_reach(aws: LocalAws) -> None:
    assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_CONFIG_FILE"] == os.devnull
