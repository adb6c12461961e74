"""The CloudFormation types of our template that moto lacks, or builds incompletely: each one is a few boto3 calls."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel

from local.clients import client

Properties = dict[str, Any]
Made = tuple[str, dict[str, str]]  # what Ref and GetAtt give
Provider = Callable[[Properties, str], Made]

PROVIDERS: dict[str, Provider] = {}

# Types of the template that a local run accepts and leaves out, and why.
NOT_HELD = {
    "AWS::S3::BucketPolicy": "moto denies by the action alone, whatever the policy's conditions say",
    "AWS::SNS::TopicPolicy": "moto enforces none",
    "AWS::SQS::QueuePolicy": "moto enforces none",
}


def _provides(cfn_type: str) -> Callable[[Provider], Provider]:
    def register(provider: Provider) -> Provider:
        PROVIDERS[cfn_type] = provider
        return provider

    return register


@_provides("AWS::S3::Bucket")
def _bucket(p: Properties, name: str) -> Made:
    """Mends: moto drops versioning, encryption and the public access block."""
    s3 = client("s3")
    region = s3.meta.region_name
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    s3.create_bucket(Bucket=name, **place)
    if "VersioningConfiguration" in p:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=p["VersioningConfiguration"])
    if "BucketEncryption" in p:
        rules = [
            {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
            for rule in p["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        ]
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})
    if "PublicAccessBlockConfiguration" in p:
        blocked = p["PublicAccessBlockConfiguration"]
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=blocked)
    arn = f"arn:aws:s3:::{name}"
    domains = {"DomainName": f"{name}.s3.amazonaws.com", "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com"}
    return name, {"Arn": arn, **domains}


@_provides("AWS::Glue::Database")
def _database(p: Properties, name: str) -> Made:
    client("glue").create_database(DatabaseInput=p["DatabaseInput"])
    return p["DatabaseInput"]["Name"], {}


@_provides("AWS::Glue::Table")
def _table(p: Properties, name: str) -> Made:
    client("glue").create_table(DatabaseName=p["DatabaseName"], TableInput=p["TableInput"])
    return p["TableInput"]["Name"], {}


@_provides("AWS::Athena::WorkGroup")
def _workgroup(p: Properties, name: str) -> Made:
    client("athena").create_work_group(Name=p["Name"], Configuration=p["WorkGroupConfiguration"])
    return p["Name"], {}


@_provides("AWS::Scheduler::Schedule")
def _schedule(p: Properties, name: str) -> Made:
    schedule = {"Name": name, **p}
    arn = client("scheduler").create_schedule(**schedule)["ScheduleArn"]
    return schedule["Name"], {"Arn": arn}


@_provides("AWS::CloudWatch::Alarm")
def _alarm(p: Properties, name: str) -> Made:
    alarm = {"AlarmName": name, **p}
    client("cloudwatch").put_metric_alarm(**alarm)
    found = client("cloudwatch").describe_alarms(AlarmNames=[alarm["AlarmName"]])["MetricAlarms"]
    return alarm["AlarmName"], {"Arn": found[0]["AlarmArn"]}


@_provides("AWS::CloudWatch::Dashboard")
def _dashboard(p: Properties, name: str) -> Made:
    dashboard = {"DashboardName": name, **p}
    client("cloudwatch").put_dashboard(**dashboard)
    return dashboard["DashboardName"], {}


@_provides("AWS::Lambda::LayerVersion")
def _layer(p: Properties, name: str) -> Made:
    """Mends: moto's layer has no physical id."""
    given = {k: p[k] for k in ("Description", "CompatibleRuntimes", "LicenseInfo") if k in p}
    content = {k: p["Content"][k] for k in ("S3Bucket", "S3Key")}
    arn = client("lambda").publish_layer_version(LayerName=name, Content=content, **given)["LayerVersionArn"]
    return arn, {"LayerVersionArn": arn}


@_provides("AWS::Lambda::Function")
def _function(p: Properties, name: str) -> Made:
    """Mends: moto drops layers, architectures and tracing."""
    kept = {k: v for k, v in p.items() if k not in ("FunctionName", "Tags", "ReservedConcurrentExecutions")}
    name = p.get("FunctionName", name[:64])
    return name, {"Arn": client("lambda").create_function(FunctionName=name, **kept)["FunctionArn"]}


@_provides("AWS::Cognito::UserPool")
def _user_pool(p: Properties, name: str) -> Made:
    kept = ("Policies", "AutoVerifiedAttributes", "AliasAttributes", "AdminCreateUserConfig", "Schema")
    settings = {k: p[k] for k in (*kept, "AccountRecoverySetting") if k in p}
    pool = client("cognito-idp").create_user_pool(PoolName=name, **settings)["UserPool"]
    return pool["Id"], {"Arn": pool["Arn"], "UserPoolId": pool["Id"]}


@_provides("AWS::Cognito::UserPoolClient")
def _user_pool_client(p: Properties, name: str) -> Made:
    made = client("cognito-idp").create_user_pool_client(ClientName=name, **p)["UserPoolClient"]
    return made["ClientId"], {"ClientId": made["ClientId"]}


@_provides("AWS::Cognito::UserPoolGroup")
def _user_pool_group(p: Properties, name: str) -> Made:
    client("cognito-idp").create_group(**p)
    return p["GroupName"], {}


@_provides("AWS::SNS::Subscription")
def _subscription(p: Properties, name: str) -> Made:
    """Mends: moto has none in templates."""
    extra = {k: p[k] for k in ("RedrivePolicy", "FilterPolicy") if k in p}
    attributes = {k: json.dumps(v) for k, v in extra.items()}
    made = client("sns").subscribe(
        TopicArn=p["TopicArn"], Protocol=p["Protocol"], Endpoint=p["Endpoint"], Attributes=attributes
    )
    return made["SubscriptionArn"], {}


@_provides("AWS::SES::ConfigurationSet")
def _configuration_set(p: Properties, name: str) -> Made:
    client("ses").create_configuration_set(ConfigurationSet={"Name": p["Name"]})
    return p["Name"], {}


@_provides("AWS::SES::ConfigurationSetEventDestination")
def _event_destination(p: Properties, name: str) -> Made:
    given = p["EventDestination"]
    destination = {
        "Name": name[:64],
        "Enabled": given["Enabled"],
        "MatchingEventTypes": given["MatchingEventTypes"],
        "SNSDestination": given["SnsDestination"],
    }
    client("ses").create_configuration_set_event_destination(
        ConfigurationSetName=p["ConfigurationSetName"], EventDestination=destination
    )
    return name, {}


@_provides("AWS::SES::EmailIdentity")
def _identity(p: Properties, name: str) -> Made:
    client("ses").verify_domain_identity(Domain=p["EmailIdentity"])
    return p["EmailIdentity"], {}


@_provides("AWS::SecretsManager::Secret")
def _secret(p: Properties, name: str) -> Made:
    """Mends: moto generates another value at each start; this one is the same, so that links in kept mails work."""
    value = hashlib.sha256(f"local {name}".encode()).hexdigest()
    arn = client("secretsmanager").create_secret(Name=name, SecretString=value)["ARN"]
    return arn, {"Id": arn}


def _of_http_api(operation: str, identity: str) -> Provider:
    def provide(p: Properties, name: str) -> Made:
        made = getattr(client("apigatewayv2"), operation)(**{k: v for k, v in p.items() if k != "Tags"})
        return made[identity], {k: v for k, v in made.items() if isinstance(v, str)}

    return provide


PROVIDERS |= {
    "AWS::ApiGatewayV2::Api": _of_http_api("create_api", "ApiId"),
    "AWS::ApiGatewayV2::Authorizer": _of_http_api("create_authorizer", "AuthorizerId"),
    "AWS::ApiGatewayV2::Integration": _of_http_api("create_integration", "IntegrationId"),
    "AWS::ApiGatewayV2::Route": _of_http_api("create_route", "RouteId"),
    "AWS::ApiGatewayV2::Stage": _of_http_api("create_stage", "StageName"),
}


def _left_out(p: Properties, name: str) -> Made:
    return name, {}


PROVIDERS |= dict.fromkeys(NOT_HELD, _left_out)


@contextmanager
def installed() -> Iterator[None]:
    """Teach moto's CloudFormation these types for as long as the context lasts."""
    moto_knows = parsing.get_model_map()
    with patch.dict(moto_knows, {cfn_type: _model(cfn_type, provider) for cfn_type, provider in PROVIDERS.items()}):
        yield


class Resource:
    """A resource as moto's CloudFormation remembers it: what Ref and GetAtt give."""

    def __init__(self, cfn_type: str, physical_id: str, attributes: dict[str, str]) -> None:
        self.type = cfn_type
        self.physical_resource_id = physical_id
        self.attributes = attributes

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        """Return True: an attribute that is not there is an error when it is asked for."""
        return True

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return what GetAtt gives."""
        return self.attributes[attribute_name]

    def is_created(self) -> bool:
        """Return True: each is made at once."""
        return True


def _model(cfn_type: str, provider: Provider) -> type[CloudFormationModel]:
    class Maker(CloudFormationModel):
        @staticmethod
        def cloudformation_name_type() -> str:
            return ""

        @staticmethod
        def cloudformation_type() -> str:
            return cfn_type

        @classmethod
        def create_from_cloudformation_json(
            cls, resource_name: str, cloudformation_json: Any, account_id: str, region_name: str, **_: Any
        ) -> Resource:
            return Resource(cfn_type, *provider(cloudformation_json["Properties"], resource_name))

    return Maker
