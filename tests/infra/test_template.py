"""The synthesized template: data is retained, nothing is public, and no role has more rights than declared."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from mrs.contracts import STORED
from mrs.contracts.catalog import glue_table

from infra.stages import FUNCTIONS, StageFunction
from local.template import resources

Resource = dict[str, Any]


def _properties(template: dict[str, Any], cfn_type: str) -> list[Resource]:
    return [r["Properties"] for r in resources(template, cfn_type).values()]


def _logical_id(template: dict[str, Any], cfn_type: str, part: str) -> str:
    return next(name for name in resources(template, cfn_type) if part in name)


def _definition(template: dict[str, Any], machine: str) -> dict[str, Any]:
    """The state machine's definition, with a word in place of each reference."""
    wanted = f"mrs-dev-{machine}"
    found = next(
        p for p in _properties(template, "AWS::StepFunctions::StateMachine") if p["StateMachineName"] == wanted
    )
    pieces = found["DefinitionString"]["Fn::Join"][1]
    parsed: dict[str, Any] = json.loads("".join(p if isinstance(p, str) else "reference" for p in pieces))
    return parsed


def _states(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in definition["States"].items():
        yield name, state
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"])


def _statements(template: dict[str, Any], function: StageFunction) -> list[Resource]:
    role = _logical_id(template, "AWS::IAM::Role", f"Compute{function.name.title()}Role")
    policies = _properties(template, "AWS::IAM::Policy")
    return [s for p in policies if p["Roles"] == [{"Ref": role}] for s in p["PolicyDocument"]["Statement"]]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_every_bucket_is_versioned_encrypted_closed_and_kept(template: dict[str, Any]) -> None:
    buckets = resources(template, "AWS::S3::Bucket")
    assert len(buckets) == 4
    for bucket in buckets.values():
        properties = bucket["Properties"]
        assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
        assert properties["BucketEncryption"]
        assert all(properties["PublicAccessBlockConfiguration"].values())
        assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"


def test_every_bucket_refuses_plain_http(template: dict[str, Any]) -> None:
    policies = _properties(template, "AWS::S3::BucketPolicy")
    assert len(policies) == 4
    for policy in policies:
        denied = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert any(s.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") == "false" for s in denied)


def test_the_log_bucket_is_create_only(template: dict[str, Any]) -> None:
    log = _logical_id(template, "AWS::S3::Bucket", "StorageLog")
    policy = next(p for p in _properties(template, "AWS::S3::BucketPolicy") if p["Bucket"] == {"Ref": log})
    statements = {s.get("Sid"): s for s in policy["PolicyDocument"]["Statement"]}
    assert statements["NothingIsDeleted"]["Effect"] == "Deny"
    assert statements["NothingIsDeleted"]["Principal"] == {"AWS": "*"}
    assert statements["NothingIsDeleted"]["Action"] == ["s3:DeleteObject", "s3:DeleteObjectVersion"]
    assert statements["OnlyCreate"]["Action"] == "s3:PutObject"
    assert statements["OnlyCreate"]["Condition"]["Null"] == {"s3:if-none-match": "true"}


def test_the_log_bucket_expires_nothing(template: dict[str, Any]) -> None:
    log = resources(template, "AWS::S3::Bucket")[_logical_id(template, "AWS::S3::Bucket", "StorageLog")]
    rules = log["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rules == [{"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}, "Status": "Enabled"}]


def test_glue_tables_are_the_contracts(template: dict[str, Any]) -> None:
    tables = {p["TableInput"]["Name"]: p["TableInput"] for p in _properties(template, "AWS::Glue::Table")}
    assert set(tables) == {ds.name for ds in STORED}
    for ds in STORED:
        declared = glue_table(ds, "")
        location = tables[ds.name]["StorageDescriptor"].pop("Location")["Fn::Join"][1]
        assert location[-1] == f"/logs/{ds.name}/"
        declared["StorageDescriptor"].pop("Location")
        assert tables[ds.name] == declared


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_a_function_may_do_what_its_stage_declares(template: dict[str, Any], function: StageFunction) -> None:
    log_arn = {"Fn::GetAtt": [_logical_id(template, "AWS::S3::Bucket", "StorageLog"), "Arn"]}
    may: dict[str, set[str]] = {"s3:GetObject": set(), "s3:PutObject": set()}
    for statement in _statements(template, function):
        for action in set(_listed(statement["Action"])) & set(may):
            for resource in _listed(statement["Resource"]):
                head, tail = resource["Fn::Join"][1]
                if head == log_arn and tail in ("/logs/*", "/compact/*"):
                    may[action].add(tail)
                folder, name, rest = tail.removeprefix("/").split("/") if tail.count("/") == 3 else (None, None, None)
                if head == log_arn and folder in ("*", "logs"):
                    assert rest == "*"
                    may[action].add(name)
    assert may["s3:PutObject"] == set(function.writes)
    touched = {*function.reads, *function.writes}
    # Who reads every dataset reads the two folders that hold them, so that the policy fits.
    folders = {"/logs/*", "/compact/*"} if touched >= {ds.name for ds in STORED} else touched
    assert may["s3:GetObject"] == folders


def test_no_function_may_delete_a_log_or_do_anything_it_likes(template: dict[str, Any]) -> None:
    results = {"Fn::GetAtt": [_logical_id(template, "AWS::S3::Bucket", "QueryResults"), "Arn"]}
    for policy in _properties(template, "AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = _listed(statement["Action"])
            assert not any("*" in action for action in actions)
            if any("Delete" in action and action.startswith("s3:") for action in actions):
                assert [r["Fn::Join"][1][0] for r in _listed(statement["Resource"])] == [results]


def test_every_function_sums_by_one_thread_and_has_one_heap_whatever_its_memory(template: dict[str, Any]) -> None:
    functions = [f for f in _properties(template, "AWS::Lambda::Function") if f["Handler"].startswith("functions.")]
    assert len(functions) == len(FUNCTIONS)
    assert {f["Environment"]["Variables"]["OPENBLAS_NUM_THREADS"] for f in functions} == {"1"}
    assert {f["Environment"]["Variables"]["MALLOC_ARENA_MAX"] for f in functions} == {"1"}


def test_roles_have_no_managed_policy(template: dict[str, Any]) -> None:
    assert not any("ManagedPolicyArns" in p for p in _properties(template, "AWS::IAM::Role"))


def test_logs_are_not_kept_for_ever(template: dict[str, Any]) -> None:
    groups = _properties(template, "AWS::Logs::LogGroup")
    assert len(groups) >= len(FUNCTIONS) + 3
    assert all(g["RetentionInDays"] == 90 for g in groups)


PER_SHARD = ["Size", "Shards", "", "ManyShards", "OneOfMany"]


@pytest.mark.parametrize("machine", ["daily", "backfill"])
def test_the_pipeline_is_one_definition(template: dict[str, Any], machine: str) -> None:
    definition = _definition(template, machine)
    names = [f"{stage}{state}" for stage in ("Ingest", "Predict", "Detect") for state in PER_SHARD]
    names += [
        "Plan",
        "DivideGroups",
        "Divide",
        "Feeds",
        "Chunks",
        "Cluster",
        "Attribute",
        "Cohort",
        "Finalise",
        "Hydrate",
        "Notify",
    ]
    names += ["PublishFailure", "Failed"]
    assert sorted(name for name, _ in _states(definition)) == sorted(names)
    assert definition["States"]["Chunks"]["MaxConcurrency"] == 1


@pytest.mark.parametrize("stage", ["Ingest", "Predict", "Detect"])
def test_many_shards_are_executions_of_their_own(template: dict[str, Any], stage: str) -> None:
    states = dict(_states(_definition(template, "daily")))
    (rule,) = states[f"{stage}Size"]["Choices"]
    assert (rule["Variable"], rule["NumericGreaterThan"], rule["Next"]) == ("$.shards", 10, f"{stage}ManyShards")
    assert states[f"{stage}Size"]["Default"] == f"{stage}Shards"
    many, few = states[f"{stage}ManyShards"], states[f"{stage}Shards"]
    assert many["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert many["ItemSelector"] == few["ItemSelector"]
    assert "shard_list.$" not in many["ItemSelector"]
    assert not {"ToleratedFailurePercentage", "ToleratedFailureCount"} & set(many)


@pytest.mark.parametrize("machine", ["daily", "backfill", "rereview"])
def test_what_a_map_hands_back_stays_far_below_256_kilobytes(template: dict[str, Any], machine: str) -> None:
    """A map's results are collected before they are discarded: each says what was done for which ticks, and no more."""
    brief = {f"{name}.$": f"$.{name}" for name in ("stage", "first_tick", "last_tick", "shards")}
    for _, state in _states(_definition(template, machine)):
        if state["Type"] == "Map":
            last = [s for s in state["ItemProcessor"]["States"].values() if s.get("End")]
            assert last
            assert all(s["ResultSelector"] == brief and s["ResultPath"] == "$" for s in last)


@pytest.mark.parametrize("machine", ["daily", "backfill", "refresh"])
def test_every_task_is_tried_again_and_every_failure_is_told(template: dict[str, Any], machine: str) -> None:
    definition = _definition(template, machine)
    assert "QueryLanguage" not in json.dumps(definition)
    for name, state in _states(definition):
        if state["Type"] == "Task" and name != "PublishFailure":
            assert "TransientError" in state["Retry"][0]["ErrorEquals"]
    for name, state in definition["States"].items():
        if name not in ("PublishFailure", "Failed") and state["Type"] not in ("Wait", "Choice"):
            assert state["Catch"] == [
                {"ErrorEquals": ["States.ALL"], "ResultPath": "$.failure", "Next": "PublishFailure"}
            ]


def test_no_stage_puts_its_answer_into_the_state(template: dict[str, Any]) -> None:
    for name, state in _states(_definition(template, "daily")):
        if state["Type"] in ("Task", "Map") and name != "Plan" and "ResultSelector" not in state:
            assert state["ResultPath"] is None


def test_the_schedule_starts_the_daily_machine_at_six(template: dict[str, Any]) -> None:
    (schedule,) = [p for p in _properties(template, "AWS::Scheduler::Schedule") if p["Name"] == "mrs-dev-daily"]
    assert schedule["ScheduleExpression"] == "cron(0 6 * * ? *)"
    assert schedule["ScheduleExpressionTimezone"] == "Etc/UTC"
    assert json.loads(schedule["Target"]["Input"]) == {
        "mode": "daily",
        "scheduled_time": "<aws.scheduler.scheduled-time>",
    }
    assert schedule["Target"]["DeadLetterConfig"]
