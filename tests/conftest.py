"""What all tests share: an AWS of their own, empty and in process."""

from __future__ import annotations

import os
from collections.abc import Iterator

import boto3
import pytest
from hypothesis import HealthCheck, settings
from moto import mock_aws
from mrs.contracts import STORED
from mrs.contracts.catalog import glue_table
from mrs.environment import Environment, client

from local.objects import written_through

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_EC2_METADATA_DISABLED="true",
    POWERTOOLS_TRACE_DISABLED="true",
)

# Tests do not time: a busy machine is no fault.
settings.register_profile("mrs", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("mrs")


@pytest.fixture
def aws() -> Iterator[Environment]:
    """An empty AWS with the buckets of logs, of the landing and of results, and the Glue tables of the contracts."""
    with mock_aws(), written_through({}):
        client.cache_clear()
        s3, glue = boto3.client("s3"), boto3.client("glue")
        for bucket in ("mrs-logs", "mrs-landing", "mrs-results"):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        glue.create_database(DatabaseInput={"Name": "mrs"})
        for ds in STORED:
            glue.create_table(DatabaseName="mrs", TableInput=glue_table(ds, f"s3://mrs-logs/logs/{ds.name}/"))
        buckets = {"LOG_BUCKET": "mrs-logs", "LANDING_BUCKET": "mrs-landing", "RESULTS_BUCKET": "mrs-results"}
        yield Environment.read({**buckets, "GLUE_DATABASE": "mrs"})
        client.cache_clear()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the slow proofs be asked for more seeds than the suite tries."""
    parser.addoption("--fault-seeds", type=int, default=1, help="seeds of random faults that tests/faults tries")
    parser.addoption("--system-examples", type=int, help="random examples of the whole system's machine of rules")
    parser.addoption("--accept-golden", action="store_true", help="record the golden histories as they are now")
