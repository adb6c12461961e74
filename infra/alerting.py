"""Alerting: the topics, mail through SES, the delivery feedback of both, and the unsubscribe links."""

from __future__ import annotations

import re
from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.layers import refuse_deployment

IDENTITIES = ("new", "existing")
UNSUBSCRIBE_PATH = "/api/alerts/unsubscribe"
SENDING = ("notify", "deliver")
_EVENTS = (
    ses.EmailSendingEvent.SEND,
    ses.EmailSendingEvent.DELIVERY,
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.REJECT,
)


_EXAMPLES = ("example", "example.com", "example.net", "example.org", "invalid", "localhost", "test")  # RFC 2606
_NO_SENDER = (
    "alert_sender is an example: set it to an address of your own domain, in infra/context.json or with "
    "-c alert_sender=…"
)


class Alerting(Construct):
    """The alert topic (Minority Events), the ops topic (failed executions), the mail identity and its feedback.

    Parameters
    ----------
    env_name
        `dev` or `prod`.
    sender
        The address that alert mails come from; its domain becomes the SES identity, whose DKIM records the owner of
        the domain must publish. An example's address synthesizes and is refused when it is deployed.
    identity
        `new`, or `existing` where the account has an identity of the domain in this region: another environment's, say.
    """

    def __init__(self, scope: Construct, construct_id: str, *, env_name: str, sender: str, identity: str) -> None:
        super().__init__(scope, construct_id)
        self._env_name, self._sender, self._domain = env_name, sender, sender.rpartition("@")[2].lower()
        if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", sender):
            raise SystemExit(
                f"the context's alert_sender is {sender!r}; it must be one address, such as alerts@your.domain"
            )
        if identity not in IDENTITIES:
            raise SystemExit(f"the context's alert_identity is {identity!r}; it must be one of {', '.join(IDENTITIES)}")
        self._is_new = identity == "new"
        if any(f".{self._domain}".endswith(f".{example}") for example in _EXAMPLES):
            refuse_deployment(self, "SenderIsReal", _NO_SENDER)
        self.alerts = sns.Topic(self, "Alerts", display_name="Minority Report alerts", enforce_ssl=True)
        self.ops = sns.Topic(self, "Ops", display_name="Minority Report operations", enforce_ssl=True)
        self.feedback = sns.Topic(self, "Feedback", display_name="Minority Report mail feedback", enforce_ssl=True)
        self.undelivered = sqs.Queue(self, "Undelivered", enforce_ssl=True, retention_period=cdk.Duration.days(14))
        self.configuration_set = self._mail()
        self.webhooks = secretsmanager.Secret(
            self,
            "Webhooks",
            description='Webhooks for alerts by name: {"ops": {"url": "https://…", "key": "…", "form": "slack"}}.',
            secret_string_value=cdk.SecretValue.unsafe_plain_text("{}"),  # who operates the stack fills it in
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        self.secret = secretsmanager.Secret(
            self,
            "UnsubscribeKey",
            description="Signs the unsubscribe links of alert mails; a new value ends the links that are out.",
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )

    def _mail(self) -> ses.ConfigurationSet:
        found = ses.ConfigurationSet(
            self,
            "Mail",
            configuration_set_name=f"mrs-{self._env_name}-alerts",
            reputation_metrics=True,
            tls_policy=ses.ConfigurationSetTlsPolicy.REQUIRE,
        )
        found.add_event_destination(
            "ToFeedback", destination=ses.EventDestination.sns_topic(self.feedback), events=list(_EVENTS)
        )
        stack = cdk.Stack.of(self)
        self.feedback.add_to_resource_policy(
            iam.PolicyStatement(
                sid="MailPublishes",
                principals=[iam.ServicePrincipal("ses.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.feedback.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )
        if self._is_new:
            ses.EmailIdentity(self, "Sender", identity=ses.Identity.domain(self._domain), configuration_set=found)
        return found

    def connect(self, functions: Mapping[str, lambda_.Function], api: apigateway.HttpApi) -> None:
        """Let the functions send, hear what comes back, run every hour, and answer the unsubscribe links."""
        for name in SENDING:
            self._let_send(functions[name], api)
        for topic in (self.feedback, self.alerts):
            heard = subscriptions.LambdaSubscription(functions["feedback"], dead_letter_queue=self.undelivered)
            topic.add_subscription(heard)
        self._hourly(functions["deliver"])
        unsubscribe = functions["unsubscribe"]
        self._let_sign(unsubscribe)
        api.add_routes(
            path=UNSUBSCRIBE_PATH,
            methods=[apigateway.HttpMethod.GET, apigateway.HttpMethod.POST],
            integration=integrations.HttpLambdaIntegration("Unsubscribe", unsubscribe),
            authorizer=apigateway.HttpNoneAuthorizer(),  # the token in the link is what says who may
        )

    def _let_send(self, function: lambda_.Function, api: apigateway.HttpApi) -> None:
        function.add_environment("ALERT_SENDER", self._sender)
        function.add_environment("ALERT_CONFIGURATION_SET", self.configuration_set.configuration_set_name)
        function.add_environment("UNSUBSCRIBE_URL", f"{api.api_endpoint}{UNSUBSCRIBE_PATH}")
        self._let_sign(function)
        function.add_environment("WEBHOOKS_SECRET_ARN", self.webhooks.secret_arn)
        function.add_to_role_policy(
            iam.PolicyStatement(
                sid="ReadWebhooks",
                actions=["secretsmanager:GetSecretValue"],
                resources=[self.webhooks.secret_arn],
            )
        )
        stack = cdk.Stack.of(self)
        arn = f"arn:{stack.partition}:ses:{stack.region}:{stack.account}"
        function.add_to_role_policy(
            iam.PolicyStatement(
                sid="SendAlertMail",
                actions=["ses:SendRawEmail"],
                resources=[
                    f"{arn}:identity/{self._domain}",
                    f"{arn}:configuration-set/{self.configuration_set.configuration_set_name}",
                ],
                conditions={"StringEquals": {"ses:FromAddress": self._sender}},
            )
        )

    def _let_sign(self, function: lambda_.Function) -> None:
        function.add_environment("UNSUBSCRIBE_SECRET_ARN", self.secret.secret_arn)
        function.add_to_role_policy(
            iam.PolicyStatement(
                sid="ReadUnsubscribeKey",
                actions=["secretsmanager:GetSecretValue"],
                resources=[self.secret.secret_arn],
            )
        )

    def _hourly(self, deliver: lambda_.Function) -> None:
        role = iam.Role(self, "HourlyRole", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
        for action, resource in (
            ("lambda:InvokeFunction", deliver.function_arn),
            ("sqs:SendMessage", self.undelivered.queue_arn),
        ):
            role.add_to_policy(iam.PolicyStatement(actions=[action], resources=[resource]))
        event = {"scheduled_time": scheduler.ContextAttribute.scheduled_time}
        scheduler.Schedule(
            self,
            "Hourly",
            schedule_name=f"mrs-{self._env_name}-deliver-alerts",
            description="Sends what quiet hours and digests held back, and tries again what failed.",
            schedule=scheduler.ScheduleExpression.cron(minute="30", time_zone=cdk.TimeZone.ETC_UTC),
            target=targets.LambdaInvoke(
                deliver,
                role=role.without_policy_updates(),
                dead_letter_queue=self.undelivered,
                input=scheduler.ScheduleTargetInput.from_object(event),
                retry_attempts=2,
            ),
        )
