"""An AWS with Athena: a workgroup whose results have a bucket of their own, and the local engine behind it."""

from __future__ import annotations

from collections.abc import Callable

import boto3
import pyarrow as pa
import pytest
from mrs.environment import Environment, client
from mrs.store.athena import Athena

import local.athena

Query = Callable[..., pa.Table]


@pytest.fixture
def athena(aws: Environment) -> Athena:
    """Athena over the empty Glue tables of the contracts."""
    local.athena.install()
    boto3.client("athena").create_work_group(
        Name="mrs",
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "ResultConfiguration": {"OutputLocation": "s3://mrs-results/athena/"},
        },
    )
    return Athena(aws.glue_database, "mrs", client("athena"), client("s3"))
