"""One test for each behaviour of moto that is mended; it fails when an upgrade of moto breaks the mending."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from infra.layers import BASE
from infra.stages import FUNCTIONS
from local import functions
from local.objects import FileBuffer
from local.runtime import LocalAws
from tests.local.conftest import StandIns, get, put


def _invoke(stage: str, event: dict[str, Any] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = boto3.client("lambda").invoke(FunctionName=_function_name(stage), Payload=json.dumps(event or {}))
    return json.loads(answer["Payload"].read()), dict(answer)


def _function_name(stage: str) -> str:
    handler = next(f.handler for f in FUNCTIONS if f.name == stage)
    deployed = boto3.client("lambda").list_functions()["Functions"]
    return next(f["FunctionName"] for f in deployed if f["Handler"] == handler)


def test_lambda_runs_the_handler_of_this_process(aws: LocalAws, stand_ins: StandIns) -> None:
    assert _invoke("cluster", {"first_tick": "2024-01-01"})[0]["stage"] == "cluster"
    assert stand_ins.calls == [("cluster", {"first_tick": "2024-01-01"})]


def test_a_handler_that_fails_answers_as_lambda_does(aws: LocalAws, stand_ins: StandIns) -> None:
    stand_ins.failures["cohort"] = [KeyError("report_id")]
    payload, answer = _invoke("cohort")
    assert answer["FunctionError"]
    assert payload["errorType"] == "KeyError"
    assert payload["errorMessage"] == "'report_id'"
    assert payload["stackTrace"]


def test_each_function_sees_its_own_variables_even_side_by_side(aws: LocalAws) -> None:
    stages = ["cluster", "attribute", "cohort", "finalise"] * 4
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(_invoke, stages))
    logs = boto3.client("logs")
    for stage in set(stages):
        group = f"/aws/lambda/{_function_name(stage)}"
        messages = [e["message"] for e in logs.filter_log_events(logGroupName=group)["events"]]
        assert {m for m in messages if "speaks" in m and "print" not in m} == {f"{stage} speaks as {stage}"}
    assert "POWERTOOLS_SERVICE_NAME" not in os.environ


def test_what_a_handler_prints_stays_off_the_screen(aws: LocalAws, capsys: Any) -> None:
    _invoke("cluster")
    assert "speaks" not in capsys.readouterr().out


def test_a_handler_past_its_timeout_has_failed(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.0, 901.0])
    monkeypatch.setattr(functions, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    payload, _ = _invoke("cluster")
    assert payload["errorType"] == "Sandbox.Timedout"
    assert "timed out after 900.00 seconds" in payload["errorMessage"]


def test_buckets_are_versioned_encrypted_and_closed(aws: LocalAws) -> None:
    s3, bucket = boto3.client("s3"), aws.stack.outputs["LogBucket"]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())


def test_functions_keep_their_layers(aws: LocalAws) -> None:
    held = {f["Handler"]: len(f["Layers"]) for f in boto3.client("lambda").list_functions()["Functions"]}
    assert held == {f.handler: 2 if f.layer == BASE else 3 for f in FUNCTIONS}


def test_glue_athena_and_scheduler_hold_what_the_template_says(aws: LocalAws) -> None:
    outputs = aws.stack.outputs
    tables = boto3.client("glue").get_tables(DatabaseName=outputs["GlueDatabase"])["TableList"]
    assert "minority_reports_detected_log" in {t["Name"] for t in tables}
    workgroup = boto3.client("athena").get_work_group(WorkGroup=outputs["AthenaWorkGroup"])["WorkGroup"]
    location = workgroup["Configuration"]["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://{outputs['QueryResultsBucket']}/athena/"
    schedule = boto3.client("scheduler").get_schedule(Name=outputs["ScheduleName"])
    assert schedule["Target"]["Arn"] == outputs["DailyStateMachineArn"]


def test_one_of_many_conditional_puts_wins(aws: LocalAws) -> None:
    bucket = aws.stack.outputs["LogBucket"]

    def attempt(number: int) -> bool:
        try:
            put(bucket, "logs/race", str(number).encode(), IfNoneMatch="*")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"
            return False
        return True

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(attempt, range(24))) == 1


def test_contents_lie_on_disk_not_in_memory(aws: LocalAws) -> None:
    bucket = aws.stack.outputs["LogBucket"]
    put(bucket, "logs/large", b"x" * 100_000)
    key = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].get_bucket(bucket).keys["logs/large"]
    assert isinstance(key._value_buffer, FileBuffer)
    assert get(bucket, "logs/large") == b"x" * 100_000
    part = boto3.client("s3").get_object(Bucket=bucket, Key="logs/large", Range="bytes=10-19")["Body"].read()
    assert part == b"x" * 10


def test_clients_that_are_asked_for_alike_are_one(aws: LocalAws) -> None:
    first = boto3.Session().client("athena", config=Config(retries={"max_attempts": 5}))
    assert boto3.Session().client("athena", config=Config(retries={"max_attempts": 5})) is first
    assert boto3.Session().client("athena", config=Config(retries={"max_attempts": 6})) is not first
    assert boto3.Session().client("glue", config=Config(retries={"max_attempts": 5})) is not first
