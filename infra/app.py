"""Composes the stack; `cdk synth` runs this file. Needs no AWS credentials."""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks
from constructs import Construct

from infra.alerting import Alerting
from infra.allowed import Buckets, acknowledge, allowed
from infra.compute import Compute
from infra.observability import Observability, namespace
from infra.pipeline import Pipeline
from infra.policies import Places
from infra.storage import Storage
from infra.workshop import Reach, Workshop

ENVIRONMENTS = ("dev", "prod")
CONTEXT = Path(__file__).with_name("context.json")
# cfn-lint: CDK repeats dependencies that references imply; the rule of the placeholder layers is meant to be false.
_LINT = {"cfn-lint": {"config": {"ignore_checks": ["W3005", "W8003"]}}}


class MrsStack(cdk.Stack):
    """The Minority Report System: storage, alerting, compute and pipeline of one environment (`dev`, `prod`)."""

    def __init__(self, scope: Construct, construct_id: str, *, env_name: str, assets: Path) -> None:
        super().__init__(
            scope, construct_id, description="Minority Report System", termination_protection=env_name == "prod"
        )
        storage = Storage(self, "Storage", env_name=env_name)
        alerting = Alerting(
            self,
            "Alerting",
            env_name=env_name,
            sender=self.node.get_context("alert_sender"),
            identity=self.node.try_get_context("alert_identity") or "new",
        )
        environment = {
            "LOG_BUCKET": storage.log_bucket.bucket_name,
            "LANDING_BUCKET": storage.landing_bucket.bucket_name,
            "RESULTS_BUCKET": storage.results_bucket.bucket_name,
            "GLUE_DATABASE": storage.database,
            "ATHENA_WORKGROUP": storage.workgroup,
            "ALERT_TOPIC_ARN": alerting.alerts.topic_arn,
            "POWERTOOLS_METRICS_NAMESPACE": namespace(env_name),
        }
        places = Places(
            log_bucket=storage.log_bucket.bucket_arn,
            landing_bucket=storage.landing_bucket.bucket_arn,
            results_bucket=storage.results_bucket.bucket_arn,
            workgroup=storage.workgroup_arn,
            glue_catalog=storage.glue_catalog_arn,
            glue_database=storage.glue_database_arn,
            glue_default=storage.glue_default_arn,
            glue_table_prefix=storage.glue_table_prefix,
            alert_topic=alerting.alerts.topic_arn,
        )
        compute = Compute(self, "Compute", places=places, environment=environment, assets=assets)
        pipeline = Pipeline(self, "Pipeline", env_name=env_name, functions=compute.functions, ops=alerting.ops)
        queues = {"Undelivered": pipeline.undelivered, "UnheardFeedback": alerting.undelivered}
        compute.watch(queues.values())
        Observability(
            self,
            "Observability",
            env_name=env_name,
            ops=alerting.ops,
            topics=(alerting.alerts, alerting.ops, alerting.feedback),
            machines={
                "Daily": pipeline.daily,
                "Backfill": pipeline.backfill,
                "Refresh": pipeline.refresh,
                "Rereview": pipeline.rereview,
            },
            queues=queues,
            functions=compute.functions,
        )
        hydrate = compute.functions["hydrate"]
        reach = Reach(pipeline.refresh, pipeline.rereview, hydrate, storage.log_bucket, storage.results_bucket)
        workshop = Workshop(self, "Workshop", env_name=env_name, function=compute.functions["workshop"], reach=reach)
        alerting.connect(compute.functions, workshop.api)
        outputs = {
            "LogBucket": storage.log_bucket.bucket_name,
            "LandingBucket": storage.landing_bucket.bucket_name,
            "QueryResultsBucket": storage.results_bucket.bucket_name,
            "GlueDatabase": storage.database,
            "AthenaWorkGroup": storage.workgroup,
            "AlertTopicArn": alerting.alerts.topic_arn,
            "OpsTopicArn": alerting.ops.topic_arn,
            "DailyStateMachineArn": pipeline.daily.state_machine_arn,
            "BackfillStateMachineArn": pipeline.backfill.state_machine_arn,
            "RefreshStateMachineArn": pipeline.refresh.state_machine_arn,
            "RereviewStateMachineArn": pipeline.rereview.state_machine_arn,
            "ScheduleName": pipeline.schedule.schedule_name,
            "HydrateFunction": compute.functions["hydrate"].function_name,
            "DeliverFunction": compute.functions["deliver"].function_name,
            "FeedbackTopicArn": alerting.feedback.topic_arn,
            "WorkshopApiId": workshop.api.api_id,
            "WorkshopApiUrl": workshop.api.api_endpoint,
            "UserPoolId": workshop.pool.user_pool_id,
            "WebhooksSecret": alerting.webhooks.secret_arn,
            "UserPoolClientId": workshop.client.user_pool_client_id,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)
        buckets = Buckets(storage.log_bucket, storage.landing_bucket, storage.results_bucket)
        self.allowed = allowed(env_name, buckets, ("Daily", "Backfill", "Refresh", "Rereview"))
        acknowledge(self, self.allowed)
        self.template_options.metadata = _LINT


def synthesize(outdir: str | None = None, *, env_name: str | None = None, check: bool = True) -> str:
    """Synthesize the stack and return the cloud assembly's folder.

    Parameters
    ----------
    outdir
        Where the assembly goes; None for the folder that the `cdk` command expects.
    env_name
        `dev` or `prod`; None for the context's `env`.
    check
        Run cdk-nag over every resource; a finding outside the allow-list raises.
    """
    context = json.loads(CONTEXT.read_text())  # the command's own `-c` has precedence
    app = cdk.App(outdir=outdir, analytics_reporting=False, context=context)
    if check:
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    env_name = env_name or app.node.try_get_context("env")
    if env_name not in ENVIRONMENTS:
        raise SystemExit(f"the context's env is {env_name!r}; it must be one of {', '.join(ENVIRONMENTS)}")
    with tempfile.TemporaryDirectory(prefix="mrs-assets-") as assets:
        MrsStack(app, f"mrs-{env_name}", env_name=env_name, assets=Path(assets))
        return app.synth().directory


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outdir", nargs="?", help="folder of the cloud assembly")
    parser.add_argument("--unchecked", action="store_true", help="leave out cdk-nag, for a local run")
    arguments = parser.parse_args()
    synthesize(arguments.outdir, check=not arguments.unchecked)
