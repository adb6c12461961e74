"""Hosts the Workshop's page: a private bucket behind CloudFront, with the API below `/api`.

This is a separate stack and app: the page changes more often than the system, and a laptop does not need it. It learns
about the system from the outputs of the system's deployment (`build/outputs-<env>.json`).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as deployment
from cdk_nag import AwsSolutionsChecks
from constructs import Construct

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "ui" / "dist"
FOREVER = [deployment.CacheControl.from_string("public, max-age=31536000, immutable")]
FRESH = [deployment.CacheControl.from_string("no-cache")]

# The page's own routes (`/events/…`) are not objects: serve the page for them.
_ROUTE = """function handler(event) {
  var last = event.request.uri.split('/').pop();
  if (last.indexOf('.') < 0) event.request.uri = '/index.html';
  return event.request;
}
"""
_DEPLOYMENT = "CDK's own bucket deployment: its function and role are generated, and run only while one deploys."
_BASIC_ROLE = "arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
_REASONS = {
    "AwsSolutions-CFR1": "Analysts may be anywhere.",
    "AwsSolutions-CFR2": "Every route of the API needs a token; a web ACL costs extra and is an operator's choice.",
    "AwsSolutions-CFR4": "CloudFront's own certificate sets the least TLS version; a domain of one's own gets 1.2.",
    "AwsSolutions-S1": "It is the bucket that the access logs go to.",
    f"AwsSolutions-IAM4[Policy::{_BASIC_ROLE}]": _DEPLOYMENT,
    "AwsSolutions-L1": _DEPLOYMENT,
}
_GRANTS = (
    *(f"Action::s3:{name}*" for name in ("GetObject", "GetBucket", "List", "DeleteObject", "Abort")),
    "Resource::*",
    "Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-<AWS::AccountId>-<AWS::Region>/*",
)


@dataclass(frozen=True)
class System:
    """The deployed system, as the page needs to know it."""

    region: str
    api_host: str
    user_pool_id: str
    client_id: str

    @classmethod
    def of(cls, outputs: dict[str, str]) -> System:
        """Return the system described by a deployment's outputs."""
        pool = outputs["UserPoolId"]
        host = urlparse(outputs["WorkshopApiUrl"]).netloc
        return cls(pool.partition("_")[0], host, pool, outputs["UserPoolClientId"])

    @property
    def cognito(self) -> str:
        """Cognito's endpoint, where people sign in."""
        return f"https://cognito-idp.{self.region}.amazonaws.com"

    def config(self) -> dict[str, str]:
        """Return the content of `/config.json`, which the page reads before sign-in."""
        return {
            "region": self.region,
            "user_pool_id": self.user_pool_id,
            "client_id": self.client_id,
            "cognito_endpoint": f"{self.cognito}/",
            "api": "/api",
        }


def content_policy(system: System) -> str:
    """Return the page's Content-Security-Policy: its own scripts; connections to its origin and Cognito."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        f"img-src 'self' data:; connect-src 'self' {system.cognito}; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


class SiteStack(cdk.Stack):
    """The page's bucket, its distribution, and the upload of a built page."""

    def __init__(
        self, scope: Construct, construct_id: str, *, env_name: str, system: System, page: Path, **stack: Any
    ) -> None:
        super().__init__(scope, construct_id, description="The Workshop's page", **stack)
        logs = self._bucket("Logs", s3.ObjectOwnership.OBJECT_WRITER, expire_days=90)
        bucket = self._bucket("Page", s3.ObjectOwnership.BUCKET_OWNER_ENFORCED, access_logs=logs)
        self.distribution = self._distribution(env_name, bucket, logs, system)
        self._upload(bucket, system, page)
        cdk.CfnOutput(self, "Url", value=f"https://{self.distribution.distribution_domain_name}")
        grants = {f"AwsSolutions-IAM5[{name}]": _DEPLOYMENT for name in (*_GRANTS, f"Resource::<{_id(bucket)}.Arn>/*")}
        for rule, reason in (_REASONS | grants).items():
            cdk.Validations.of(self).acknowledge(cdk.Acknowledgment(id=rule, reason=reason))

    def _bucket(
        self,
        name: str,
        ownership: s3.ObjectOwnership,
        *,
        access_logs: s3.Bucket | None = None,
        expire_days: int | None = None,
    ) -> s3.Bucket:
        rules = [s3.LifecycleRule(abort_incomplete_multipart_upload_after=cdk.Duration.days(3))]
        if expire_days:
            rules.append(s3.LifecycleRule(expiration=cdk.Duration.days(expire_days)))
        return s3.Bucket(
            self,
            name,
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=ownership,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            removal_policy=cdk.RemovalPolicy.RETAIN,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{name.lower()}/" if access_logs else None,
            lifecycle_rules=rules,
        )

    def _distribution(
        self, env_name: str, bucket: s3.Bucket, logs: s3.Bucket, system: System
    ) -> cloudfront.Distribution:
        headers = self._headers(system)
        route = cloudfront.Function(
            self,
            "Route",
            code=cloudfront.FunctionCode.from_inline(_ROUTE),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        page = cloudfront.BehaviorOptions(
            origin=origins.S3BucketOrigin.with_origin_access_control(bucket),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            response_headers_policy=headers,
            compress=True,
            function_associations=[
                cloudfront.FunctionAssociation(function=route, event_type=cloudfront.FunctionEventType.VIEWER_REQUEST)
            ],
        )
        api = cloudfront.BehaviorOptions(
            origin=origins.HttpOrigin(system.api_host, origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2]),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
            response_headers_policy=headers,
            compress=True,
        )
        return cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"mrs-{env_name} workshop",
            default_behavior=page,
            additional_behaviors={"/api/*": api},
            default_root_object="index.html",
            enable_logging=True,
            log_bucket=logs,
            log_file_prefix="cloudfront/",
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
        )

    def _headers(self, system: System) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=content_policy(system), override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=cdk.Duration.days(365), include_subdomains=True, override=True
                ),
            ),
        )

    def _upload(self, bucket: s3.Bucket, system: System, page: Path) -> None:
        """Upload the hashed assets, then the page that names them; older assets stay for pages that are open."""
        assets = deployment.BucketDeployment(
            self,
            "Assets",
            destination_bucket=bucket,
            sources=[deployment.Source.asset(str(page), exclude=["index.html"])],
            cache_control=FOREVER,
            prune=False,
        )
        index = deployment.BucketDeployment(
            self,
            "Index",
            destination_bucket=bucket,
            sources=[
                deployment.Source.asset(str(page), exclude=["*", "!index.html"]),
                deployment.Source.json_data("config.json", system.config()),
            ],
            cache_control=FRESH,
            prune=False,
            distribution=self.distribution,
            distribution_paths=["/index.html", "/config.json"],
        )
        index.node.add_dependency(assets)


def _id(bucket: s3.Bucket) -> str:
    element = bucket.node.default_child
    assert isinstance(element, s3.CfnBucket)  # noqa: S101 (for the type checker)
    return cdk.Stack.of(bucket).get_logical_id(element)


def synthesize(env_name: str, system: System, page: Path = PAGE, outdir: str | None = None) -> str:
    """Synthesize the stack, checked by cdk-nag, and return the cloud assembly's folder."""
    app = cdk.App(outdir=outdir, analytics_reporting=False)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    SiteStack(app, f"mrs-{env_name}-site", env_name=env_name, system=system, page=page)
    return app.synth().directory


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("env_name", metavar="env", help="dev or prod")
    env_name = parser.parse_args().env_name
    outputs = json.loads((ROOT / "build" / f"outputs-{env_name}.json").read_text())[f"mrs-{env_name}"]
    synthesize(env_name, System.of(outputs))
