"""The Workshop's API: an HTTP API with a Cognito authorizer, the user pool with its roles, and one function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

ROLES = {
    "viewer": "Reads everything.",
    "analyst": "Edits reports and events, and starts rereviews.",
    "manager": "Resets runs, sets thresholds, and manages other people's subscriptions.",
}
REQUESTS_PER_SECOND, BURST = 100, 200
_METHODS = (
    apigateway.HttpMethod.GET,
    apigateway.HttpMethod.POST,
    apigateway.HttpMethod.PUT,
    apigateway.HttpMethod.PATCH,
    apigateway.HttpMethod.DELETE,
)


@dataclass(frozen=True)
class Reach:
    """What the API's function may start, query and write, beside the logs that it declares."""

    refresh: sfn.StateMachine
    rereview: sfn.StateMachine
    hydrate: lambda_.Function
    log_bucket: s3.Bucket
    export_bucket: s3.Bucket


class Workshop(Construct):
    """User pool, client, groups and HTTP API; every route requires a token of the pool."""

    def __init__(
        self, scope: Construct, construct_id: str, *, env_name: str, function: lambda_.Function, reach: Reach
    ) -> None:
        super().__init__(scope, construct_id)
        self._env_name = env_name
        self.pool = self._pool()
        self.client = self.pool.add_client(
            "Client",
            auth_flows=cognito.AuthFlow(user_password=True, user_srp=True),
            access_token_validity=cdk.Duration.hours(1),
            refresh_token_validity=cdk.Duration.days(1),
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            generate_secret=False,
            disable_o_auth=True,
        )
        for name, description in ROLES.items():
            cognito.CfnUserPoolGroup(
                self, name.title(), user_pool_id=self.pool.user_pool_id, group_name=name, description=description
            )
        _allow(function, reach, self.pool)
        self.api = self._api(function)

    def _pool(self) -> cognito.UserPool:
        return cognito.UserPool(
            self,
            "People",
            self_sign_up_enabled=False,
            sign_in_aliases=cognito.SignInAliases(username=True, email=True),
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True)
            ),
            sign_in_case_sensitive=False,
            password_policy=cognito.PasswordPolicy(
                min_length=12, require_digits=True, require_lowercase=True, require_uppercase=True, require_symbols=True
            ),
            mfa=cognito.Mfa.REQUIRED,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            feature_plan=cognito.FeaturePlan.PLUS,
            standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION,
            deletion_protection=self._env_name == "prod",
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )

    def _api(self, function: lambda_.Function) -> apigateway.HttpApi:
        api = apigateway.HttpApi(
            self,
            "Api",
            api_name=f"mrs-{self._env_name}-workshop",
            description="What the Workshop reads and writes.",
            create_default_stage=False,
            default_authorizer=authorizers.HttpUserPoolAuthorizer("People", self.pool, user_pool_clients=[self.client]),
        )
        api.add_routes(
            path="/api/{proxy+}",
            methods=list(_METHODS),
            integration=integrations.HttpLambdaIntegration("Workshop", function),
        )
        access = logs.LogGroup(
            self, "AccessLogs", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        stage = apigateway.HttpStage(
            self,
            "Stage",
            http_api=api,
            auto_deploy=True,
            throttle=apigateway.ThrottleSettings(rate_limit=REQUESTS_PER_SECOND, burst_limit=BURST),
            detailed_metrics_enabled=True,
        )
        settings = stage.node.default_child
        assert isinstance(settings, apigateway.CfnStage)  # noqa: S101 (for the type checker)
        settings.access_log_settings = apigateway.CfnStage.AccessLogSettingsProperty(
            destination_arn=access.log_group_arn, format=_access_log_format()
        )
        return api


def _access_log_format() -> str:
    names: Sequence[str] = (
        "requestId", "requestTime", "routeKey", "httpMethod", "path", "status", "responseLatency",
        "integrationErrorMessage", "authorizer.error", "authorizer.claims.username",
    )  # fmt: skip
    return "{" + ",".join(f'"{name}":"$context.{name}"' for name in names) + "}"


def _allow(function: lambda_.Function, reach: Reach, pool: cognito.UserPool) -> None:
    """Let the function hydrate past states, start refreshes and rereviews, claim edits, write exports, list people."""
    for name, value in {
        "HYDRATE_FUNCTION": reach.hydrate.function_name,
        "REFRESH_STATE_MACHINE_ARN": reach.refresh.state_machine_arn,
        "REREVIEW_STATE_MACHINE_ARN": reach.rereview.state_machine_arn,
        "EXPORT_BUCKET": reach.export_bucket.bucket_name,
        "USER_POOL_ID": pool.user_pool_id,
    }.items():
        function.add_environment(name, value)
    claims, exports = reach.log_bucket.arn_for_objects("claims/*"), reach.export_bucket.arn_for_objects("exports/*")
    for sid, actions, resource in (
        ("StartRefresh", ["states:StartExecution"], reach.refresh.state_machine_arn),
        ("StartRereview", ["states:StartExecution"], reach.rereview.state_machine_arn),
        ("FollowRereview", ["states:DescribeExecution"], _executions(reach.rereview)),
        ("HydratePast", ["lambda:InvokeFunction"], reach.hydrate.function_arn),
        ("ClaimEdits", ["s3:GetObject", "s3:PutObject"], claims),
        ("WriteExports", ["s3:GetObject", "s3:PutObject"], exports),
        ("ListPeople", ["cognito-idp:ListUsers"], pool.user_pool_arn),
    ):
        function.add_to_role_policy(iam.PolicyStatement(sid=sid, actions=actions, resources=[resource]))


def _executions(machine: sfn.StateMachine) -> str:
    """Return the ARN of every execution of a state machine."""
    element = machine.node.default_child
    assert isinstance(element, sfn.CfnStateMachine)  # noqa: S101 (for the type checker)
    return cdk.Stack.of(machine).format_arn(
        service="states",
        resource="execution",
        resource_name=f"{element.state_machine_name}:*",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )
