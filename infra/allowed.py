"""The accepted findings of cdk-nag, each with its reason; a test fails on one too many or one too few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.pipeline import SHARD_MAPS
from infra.policies import folders_of, written_by
from infra.stages import FUNCTIONS, StageFunction

_PREFIX = "Objects below one dataset's folder: their keys are made from run, tick and shard as they are written."
_LANDING = "Every landing file is an input; the customer chooses the names."
_RESULTS = "Athena names its result objects by the query's id."
_XRAY = "X-Ray's write actions name no resource."
_STATES = "X-Ray's and CloudWatch's log delivery actions name no resource."
_CHILDREN = "Step Functions names the executions of a distributed map as it starts them."
_DLQ = "It is the dead-letter queue: the schedule's target delivers here what it could not start."
_CLAIMS = "An edit's claim is one object, named by the state that the edit is based on."
_FOLLOWED = "A person follows the rereview that they started; executions are named as they start."
_ACCOUNT = "arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>"
_MODELS = "A trained model is one object, named by its version, which the settings choose."
_TABLES = "It looks up columns and partitions of the stack's own tables; objects are granted dataset by dataset."
_DIVIDED = "Divided landing rows are one object a group of files, named by a hash of these."
_MANIFESTS = "A manifest is one object a hydrated state, named by run, tick and time."
_EXPORTS = "An export is one object, named by its content."


@dataclass(frozen=True)
class Allowed:
    """One accepted finding.

    Parameters
    ----------
    path
        Path of the construct below the stack.
    rule
        The finding's id as cdk-nag gives it.
    reason
        Why the finding is acceptable here.
    """

    path: str
    rule: str
    reason: str


_UNSUBSCRIBE = "The link is in a mail and must work without a log-in (RFC 8058); its signed token says what it may end."
_OF_ALERTING = (
    Allowed(
        "Alerting/Undelivered/Resource",
        "AwsSolutions-SQS3",
        "It is the dead-letter queue of the feedback's subscriptions and of the hourly schedule.",
    ),
    Allowed(
        "Alerting/UnsubscribeKey/Resource",
        "AwsSolutions-SMG4",
        "A rotated key would end every unsubscribe link that is out in mails; an operator changes it when it leaks.",
    ),
    Allowed(
        "Alerting/Webhooks/Resource",
        "AwsSolutions-SMG4",
        "The receivers make the URLs; an operator changes one when its receiver does, or when it leaks.",
    ),
    *(
        Allowed(f"Workshop/Api/{method}--api--alerts--unsubscribe/Resource", "AwsSolutions-APIG4", _UNSUBSCRIBE)
        for method in ("GET", "POST")
    ),
)


@dataclass(frozen=True)
class Buckets:
    """The buckets that findings name."""

    log: s3.Bucket
    landing: s3.Bucket
    results: s3.Bucket


def allowed(env_name: str, buckets: Buckets, machines: Iterable[str]) -> list[Allowed]:
    """Return every accepted finding of an environment's stack."""
    found = [Allowed("Pipeline/Undelivered/Resource", "AwsSolutions-SQS3", _DLQ)]
    found += [*_of_workshop(buckets), *_OF_ALERTING]
    for machine in machines:
        found.append(Allowed(f"Pipeline/{machine}Role/DefaultPolicy/Resource", _resource("*"), _STATES))
    for machine in ("Daily", "Backfill"):
        for label in SHARD_MAPS:
            child = f"execution:mrs-{env_name}-{machine.lower()}/{label}:*"
            rule = _resource(f"arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:{child}")
            found.append(Allowed(f"Pipeline/{machine}Role/DefaultPolicy/Resource", rule, _CHILDREN))
    for function in FUNCTIONS:
        path = f"Compute/{function.name.title()}Role/DefaultPolicy/Resource"
        found += [Allowed(path, rule, reason) for rule, reason in _of_function(function, buckets, env_name)]
    return found


def _of_workshop(buckets: Buckets) -> list[Allowed]:
    role = "Compute/WorkshopRole/DefaultPolicy/Resource"
    return [
        Allowed(role, _resource(f"<{_id(buckets.log)}.Arn>/claims/*"), _CLAIMS),
        Allowed(role, _resource(f"<{_id(buckets.results)}.Arn>/exports/*"), _EXPORTS),
        Allowed(role, _resource(f"{_ACCOUNT}:execution:{cdk.Stack.of(buckets.log).stack_name}-rereview:*"), _FOLLOWED),
    ]


def _of_function(function: StageFunction, buckets: Buckets, env_name: str) -> Iterator[tuple[str, str]]:
    yield _resource("*"), _XRAY
    for folder in {*folders_of(sorted({*function.reads, *function.writes})), *written_by(function)}:
        yield _resource(f"<{_id(buckets.log)}.Arn>/{folder}"), _PREFIX
    if function.reads_landing:
        yield _resource(f"<{_id(buckets.landing)}.Arn>/*"), _LANDING
    if function.divides or function.reads_divided:
        yield _resource(f"<{_id(buckets.results)}.Arn>/divided/*"), _DIVIDED
    if function.models:
        yield _resource(f"<{_id(buckets.log)}.Arn>/models/*"), _MODELS
    if function.publishes:
        yield _resource(f"<{_id(buckets.log)}.Arn>/manifests/*"), _MANIFESTS
    if function.queries:
        yield _resource(f"arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:table/mrs_{env_name}/*"), _TABLES
        yield _resource(f"<{_id(buckets.results)}.Arn>/*"), _RESULTS


def _resource(name: str) -> str:
    return f"AwsSolutions-IAM5[Resource::{name}]"


def _id(bucket: s3.Bucket) -> str:
    element = bucket.node.default_child
    assert isinstance(element, s3.CfnBucket)  # noqa: S101 (for the type checker)
    return cdk.Stack.of(bucket).get_logical_id(element)


def acknowledge(stack: cdk.Stack, findings: Iterable[Allowed]) -> None:
    """Acknowledge the accepted findings in cdk-nag; an entry whose construct no longer exists fails the synthesis."""
    for entry in findings:
        construct: Construct = stack
        for name in entry.path.split("/"):
            construct = construct.node.find_child(name)  # type: ignore[assignment]
        cdk.Validations.of(construct).acknowledge(cdk.Acknowledgment(id=entry.rule, reason=entry.reason))
