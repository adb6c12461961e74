"""Where the data lives: the buckets, the Glue tables generated from the contracts, and Athena's workgroup."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct
from mrs.contracts import STORED
from mrs.contracts.catalog import glue_table


class Storage(Construct):
    """Log, landing and query-result buckets; the catalog over the logs; the workgroup that queries them."""

    def __init__(self, scope: Construct, construct_id: str, *, env_name: str) -> None:
        super().__init__(scope, construct_id)
        stack = cdk.Stack.of(self)
        access_logs = self._bucket("AccessLogs", expire_days=90)
        self.log_bucket = self._bucket("Log", access_logs=access_logs)
        self.landing_bucket = self._bucket("Landing", access_logs=access_logs)
        self.results_bucket = self._bucket("QueryResults", access_logs=access_logs, expire_days=7)
        _make_create_only(self.log_bucket)

        self.database = f"mrs_{env_name}"
        self.workgroup = f"mrs-{env_name}"
        self._catalog()
        self._workgroup()
        arn = f"arn:{stack.partition}:glue:{stack.region}:{stack.account}"
        self.glue_catalog_arn = f"{arn}:catalog"
        self.glue_database_arn = f"{arn}:database/{self.database}"
        self.glue_default_arn = f"{arn}:database/default"  # Athena looks it up for every query
        self.glue_table_prefix = f"{arn}:table/{self.database}"
        self.workgroup_arn = f"arn:{stack.partition}:athena:{stack.region}:{stack.account}:workgroup/{self.workgroup}"

    def _bucket(self, name: str, *, access_logs: s3.Bucket | None = None, expire_days: int | None = None) -> s3.Bucket:
        rules = [s3.LifecycleRule(abort_incomplete_multipart_upload_after=cdk.Duration.days(3))]
        if expire_days:
            days = cdk.Duration.days(expire_days)
            rules.append(s3.LifecycleRule(expiration=days, noncurrent_version_expiration=days))
        return s3.Bucket(
            self,
            name,
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{name.lower()}/" if access_logs else None,
            lifecycle_rules=rules,
        )

    def _catalog(self) -> None:
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=cdk.Aws.ACCOUNT_ID,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=self.database, description="The Minority Report System's logs and hydrated datasets."
            ),
        )
        for ds in STORED:
            table = cdk.CfnResource(
                self,
                f"Table-{ds.name}",
                type="AWS::Glue::Table",
                properties={
                    "CatalogId": cdk.Aws.ACCOUNT_ID,
                    "DatabaseName": self.database,
                    "TableInput": glue_table(ds, f"s3://{self.log_bucket.bucket_name}/logs/{ds.name}/"),
                },
            )
            table.add_resource_dependency(database)

    def _workgroup(self) -> None:
        results = athena.CfnWorkGroup.ResultConfigurationProperty(
            output_location=f"s3://{self.results_bucket.bucket_name}/athena/",
            encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(encryption_option="SSE_S3"),
        )
        athena.CfnWorkGroup(
            self,
            "WorkGroup",
            name=self.workgroup,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                publish_cloud_watch_metrics_enabled=True,
                result_configuration=results,
            ),
        )


def _make_create_only(bucket: s3.Bucket) -> None:
    """Deny everyone the deletion of objects, and puts without `If-None-Match`."""
    objects = bucket.arn_for_objects("*")

    def deny(sid: str, actions: list[str], conditions: dict[str, Any] | None = None) -> None:
        bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=actions,
                resources=[objects],
                conditions=conditions,
            )
        )

    deny("NothingIsDeleted", ["s3:DeleteObject", "s3:DeleteObjectVersion"])
    deny(
        "OnlyCreate",
        ["s3:PutObject"],
        {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
    )
