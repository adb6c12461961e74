"""Least privilege in the template: no role deletes a log or has a wildcard outside the allow-list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from mrs.contracts import STORED, dataset

from infra.pipeline import SHARD_MAPS
from infra.stages import FUNCTIONS
from local.template import resources

SHARDED = "|".join(SHARD_MAPS)
# The only actions that are allowed on every resource: AWS lets none of them name one.
ON_EVERYTHING = {
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
}
COMPACTED = [ds for f in FUNCTIONS if f.stage for ds in f.stage.compacted]
OF_PEOPLE = [dataset(name) for f in FUNCTIONS if f.stage for name in f.stage.compacts]
# The only resources that end in a wildcard: objects below a folder that is one function's business.
BELOW = {
    # The parts of a compacted log have its name below another folder; people's logs are written by one function, and
    # their parts by another.
    "StorageLog": {f"/*/{ds.name}/*" for ds in COMPACTED}
    | {f"/logs/{ds.name}/*" for ds in STORED if ds not in COMPACTED or ds in OF_PEOPLE}
    | {f"/compact/{ds.name}/*" for ds in OF_PEOPLE}
    | {"/claims/*", "/manifests/*", "/models/*"},
    "StorageLanding": {"/*"},
    "StorageQueryResults": {"/*", "/divided/*", "/exports/*"},
}
# What people do is theirs to write; everything else is a model's, or the pipeline's.
PEOPLES = {ds.name for ds in STORED if ds.by_people} | {"demo_run_config"}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _grants(template: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Every role's every action on every resource."""
    inline, managed = (resources(template, kind).values() for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"))
    for policy in (*inline, *managed):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            assert not {"NotAction", "NotResource"} & set(statement)
            for role in policy["Properties"]["Roles"]:
                for action in _listed(statement["Action"]):
                    for resource in _listed(statement["Resource"]):
                        yield role["Ref"], action, resource


def _below(resource: Any) -> tuple[str, str] | None:
    """The bucket's logical id and the path, for an ARN that is joined of these."""
    pieces = resource.get("Fn::Join", ["", []])[1] if isinstance(resource, dict) else []
    if len(pieces) == 2 and isinstance(pieces[0], dict) and "Fn::GetAtt" in pieces[0]:
        return pieces[0]["Fn::GetAtt"][0], pieces[1]
    return None


def test_no_role_has_a_wildcard_action(template: dict[str, Any]) -> None:
    assert not [(role, action) for role, action, _ in _grants(template) if "*" in action]


def test_mail_is_sent_from_one_address_alone(template: dict[str, Any]) -> None:
    policies = [
        p for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy") for p in resources(template, kind).values()
    ]
    sending = [
        statement
        for policy in policies
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if any(action.startswith("ses:Send") for action in _listed(statement["Action"]))
    ]
    assert sending
    for statement in sending:
        assert list(statement["Condition"]) == ["StringEquals"]
        assert statement["Condition"]["StringEquals"]["ses:FromAddress"]


def test_only_what_names_no_resource_is_allowed_on_all(template: dict[str, Any]) -> None:
    assert {action for _, action, resource in _grants(template) if resource == "*"} <= ON_EVERYTHING


def test_wildcards_in_resources_stay_below_one_folder(template: dict[str, Any]) -> None:
    for role, action, resource in _grants(template):
        if resource == "*" or "*" not in str(resource) or _is_child_of_own_machine(role, action, resource):
            continue
        if "WorkshopRole" in role and action == "states:DescribeExecution":
            assert str(resource["Fn::Join"][1][-1]) == ":execution:mrs-dev-rereview:*"
            continue
        if str(resource["Fn::Join"][1][-1]) == ":table/mrs_dev/*":
            assert "HydrateRole" in role
            assert action.startswith("glue:Get") or action == "glue:BatchGetPartition"
            continue
        found = _below(resource)
        if "WorkshopRole" in role and action == "s3:GetObject" and found and found[1] in ("/logs/*", "/compact/*"):
            continue  # it shows every dataset there is
        assert found is not None, (role, action, resource)
        bucket = next(name for name in BELOW if found[0].startswith(name))
        assert found[1] in BELOW[bucket], (role, action, resource)


def _is_child_of_own_machine(role: str, action: str, resource: Any) -> bool:
    """Whether this lets a state machine watch or stop the children of its own distributed maps."""
    machine = next((m for m in ("Daily", "Backfill") if role.startswith(f"Pipeline{m}Role")), None)
    text = resource["Fn::Join"][1][-1] if isinstance(resource, dict) and "Fn::Join" in resource else ""
    return (
        machine is not None
        and action in ("states:DescribeExecution", "states:StopExecution")
        and re.fullmatch(rf":execution:mrs-dev-{machine.lower()}/({SHARDED}):\*", str(text)) is not None
    )


def test_nobody_may_delete_anything(template: dict[str, Any]) -> None:
    deleting = {action for _, action, _ in _grants(template) if "Delete" in action}
    assert deleting <= {"logs:DeleteLogDelivery"}


def test_the_log_buckets_own_policy_denies_deletion_to_everyone(template: dict[str, Any]) -> None:
    (policy,) = [p for p in resources(template, "AWS::S3::BucketPolicy").values() if _denies_puts(p)]
    assert policy["Properties"]["Bucket"]["Ref"].startswith("StorageLog")
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    denied = [s for s in statements if s["Effect"] == "Deny" and "s3:DeleteObject" in _listed(s["Action"])]
    assert [s["Principal"] for s in denied] == [{"AWS": "*"}]


def _denies_puts(policy: dict[str, Any]) -> bool:
    return any("s3:if-none-match" in str(s) for s in policy["Properties"]["PolicyDocument"]["Statement"])


def test_the_workshop_writes_what_people_do_and_nothing_else(template: dict[str, Any]) -> None:
    written = {
        found[1]
        for role, action, resource in _grants(template)
        if role.startswith("ComputeWorkshopRole") and action.startswith("s3:Put")
        if (found := _below(resource)) and found[0].startswith("StorageLog")
    }
    assert written <= {f"/logs/{name}/*" for name in PEOPLES} | {"/claims/*"}
    assert f"/logs/{dataset('user_edits_log').name}/*" in written


def test_who_compacts_peoples_logs_cannot_write_them(template: dict[str, Any]) -> None:
    puts = {
        (role.removeprefix("Compute").partition("Role")[0].lower(), found[1])
        for role, action, resource in _grants(template)
        if action == "s3:PutObject"
        and (found := _below(resource))
        and any(f"/{n.name}/" in found[1] for n in OF_PEOPLE)
    }
    assert puts == {("workshop", f"/logs/{ds.name}/*") for ds in OF_PEOPLE} | {
        ("finalise", f"/compact/{ds.name}/*") for ds in OF_PEOPLE
    }


def test_only_who_watches_the_dead_letter_queues_may_ask_them(template: dict[str, Any]) -> None:
    queues = {name: {"Fn::GetAtt": [name, "Arn"]} for name in resources(template, "AWS::SQS::Queue")}
    asking = [(role, action, on) for role, action, on in _grants(template) if on in queues.values() and "Get" in action]
    assert {role.removeprefix("Compute").partition("Role")[0].lower() for role, _, _ in asking} == {"notify"}
    assert [f.name for f in FUNCTIONS if f.watches_queues] == ["notify"]
    assert {action for _, action, _ in asking} == {"sqs:GetQueueAttributes"}
    assert sorted(str(on) for _, _, on in asking) == sorted(map(str, queues.values()))
    sqs = {(role, action) for role, action, _ in _grants(template) if action.startswith("sqs:")}
    assert {role for role, action in sqs if action != "sqs:SendMessage"} == {role for role, _, _ in asking}


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_only_people_write_peoples_logs(function: Any) -> None:
    if function.name != "workshop":
        assert not set(function.writes) & PEOPLES


def test_nobody_may_put_configuration_or_policies(template: dict[str, Any]) -> None:
    risky = ("iam:", "kms:", "s3:PutBucket", "s3:BypassGovernance", "lambda:Update", "sts:", "organizations:")
    assert not [(role, action) for role, action, _ in _grants(template) if action.startswith(risky)]


def test_every_role_is_assumed_by_one_service(template: dict[str, Any]) -> None:
    for role in resources(template, "AWS::IAM::Role").values():
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Action"] == "sts:AssumeRole"
        assert list(statement["Principal"]) == ["Service"]
