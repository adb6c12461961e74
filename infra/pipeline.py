"""The state machines: daily and backfill (one definition), refresh, rereview, and the schedule of the daily one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct
from mrs.settings import Settings
from mrs.stage.graph import PIPELINE, REFRESH, REREVIEW, SHARDED, Step, When, steps

# Passed to every stage of an execution; a chunk adds its first and last tick, a shard its number.
_CARRIED = ("run_id", "landing", "shards", "shard_list", "mode", "config", "written_at")
_CHUNK = {"first_tick.$": "$$.Map.Item.Value.first_tick", "last_tick.$": "$$.Map.Item.Value.last_tick"}
_WHOLE = {"first_tick.$": "$.first_tick", "last_tick.$": "$.last_tick"}
_SHARD, _GROUP = {"shard.$": "$$.Map.Item.Value"}, {"group.$": "$$.Map.Item.Value"}

# Errors worth a retry: Lambda's own, and those that the stages raise as transient.
_TRANSIENT = [
    "TransientError",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.ClientExecutionTimeoutException",
]
DAILY = tuple(step.name for step in PIPELINE)
SHARD_MAPS = tuple(f"{name.title()}Shards" for name in SHARDED)
# X-Ray and log delivery, as AWS asks them of a state machine's role; none of these actions names a resource.
_OBSERVE = [
    *(f"xray:{a}" for a in ("PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets")),
    *(f"logs:{a}LogDelivery" for a in ("Create", "Get", "Update", "Delete")),
    *(f"logs:{a}" for a in ("ListLogDeliveries", "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups")),
]
# Passed to the stages of a rereview, beside the ticks of their chunk. Detection is not among them.
_REREVIEW = ("run_id", "rereview_id", "mode", "config", "written_at")
# The part of a stage's answer that a map keeps of each item.
_BRIEF = {f"{name}.$": f"$.{name}" for name in ("stage", "first_tick", "last_tick", "shards")}
FEW_SHARDS, MOST_SHARDS = 10, 999
_SHARDS_AT_ONCE = 200
"""Of an account's thousand concurrent functions; the context's `shards_at_once` says how many of a smaller quota."""
_CHUNKS_AT_ONCE = 4
_GROUPS_AT_ONCE = 40
"""The most that a map within an execution runs side by side."""


class Pipeline(Construct):
    """State machines `daily`, `backfill`, `refresh` and `rereview` over the stage functions."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env_name: str,
        functions: Mapping[str, lambda_.Function],
        ops: sns.Topic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._env_name = env_name
        self._functions = functions
        self._ops = ops
        given = self.node.try_get_context("shards_at_once")
        self._shards_at_once = _SHARDS_AT_ONCE if given is None else int(given)
        if not 1 <= self._shards_at_once <= MOST_SHARDS:
            raise SystemExit(f"the context's shards_at_once is {self._shards_at_once}; it must be 1 to {MOST_SHARDS}")
        self.daily = self._machine("Daily", self._whole_pipeline("Daily"), DAILY)
        self.backfill = self._machine("Backfill", self._whole_pipeline("Backfill"), DAILY)
        self.refresh = self._machine("Refresh", self._refresh("Refresh"), REFRESH)
        self.rereview = self._machine("Rereview", self._rereview("Rereview"), REREVIEW)
        self._schedule()

    def _whole_pipeline(self, machine: str) -> sfn.Chain:
        part = Construct(self, f"{machine}Definition")
        *first, last = steps(When.CHUNK)
        per_chunk = sfn.Chain.start(self._step(part, first[0]))
        for step in first[1:]:
            per_chunk = per_chunk.next(self._step(part, step))
        per_chunk = per_chunk.next(self._task(part, last.name, brief=True))
        chunks = sfn.Map(
            part,
            "Chunks",
            state_name="Chunks",
            items_path="$.chunks",
            item_selector={**_carried(), **_CHUNK},
            max_concurrency=1,
            result_path=sfn.JsonPath.DISCARD,
        )
        chunks.item_processor(per_chunk)
        return self._with_failure_path(
            part,
            *(self._step(part, step) for step in steps(When.BEFORE)),
            chunks,
            *(self._step(part, step) for step in steps(When.AFTER)),
        )

    def _step(self, part: Construct, step: Step) -> sfn.Chain | sfn.Map | tasks.LambdaInvoke:
        """Return one step: over all shards or groups, or one task; what is no stage answers with the next event."""
        if step.sharded:
            return self._over_shards(part, step.name)
        if step.grouped:
            return self._over_groups(part, step.name)
        return self._task(part, step.name, result_path=sfn.JsonPath.DISCARD if step.is_stage else "$")

    def _refresh(self, machine: str) -> sfn.Chain:
        """Apply people's edits, after a wait in which other edits of the same moment are logged."""
        part = Construct(self, f"{machine}Definition")
        settle = sfn.Wait(part, "Settle", state_name="Settle", time=sfn.WaitTime.timestamp_path("$.begins_at"))
        steps = self._with_failure_path(part, *(self._task(part, name) for name in REFRESH))
        return sfn.Chain.start(settle).next(steps)

    def _rereview(self, machine: str) -> sfn.Chain:
        """Re-run clustering and attribution for chosen reports: the worklist, then clusters and causes by chunk."""
        part = Construct(self, f"{machine}Definition")
        chunks = sfn.Map(
            part,
            "Chunks",
            state_name="Chunks",
            items_path="$.chunks",
            item_selector={**{f"{name}.$": f"$.{name}" for name in _REREVIEW}, **_CHUNK},
            max_concurrency=_CHUNKS_AT_ONCE,
            result_path=sfn.JsonPath.DISCARD,
        )
        chunks.item_processor(self._task(part, "recluster").next(self._task(part, "repropose", brief=True)))
        return self._with_failure_path(part, self._task(part, "worklist", result_path="$"), chunks)

    def _over_shards(self, part: Construct, name: str) -> sfn.Chain:
        """Run a stage once per shard: few shards as a map in this execution, many as child executions.

        An execution's history is limited to 25,000 events; each child of a distributed map has its own history.
        """
        title = name.title()
        told = {**_carried(but="shard_list"), **_WHOLE, **_SHARD}
        few = sfn.Map(
            part,
            f"{title}Shards",
            state_name=f"{title}Shards",
            items_path="$.shard_list",
            item_selector=told,
            max_concurrency=min(FEW_SHARDS, self._shards_at_once),
            result_path=sfn.JsonPath.DISCARD,
        )
        few.item_processor(self._task(part, name, brief=True))
        many = sfn.DistributedMap(
            part,
            f"{title}ManyShards",
            state_name=f"{title}ManyShards",
            label=f"{title}Shards",
            items_path="$.shard_list",
            item_selector=told,
            max_concurrency=self._shards_at_once,
            map_execution_type=sfn.StateMachineType.STANDARD,
            result_path=sfn.JsonPath.DISCARD,
        )
        many.item_processor(self._task(part, name, brief=True, state=f"{title}OneOfMany"))
        size = sfn.Choice(part, f"{title}Size", state_name=f"{title}Size")
        return size.when(sfn.Condition.number_greater_than("$.shards", FEW_SHARDS), many).otherwise(few).afterwards()

    def _over_groups(self, part: Construct, name: str) -> sfn.Map:
        """Run a function once for each group of landing files."""
        title = f"{name.title()}Groups"
        groups = sfn.Map(
            part,
            title,
            state_name=title,
            items_path="$.group_list",
            item_selector={**_carried(but="shard_list"), **_WHOLE, **_GROUP},
            max_concurrency=min(_GROUPS_AT_ONCE, self._shards_at_once),
            result_path=sfn.JsonPath.DISCARD,
        )
        groups.item_processor(self._task(part, name, brief=True))
        return groups

    def _task(
        self,
        part: Construct,
        name: str,
        result_path: str = sfn.JsonPath.DISCARD,
        *,
        brief: bool = False,
        state: str | None = None,
    ) -> tasks.LambdaInvoke:
        """Return the task of a stage; a brief one keeps little of the answer, so that a map's results stay small."""
        task = tasks.LambdaInvoke(
            part,
            state or name.title(),
            state_name=state or name.title(),
            lambda_function=self._functions[name],
            payload_response_only=True,
            retry_on_service_exceptions=False,
            result_path="$" if brief else result_path,
            result_selector=_BRIEF if brief else None,
        )
        task.add_retry(
            errors=_TRANSIENT,
            interval=cdk.Duration.seconds(2),
            max_attempts=4,
            backoff_rate=2,
            max_delay=cdk.Duration.seconds(60),
            jitter_strategy=sfn.JitterType.FULL,
        )
        return task

    def _with_failure_path(self, part: Construct, *steps: tasks.LambdaInvoke | sfn.Map | sfn.Chain) -> sfn.Chain:
        """Chain the steps; if one fails, tell the operators and fail the execution with its error.

        A step may itself be a chain that ends in a choice; each branch of the choice gets the failure path.
        """
        failed = sfn.Fail(
            part, "Failed", state_name="Failed", error_path="$.failure.Error", cause_path="$.failure.Cause"
        )
        publish = tasks.SnsPublish(
            part,
            "PublishFailure",
            state_name="PublishFailure",
            topic=self._ops,
            subject=f"MRS {self._env_name}: an execution failed",
            message=sfn.TaskInput.from_text(
                sfn.JsonPath.format(
                    "{} of {} failed. {}: {}",
                    sfn.JsonPath.execution_name,
                    sfn.JsonPath.state_machine_name,
                    sfn.JsonPath.string_at("$.failure.Error"),
                    sfn.JsonPath.string_at("$.failure.Cause"),
                )
            ),
            result_path=sfn.JsonPath.DISCARD,
        )
        publish.add_catch(failed, result_path=sfn.JsonPath.DISCARD)
        publish.next(failed)
        for step in steps:
            for way in cast("list[sfn.Map]", step.end_states) if isinstance(step, sfn.Chain) else (step,):
                way.add_catch(publish, result_path="$.failure")
        chain = sfn.Chain.start(steps[0])
        for step in steps[1:]:
            chain = chain.next(step)
        return chain

    def _role(self, name: str, functions: Sequence[str]) -> iam.IRole:
        """Return a role for exactly what the definition does; CDK's own would allow every function version."""
        invoke = [self._functions[f].function_arn for f in functions]
        role = iam.Role(self, f"{name}Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        role.add_to_policy(iam.PolicyStatement(sid="Invoke", actions=["lambda:InvokeFunction"], resources=invoke))
        role.add_to_policy(iam.PolicyStatement(sid="Tell", actions=["sns:Publish"], resources=[self._ops.topic_arn]))
        role.add_to_policy(iam.PolicyStatement(sid="Observe", actions=_OBSERVE, resources=["*"]))
        if "predict" in functions:
            self._let_distribute(role, name)
        return role.without_policy_updates()

    def _let_distribute(self, role: iam.Role, name: str) -> None:
        """Let a machine start, watch and stop the children of its distributed maps."""
        stack, machine = cdk.Stack.of(self), f"mrs-{self._env_name}-{name.lower()}"
        arn = f"arn:{stack.partition}:states:{stack.region}:{stack.account}"
        children = [f"{arn}:execution:{machine}/{label}:*" for label in SHARD_MAPS]
        for sid, actions, places in (
            ("StartShards", ["states:StartExecution"], [f"{arn}:stateMachine:{machine}"]),
            ("WatchShards", ["states:DescribeExecution", "states:StopExecution"], children),
        ):
            role.add_to_policy(iam.PolicyStatement(sid=sid, actions=actions, resources=places))

    def _machine(self, name: str, definition: sfn.Chain, functions: Sequence[str]) -> sfn.StateMachine:
        destination = logs.LogGroup(
            self,
            f"{name}Logs",
            log_group_name=f"/aws/vendedlogs/states/mrs-{self._env_name}-{name.lower()}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        machine = sfn.StateMachine(
            self,
            name,
            state_machine_name=f"mrs-{self._env_name}-{name.lower()}",
            definition_body=sfn.DefinitionBody.from_chainable(definition),
            role=self._role(name, functions),
            tracing_enabled=True,
            logs=sfn.LogOptions(destination=destination, level=sfn.LogLevel.ALL, include_execution_data=True),
        )
        machine.node.try_remove_child("DistributedMapPolicy")  # attached to nothing: the role has its own statements
        return machine

    def _standing(self) -> dict[str, object]:
        """Return the settings of every scheduled tick: the context's `config`, e.g. a model to go back to."""
        given = self.node.try_get_context("config") or {}
        config = json.loads(given) if isinstance(given, str) else given
        Settings.from_config(config)
        return {"config": config} if config else {}

    def _schedule(self) -> None:
        self.undelivered = sqs.Queue(self, "Undelivered", enforce_ssl=True, retention_period=cdk.Duration.days(14))
        event = {"mode": "daily", "scheduled_time": scheduler.ContextAttribute.scheduled_time, **self._standing()}
        self.schedule = scheduler.Schedule(
            self,
            "Daily-Schedule",
            schedule_name=f"mrs-{self._env_name}-daily",
            description="Runs yesterday's tick every morning at 06:00 UTC.",
            schedule=scheduler.ScheduleExpression.cron(minute="0", hour="6", time_zone=cdk.TimeZone.ETC_UTC),
            target=targets.StepFunctionsStartExecution(
                self.daily, dead_letter_queue=self.undelivered, input=scheduler.ScheduleTargetInput.from_object(event)
            ),
        )


def _carried(but: str = "") -> dict[str, str]:
    return {f"{name}.$": f"$.{name}" for name in _CARRIED if name != but}
