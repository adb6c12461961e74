"""Composes the stack; `cdk synth` runs this file. Needs no AWS credentials."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from infra.alerting import Alerting
from infra.compute import Compute
from infra.layers import ROOT
from infra.pipeline import Pipeline
from infra.policies import Places
from infra.storage import Storage


class MrsStack(cdk.Stack):
    """The Minority Report System: storage, alerting, compute and pipeline of one stage (`dev`, `prod`)."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: str, assets: Path) -> None:
        super().__init__(
            scope, construct_id, description="Minority Report System", termination_protection=stage == "prod"
        )
        storage = Storage(self, "Storage", stage=stage)
        alerting = Alerting(self, "Alerting")
        environment = {
            "LOG_BUCKET": storage.log_bucket.bucket_name,
            "LANDING_BUCKET": storage.landing_bucket.bucket_name,
            "GLUE_DATABASE": storage.database,
            "ATHENA_WORKGROUP": storage.workgroup,
            "ALERT_TOPIC_ARN": alerting.alerts.topic_arn,
            "POWERTOOLS_METRICS_NAMESPACE": "MinorityReportSystem",
        }
        places = Places(
            log_bucket=storage.log_bucket.bucket_arn,
            landing_bucket=storage.landing_bucket.bucket_arn,
            results_bucket=storage.results_bucket.bucket_arn,
            workgroup=storage.workgroup_arn,
            glue_catalog=storage.glue_catalog_arn,
            glue_database=storage.glue_database_arn,
            glue_table_prefix=storage.glue_table_prefix,
            alert_topic=alerting.alerts.topic_arn,
        )
        compute = Compute(self, "Compute", places=places, environment=environment, assets=assets)
        pipeline = Pipeline(self, "Pipeline", stage=stage, functions=compute.functions, ops=alerting.ops)
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
            "ScheduleName": pipeline.schedule.schedule_name,
        }
        for name, value in outputs.items():
            cdk.CfnOutput(self, name, value=value)


def synthesize(outdir: str | None = None) -> str:
    """Synthesize the stack of the context's `stage` and return the cloud assembly's folder."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]  # the command's own `-c` has precedence
    app = cdk.App(outdir=outdir, analytics_reporting=False, context=context)
    stage = app.node.try_get_context("stage") or "dev"
    with tempfile.TemporaryDirectory(prefix="mrs-assets-") as assets:
        MrsStack(app, f"mrs-{stage}", stage=stage, assets=Path(assets))
        return app.synth().directory


if __name__ == "__main__":
    synthesize(sys.argv[1] if len(sys.argv) > 1 else None)
