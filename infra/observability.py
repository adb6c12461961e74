"""The operators' dashboard and alarms; each alarm links to its entry in the runbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct
from mrs.stage.graph import STAGES

RUNBOOK = "docs/runbook.md"
SENDING = ("notify", "deliver")
UNATTENDED = ("deliver", "feedback", "unsubscribe", "workshop")

# Alarm limits.
STALE_DAYS = 2
LEAST_COVERAGE = 0.9
MOST_ERRORS = 0.02
LONGEST_STAGE = cdk.Duration.minutes(12)  # of Lambda's fifteen
_DAY = cdk.Duration.days(1)
_SHORT = cdk.Duration.minutes(5)
_MAX, _MIN, _SUM = "Maximum", "Minimum", "Sum"


def namespace(env_name: str) -> str:
    """Return the CloudWatch namespace of an environment's metrics."""
    return f"MinorityReportSystem/{env_name}"


class Observability(Construct):
    """Dashboard and alarms; every alarm publishes to the operators' topic."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        env_name: str,
        ops: sns.Topic,
        topics: Sequence[sns.Topic],
        machines: Mapping[str, sfn.StateMachine],
        queues: Mapping[str, sqs.IQueue],
        functions: Mapping[str, lambda_.Function],
    ) -> None:
        super().__init__(scope, construct_id)
        self._env_name, self._ops = env_name, ops
        self._let_alarms_publish()
        self._of_the_data()
        self._of_the_machine(machines, queues)
        self._of_the_alerts(topics)
        self._of_the_unattended(functions)
        self._dashboard(machines, queues)

    def _let_alarms_publish(self) -> None:
        account = cdk.Stack.of(self).account
        self._ops.add_to_resource_policy(
            iam.PolicyStatement(
                sid="AlarmsPublish",
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self._ops.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": account}},
            )
        )

    def _of_the_data(self) -> None:
        stale = self._metric("FreshnessDays", "feeds", _MAX, cdk.Duration.hours(6))
        meaning = "the newest sales are older than that, or no tick ran for thirty hours"
        self._alarm("Freshness", stale, STALE_DAYS, meaning, missing=True, periods=5)
        coverage = self._metric("Coverage", "feeds", _MIN, _DAY)
        self._alarm("Coverage", coverage, LEAST_COVERAGE, "a smaller share of the known stores sent sales", below=True)
        errors = self._metric("ErrorRate", "feeds", _MAX, _DAY)
        self._alarm("ErrorRate", errors, MOST_ERRORS, "a larger share of the landing rows was rejected")

    def _of_the_machine(self, machines: Mapping[str, sfn.StateMachine], queues: Mapping[str, sqs.IQueue]) -> None:
        durations = {f"d{at}": self._metric("StageDuration", s, _MAX, _SHORT) for at, s in enumerate(STAGES)}
        longest = cloudwatch.MathExpression(
            expression=f"MAX([{','.join(durations)}])",
            using_metrics=durations,
            label="longest stage (ms)",
            period=_SHORT,
        )
        limit = LONGEST_STAGE.to_milliseconds()
        self._alarm("StageDuration", longest, limit, "a stage took longer; at 15 minutes Lambda stops it")
        for name, queue in queues.items():
            depth = queue.metric_approximate_number_of_messages_visible(period=_SHORT, statistic=_MAX)
            self._alarm(f"{name}Depth", depth, 0, "messages lie in the dead-letter queue")
        for name, machine in machines.items():
            failed = cloudwatch.MathExpression(
                expression="failed + stopped + late",
                using_metrics={
                    "failed": machine.metric_failed(period=_SHORT),
                    "stopped": machine.metric_aborted(period=_SHORT),
                    "late": machine.metric_timed_out(period=_SHORT),
                },
                label=f"{name.lower()} executions that did not succeed",
                period=_SHORT,
            )
            self._alarm(f"{name}Failed", failed, 0, "an execution did not succeed")

    def _of_the_alerts(self, topics: Sequence[sns.Topic]) -> None:
        senders = {name: self._metric("AlertFailures", name, _SUM, _SHORT) for name in SENDING}
        unsent = cloudwatch.MathExpression(
            expression=f"SUM([{','.join(f'FILL({name}, 0)' for name in senders)}])",
            using_metrics=senders,
            label="alerts that could not be sent",
            period=_SHORT,
        )
        self._alarm("AlertFailures", unsent, 0, "alerts could not be sent")
        undelivered = {
            f"t{at}": topic.metric_number_of_notifications_failed(period=_SHORT) for at, topic in enumerate(topics)
        }
        failed = cloudwatch.MathExpression(
            expression="+".join(undelivered), using_metrics=undelivered, label="undelivered by SNS", period=_SHORT
        )
        self._alarm("UndeliveredAlerts", failed, 0, "SNS could not deliver to a subscriber")

    def _of_the_unattended(self, functions: Mapping[str, lambda_.Function]) -> None:
        """Watch the functions that no state machine runs; no execution fails when they do."""
        errors = {name: functions[name].metric_errors(period=_SHORT, statistic=_SUM) for name in UNATTENDED}
        failed = cloudwatch.MathExpression(
            expression=f"SUM([{','.join(f'FILL({name}, 0)' for name in errors)}])",
            using_metrics=errors,
            label="errors of functions that no state machine runs",
            period=_SHORT,
        )
        self._alarm("UnattendedErrors", failed, 0, f"{', '.join(UNATTENDED)}: one of them failed")

    def _metric(
        self, name: str, service: str, statistic: str, period: cdk.Duration, label: str | None = None
    ) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=namespace(self._env_name),
            metric_name=name,
            dimensions_map={"service": service},
            statistic=statistic,
            period=period,
            label=label,
        )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        limit: float,
        meaning: str,
        *,
        below: bool = False,
        missing: bool = False,
        periods: int = 1,
    ) -> None:
        """Add an alarm; its description states what it means and links to the runbook."""
        than = cloudwatch.ComparisonOperator
        treat = cloudwatch.TreatMissingData
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"mrs-{self._env_name}-{name}",
            alarm_description=f"{'Below' if below else 'Above'} {limit:g}: {meaning}. {RUNBOOK}#{name.lower()}",
            metric=metric,
            threshold=limit,
            comparison_operator=than.LESS_THAN_THRESHOLD if below else than.GREATER_THAN_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=treat.BREACHING if missing else treat.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.SnsAction(self._ops))

    def _dashboard(self, machines: Mapping[str, sfn.StateMachine], queues: Mapping[str, sqs.IQueue]) -> None:
        def graph(title: str, left: Sequence[cloudwatch.IMetric], width: int = 8) -> cloudwatch.GraphWidget:
            return cloudwatch.GraphWidget(title=title, left=list(left), width=width, height=6)

        def per_stage(name: str, statistic: str) -> list[cloudwatch.IMetric]:
            return [self._metric(name, s, statistic, cdk.Duration.hours(1), label=s) for s in STAGES]

        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=f"mrs-{self._env_name}")
        dashboard.add_widgets(
            graph("Freshness of sales (days)", [self._metric("FreshnessDays", "feeds", _MAX, _DAY)]),
            graph("Coverage (share of known stores)", [self._metric("Coverage", "feeds", _MIN, _DAY)]),
            graph("Rejected landing rows (share)", [self._metric("ErrorRate", "feeds", _MAX, _DAY)]),
        )
        dashboard.add_widgets(
            graph("Stage duration (ms)", per_stage("StageDuration", _MAX)),
            graph("Rows written", per_stage("RowsWritten", _SUM)),
            graph("Degraded inputs", per_stage("DegradedInputs", _MAX)),
        )
        started = [m.metric_started(label=f"{n} started") for n, m in machines.items()]
        failed = [m.metric_failed(label=f"{n} failed") for n, m in machines.items()]
        dashboard.add_widgets(
            graph("Executions", [*started, *failed]),
            graph("Alerts", [self._metric(n, s, _SUM, _DAY) for n in ("AlertsSent", "AlertFailures") for s in SENDING]),
            graph("Dead letters", [q.metric_approximate_number_of_messages_visible() for q in queues.values()]),
        )
