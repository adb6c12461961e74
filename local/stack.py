"""A deployed stack as the commands see it: what its outputs name, its executions. The same on AWS as on the laptop."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from time import sleep
from typing import Any, Literal
from uuid import uuid4

from mrs.errors import BadInputError

from local.executions import Executions

Machine = Literal["daily", "backfill", "refresh", "rereview"]


@dataclass(frozen=True)
class Stack:
    """One deployed stack.

    Parameters
    ----------
    outputs
        The stack's outputs.
    client
        Makes a boto3 client of a service.
    pause
        Waits between two looks at an execution, for so many seconds or until one has ended.
    """

    outputs: Mapping[str, str]
    client: Callable[[str], Any]
    pause: Callable[[float], None] = sleep

    @property
    def executions(self) -> Executions:
        """The executions of the stack's state machines."""
        return Executions(self.client("stepfunctions"), pause=self.pause)

    @property
    def variables(self) -> dict[str, str]:
        """What the stack's functions are told about their surroundings, for those who read its logs beside them."""
        return {
            "LOG_BUCKET": self.outputs["LogBucket"],
            "LANDING_BUCKET": self.outputs["LandingBucket"],
            "GLUE_DATABASE": self.outputs["GlueDatabase"],
            "ATHENA_WORKGROUP": self.outputs["AthenaWorkGroup"],
            "ALERT_TOPIC_ARN": self.outputs["AlertTopicArn"],
        }

    def start(self, machine: Machine, event: Mapping[str, Any], name: str | None = None) -> str:
        """Start an execution of a state machine and return its ARN.

        Parameters
        ----------
        machine, event
            Which one, and its input.
        name
            Name of the execution; the same name again is refused. None: a new one.
        """
        arn = self.outputs[f"{machine.title()}StateMachineArn"]
        return self.executions.start(arn, name or f"{machine}-{uuid4().hex[:12]}", event)

    def fire_schedule(self, at: datetime) -> str:
        """Do what EventBridge Scheduler does at a time (UTC), and return the ARN of the execution that it starts.

        Mends: moto's schedules never fire.
        """
        schedule = self.client("scheduler").get_schedule(Name=self.outputs["ScheduleName"])
        time = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        text = schedule["Target"]["Input"].replace("<aws.scheduler.scheduled-time>", f"{time:%Y-%m-%dT%H:%M:%SZ}")
        name = f"scheduled-{time:%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
        return self.executions.start(schedule["Target"]["Arn"], name, json.loads(text))


def deployed(name: str) -> Stack:
    """Return a stack of the account and region that the usual AWS settings lead to.

    Raises
    ------
    BadInputError
        If there is no such stack, or the settings lead nowhere.
    """
    import boto3  # here, because a command's --help needs none of it
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        raise BadInputError(f"--stack {name}: {error.response['Error']['Message']}") from None
    except BotoCoreError as error:
        raise BadInputError(f"--stack {name}: {error}; set AWS_PROFILE and AWS_REGION, say") from None
    outputs = {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", ())}
    if "LogBucket" not in outputs:
        raise BadInputError(f"--stack {name} is no stack of the Minority Report System")
    return Stack(outputs, cache(boto3.client))
