"""Deploys the synthesized template, as it is, into moto's CloudFormation."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from moto.cloudformation import parsing
from moto.cloudformation.models import Stack
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.stepfunctions import models as non_executing
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends

from local import providers
from local.clients import REGION, client

BOOTSTRAP_VERSION = "30"  # what the template's own rule asks the account's CDK bootstrap stack for


def deploy(template: Path, stack: str) -> dict[str, str]:
    """Create the stack from the template file and return its outputs."""
    text = template.read_text()
    _bootstrap(text)
    cloudformation = client("cloudformation")
    with providers.installed(), _names_of_this_stack(), _executable_state_machines(), _quick_template():
        cloudformation.create_stack(StackName=stack, TemplateBody=text, Capabilities=["CAPABILITY_NAMED_IAM"])
    found = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    return {o["OutputKey"]: o["OutputValue"] for o in found}


def _bootstrap(template: str) -> None:
    """Do what `cdk bootstrap` and the upload of the assets do; an empty archive stands for each asset.

    The handlers are run from the repository, so the archives are never opened.
    """
    client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value=BOOTSTRAP_VERSION, Type="String")
    s3 = client("s3")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w"):
        pass
    created: set[str] = set()
    for bucket, key in sorted(_assets(json.loads(template)["Resources"])):
        name = bucket.replace("${AWS::AccountId}", DEFAULT_ACCOUNT_ID).replace("${AWS::Region}", REGION)
        if name not in created:
            s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
            created.add(name)
        s3.put_object(Bucket=name, Key=key, Body=archive.getvalue())


def _assets(resources: Mapping[str, Any]) -> set[tuple[str, str]]:
    found = set()
    for resource in resources.values():
        code = resource.get("Properties", {}).get("Code") or resource.get("Properties", {}).get("Content")
        if isinstance(code, dict) and "S3Key" in code:
            bucket = code["S3Bucket"]
            found.add((bucket["Fn::Sub"] if isinstance(bucket, dict) else bucket, code["S3Key"]))
    return found


@contextmanager
def _names_of_this_stack() -> Iterator[None]:
    """Name resources after the stack and their logical id.

    Mends: moto adds a random suffix, so that every command would see other bucket names.
    """

    def name(resource_type: str, stack_name: str, logical_id: str) -> str:
        full = f"{stack_name}-{logical_id}"
        return full.lower()[:63] if resource_type == "AWS::S3::Bucket" else full[:64]

    with patch.object(parsing, "generate_resource_name", name):
        yield


@contextmanager
def _executable_state_machines() -> Iterator[None]:
    """Create state machines where they can be executed, and leave their parsing to the executions.

    Mends: moto's CloudFormation creates them in the backend that executes nothing.
    """
    with (
        patch.object(non_executing, "stepfunctions_backends", stepfunctions_parser_backends),
        patch.object(StepFunctionsParserBackend, "_validate_definition"),
    ):
        yield


@contextmanager
def _quick_template() -> Iterator[None]:
    """Read a JSON template as JSON.

    Mends: moto reads it as YAML, which takes longer than all of the deployment's calls.
    """
    with patch.object(Stack, "parse_template", staticmethod(json.loads)):
        yield
