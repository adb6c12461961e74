"""What each function may do, generated from what its stage declares to read and write; nothing may delete an object."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from mrs.contracts import STORED, dataset

from infra.stages import FUNCTIONS, StageFunction

_LOOK_UP = ("glue:GetTable", "glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition")


@dataclass(frozen=True)
class Places:
    """ARNs of the stack's buckets, tables and topic (or CloudFormation tokens for them)."""

    log_bucket: str
    landing_bucket: str
    results_bucket: str
    workgroup: str
    glue_catalog: str
    glue_database: str
    glue_default: str
    glue_table_prefix: str
    alert_topic: str


def statements(function: StageFunction, places: Places) -> list[iam.PolicyStatement]:
    """Return the policy of one function, least privilege from its declaration."""
    touched = sorted({*function.reads, *function.writes})
    made = []
    if touched:
        made += [
            _allow("ReadLogs", ["s3:GetObject"], [f"{places.log_bucket}/{folder}" for folder in folders_of(touched)]),
            _list("ListLogs", places.log_bucket, folders_of(touched)),
        ]
    if function.queries:
        made.append(_allow("ReadTables", list(_LOOK_UP), _tables(["*"], places)))
    if function.writes:
        written = sorted(function.writes)
        add = [*(() if function.queries else _LOOK_UP), "glue:BatchCreatePartition", "glue:CreatePartition"]
        made += [
            _allow(
                "AppendLogs", ["s3:PutObject"], [f"{places.log_bucket}/{folder}" for folder in written_by(function)]
            ),
            _allow("AddPartitions", add, _tables(written, places)),
        ]
    if function.reads_landing:
        made += [
            _allow("ReadLanding", ["s3:GetObject"], [f"{places.landing_bucket}/*"]),
            _allow("ListLanding", ["s3:ListBucket", "s3:GetBucketLocation"], [places.landing_bucket]),
        ]
    if function.divides or function.reads_divided:
        actions = ["s3:PutObject", "s3:GetObject"] if function.divides else ["s3:GetObject"]
        made += [
            _allow("DividedLanding", actions, [f"{places.results_bucket}/divided/*"]),
            _list("ListDivided", places.results_bucket, ["divided/*"]),
        ]
    if function.queries:
        made += _athena(places)
    if function.models:
        made += [
            _allow("ReadModels", ["s3:GetObject"], [f"{places.log_bucket}/models/*"]),
            _list("ListModels", places.log_bucket, ["models/*"]),
        ]
    if function.publishes:
        bus = f"arn:{Aws.PARTITION}:events:{Aws.REGION}:{Aws.ACCOUNT_ID}:event-bus/default"
        made += [
            _allow("WriteManifests", ["s3:PutObject", "s3:GetObject"], [f"{places.log_bucket}/manifests/*"]),
            _list("ListManifests", places.log_bucket, ["manifests/*"]),
            _allow("TellOfPublishing", ["events:PutEvents"], [bus]),
        ]
    if function.alerts:
        made.append(_allow("PublishAlerts", ["sns:Publish"], [places.alert_topic]))
    return made


def watching(queues: list[str]) -> iam.PolicyStatement:
    """Return the statement that lets a function count the messages of queues, given by ARN."""
    return _allow("WatchQueues", ["sqs:GetQueueAttributes"], queues)


def folders_of(names: list[str]) -> list[str]:
    """Return the patterns of datasets' objects; of all datasets in two, because a policy's size is limited."""
    if set(names) >= {ds.name for ds in STORED}:
        return ["logs/*", "compact/*"]
    return [objects_of(name) for name in names]


def objects_of(name: str) -> str:
    """Return the pattern of a dataset's objects; that of a compacted log holds its parts beside the log itself.

    A log lies below `logs/` and its parts below `compact/`. One pattern for both keeps a role's policy within its limit
    of 10,240 characters; no other folder of the bucket holds one with a dataset's name.
    """
    return f"*/{name}/*" if name in _compacted() else f"logs/{name}/*"


def written_by(function: StageFunction) -> list[str]:
    """Return the patterns of what a function creates: of logs that people write either the log or its parts, not both.

    Who writes a log for people makes no parts of it, and who makes the parts cannot speak for people.
    """
    compacts = function.stage.compacts if function.stage else ()
    own = [f"logs/{n}/*" if dataset(n).by_people else objects_of(n) for n in sorted(function.writes)]
    return [*own, *(f"compact/{name}/*" for name in compacts)]


@cache
def _compacted() -> frozenset[str]:
    """Return the datasets that compacted parts are made of."""
    return frozenset(ds.name for f in FUNCTIONS if f.stage for ds in f.stage.compacted)


def _athena(places: Places) -> list[iam.PolicyStatement]:
    query = ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults", "athena:GetWorkGroup"]
    results = [f"s3:{a}" for a in ("GetObject", "PutObject", "AbortMultipartUpload", "ListMultipartUploadParts")]
    return [
        _allow("Query", [*query, "athena:StopQueryExecution"], [places.workgroup]),
        _allow("QueryDatabase", ["glue:GetDatabase"], [places.glue_catalog, places.glue_database, places.glue_default]),
        _allow("LocateLogs", ["s3:GetBucketLocation"], [places.log_bucket]),
        _allow("QueryResults", results, [f"{places.results_bucket}/*"]),
        _allow("ListQueryResults", ["s3:ListBucket", "s3:GetBucketLocation"], [places.results_bucket]),
    ]


def _tables(names: list[str], places: Places) -> list[str]:
    """Return the ARNs of tables of the stack's database, and of what holds them.

    `*` stands for all of them: who queries may look up every table's columns and partitions, so that the policy of a
    stage that reads most datasets stays within its limit. Whose objects it may read is said dataset by dataset.
    """
    tables = [f"{places.glue_table_prefix}/{name}" for name in names]
    return [places.glue_catalog, places.glue_database, *tables]


def _allow(sid: str, actions: list[str], resources: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(sid=sid, actions=actions, resources=resources)


def _list(sid: str, bucket: str, prefixes: list[str]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        actions=["s3:ListBucket"],
        resources=[bucket],
        conditions={"StringLike": {"s3:prefix": prefixes}},
    )
