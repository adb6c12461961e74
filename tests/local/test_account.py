"""The account after the deployment, asked service by service: each resource of the template, or a stated reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from local.clients import client
from local.providers import NOT_HELD
from local.runtime import LocalAws
from local.template import template_path


def _all(service: str, operation: str, key: str, **arguments: Any) -> list[Any]:
    pages = client(service).get_paginator(operation).paginate(**arguments)
    return [item for page in pages for item in page[key]]


def _role_policies() -> list[str]:
    roles = [r["RoleName"] for r in _all("iam", "list_roles", "Roles")]
    return [p for r in roles for p in client("iam").list_role_policies(RoleName=r)["PolicyNames"]]


def _permissions() -> list[str]:
    found = []
    for function in _all("lambda", "list_functions", "Functions"):
        try:
            policy = client("lambda").get_policy(FunctionName=function["FunctionName"])["Policy"]
        except client("lambda").exceptions.ResourceNotFoundException:
            continue
        found += json.loads(policy)["Statement"]
    return found


def _api(operation: str) -> list[Any]:
    (api,) = client("apigatewayv2").get_apis()["Items"]
    items: list[Any] = getattr(client("apigatewayv2"), operation)(ApiId=api["ApiId"])["Items"]
    return items


def _pool() -> str:
    (pool,) = client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    return str(pool["Id"])


def _tables() -> list[Any]:
    (database,) = client("glue").get_databases()["DatabaseList"]
    return _all("glue", "get_tables", "TableList", DatabaseName=database["Name"])


def _configuration_sets() -> list[str]:
    return [c["Name"] for c in client("ses").list_configuration_sets()["ConfigurationSets"]]


def _event_destinations() -> list[Any]:
    described = [
        client("ses").describe_configuration_set(
            ConfigurationSetName=name, ConfigurationSetAttributeNames=["eventDestinations"]
        )
        for name in _configuration_sets()
    ]
    return [d for found in described for d in found.get("EventDestinations", ())]


# How to find what the account holds of each type. CDK's own asset bucket and Athena's first workgroup are not ours.
HELD: dict[str, Callable[[], list[Any]]] = {
    "AWS::ApiGatewayV2::Api": lambda: client("apigatewayv2").get_apis()["Items"],
    "AWS::ApiGatewayV2::Authorizer": lambda: list(
        {r["AuthorizerId"] for r in _api("get_routes") if "AuthorizerId" in r}
    ),
    "AWS::ApiGatewayV2::Integration": lambda: _api("get_integrations"),
    "AWS::ApiGatewayV2::Route": lambda: _api("get_routes"),
    "AWS::ApiGatewayV2::Stage": lambda: _api("get_stages"),
    "AWS::Athena::WorkGroup": lambda: [
        w for w in client("athena").list_work_groups()["WorkGroups"] if w["Name"] != "primary"
    ],
    "AWS::CloudWatch::Alarm": lambda: _all("cloudwatch", "describe_alarms", "MetricAlarms"),
    "AWS::CloudWatch::Dashboard": lambda: client("cloudwatch").list_dashboards()["DashboardEntries"],
    "AWS::Cognito::UserPool": lambda: [_pool()],
    "AWS::Cognito::UserPoolClient": lambda: _all(
        "cognito-idp", "list_user_pool_clients", "UserPoolClients", UserPoolId=_pool()
    ),
    "AWS::Cognito::UserPoolGroup": lambda: _all("cognito-idp", "list_groups", "Groups", UserPoolId=_pool()),
    "AWS::Glue::Database": lambda: client("glue").get_databases()["DatabaseList"],
    "AWS::Glue::Table": _tables,
    "AWS::IAM::ManagedPolicy": lambda: _all("iam", "list_policies", "Policies", Scope="Local"),
    "AWS::IAM::Policy": _role_policies,
    "AWS::IAM::Role": lambda: _all("iam", "list_roles", "Roles"),
    "AWS::Lambda::Function": lambda: _all("lambda", "list_functions", "Functions"),
    "AWS::Lambda::LayerVersion": lambda: client("lambda").list_layers()["Layers"],
    "AWS::Lambda::Permission": _permissions,
    "AWS::Logs::LogGroup": lambda: _all("logs", "describe_log_groups", "logGroups"),
    "AWS::S3::Bucket": lambda: [
        b for b in client("s3").list_buckets()["Buckets"] if not b["Name"].startswith("cdk-hnb659fds")
    ],
    "AWS::SES::ConfigurationSet": _configuration_sets,
    "AWS::SES::ConfigurationSetEventDestination": _event_destinations,
    "AWS::SES::EmailIdentity": lambda: client("ses").list_identities()["Identities"],
    "AWS::SNS::Subscription": lambda: _all("sns", "list_subscriptions", "Subscriptions"),
    "AWS::SNS::Topic": lambda: _all("sns", "list_topics", "Topics"),
    "AWS::SQS::Queue": lambda: client("sqs").list_queues().get("QueueUrls", []),
    "AWS::Scheduler::Schedule": lambda: _all("scheduler", "list_schedules", "Schedules"),
    "AWS::SecretsManager::Secret": lambda: _all("secretsmanager", "list_secrets", "SecretList"),
    "AWS::StepFunctions::StateMachine": lambda: _all("stepfunctions", "list_state_machines", "stateMachines"),
}


@pytest.fixture(scope="module")
def wanted() -> Counter[str]:
    """How many resources of each type the template has."""
    return Counter(r["Type"] for r in json.loads(template_path().read_text())["Resources"].values())


def test_every_type_is_looked_for_or_stated_as_left_out(wanted: Counter[str]) -> None:
    assert set(wanted) <= set(HELD) | set(NOT_HELD)
    assert not set(HELD) & set(NOT_HELD)
    assert all(len(reason) > 10 for reason in NOT_HELD.values())


@pytest.mark.parametrize("cfn_type", sorted(HELD))
def test_the_account_holds_what_the_template_says(aws: LocalAws, wanted: Counter[str], cfn_type: str) -> None:
    assert len(HELD[cfn_type]()) == wanted[cfn_type]
