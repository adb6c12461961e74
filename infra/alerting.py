"""Who hears of what: one topic for the business's alerts, one for those who operate the pipeline."""

from __future__ import annotations

from aws_cdk import aws_sns as sns
from constructs import Construct


class Alerting(Construct):
    """The alert topic (Minority Events) and the ops topic (failed executions)."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.alerts = sns.Topic(self, "Alerts", display_name="Minority Report alerts", enforce_ssl=True)
        self.ops = sns.Topic(self, "Ops", display_name="Minority Report operations", enforce_ssl=True)
