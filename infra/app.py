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
from infra.layers import ROOT
from infra.observability import Observability, namespace
from infra.pipeline import Pipeline
from infra.policies import Places
from infra.storage import Storage
from infra.workshop import Reach, Workshop

STAGES = ("dev", "prod")
# cfn-lint: CDK states dependencies that references imply already; the layers' placeholder rule is false on purpose.
_LINT = {"cfn-lint": {"config": {"ignore_checks": ["W3005", "W8003"]}}}


class MrsStack(cdk.Stack):
    """The Minority Report System: storage, alerting, compute and pipeline of one stage (`dev`, `prod`)."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: str, assets: Path) -> None:
        super().__init__(
            scope, construct_id, description="Minority Report System", termination_protection=stage == "prod"
        )
        storage = Storage(self, "Storage", stage=stage)
        alerting = Alerting(self, "Alerting", stage=stage, sender=self.node.get_context("alert_sender"))
        environment = {
            "LOG_BUCKET": storage.log_bucket.bucket_name,
            "LANDING_BUCKET": storage.landing_bucket.bucket_name,
            "GLUE_DATABASE": storage.database,
            "ATHENA_WORKGROUP": storage.workgroup,
            "ALERT_TOPIC_ARN": alerting.alerts.topic_arn,
            "POWERTOOLS_METRICS_NAMESPACE": namespace(stage),
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
        pipeline = Pipeline(self, "Pipeline", stage=stage, functions=compute.functions, ops=alerting.ops)
        queues = {"Undelivered": pipeline.undelivered, "UnheardFeedback": alerting.undelivered}
        compute.watch(queues.values())
        Observability(
            self,
            "Observability",
            stage=stage,
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
        workshop = Workshop(self, "Workshop", stage=stage, function=compute.functions["workshop"], reach=reach)
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
            "UserPoolClientId": workshop.client.user_pool_client_id,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)
        buckets = Buckets(storage.log_bucket, storage.landing_bucket, storage.results_bucket)
        self.allowed = allowed(stage, buckets, ("Daily", "Backfill", "Refresh", "Rereview"))
        acknowledge(self, self.allowed)
        self.template_options.metadata = _LINT


def synthesize(outdir: str | None = None, *, stage: str | None = None, check: bool = True) -> str:
    """Synthesize the stack and return the cloud assembly's folder.

    Parameters
    ----------
    outdir
        Where the assembly goes; None: where the `cdk` command wants it.
    stage
        `dev` or `prod`; None: the context's.
    check
        Let cdk-nag look at every resource; a finding that is not on the allow-list raises.
    """
    context = json.loads((ROOT / "cdk.json").read_text())["context"]  # the command's own `-c` has precedence
    app = cdk.App(outdir=outdir, analytics_reporting=False, context=context)
    if check:
        cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    stage = stage or app.node.try_get_context("stage")
    if stage not in STAGES:
        raise SystemExit(f"the context's stage is {stage!r}; it must be one of {', '.join(STAGES)}")
    with tempfile.TemporaryDirectory(prefix="mrs-assets-") as assets:
        MrsStack(app, f"mrs-{stage}", stage=stage, assets=Path(assets))
        return app.synth().directory


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outdir", nargs="?", help="folder of the cloud assembly")
    parser.add_argument("--unchecked", action="store_true", help="leave out cdk-nag, for a local run")
    arguments = parser.parse_args()
    synthesize(arguments.outdir, check=not arguments.unchecked)
