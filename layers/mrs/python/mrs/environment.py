"""The environment variables of a deployed function, and the AWS clients that it uses."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from threading import Lock
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mrs.store.catalog import Catalog
from mrs.store.log_store import LogStore
from mrs.store.objects import ObjectStore

_making = Lock()


class Environment(BaseModel):
    """The environment variables of a function."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    log_bucket: str = Field(alias="LOG_BUCKET")
    landing_bucket: str = Field("", alias="LANDING_BUCKET")
    results_bucket: str = Field("", alias="RESULTS_BUCKET")
    glue_database: str = Field(alias="GLUE_DATABASE")
    athena_workgroup: str = Field("", alias="ATHENA_WORKGROUP")
    alert_topic_arn: str = Field("", alias="ALERT_TOPIC_ARN")
    dead_letter_queue_urls: str = Field("", alias="DEAD_LETTER_QUEUE_URLS")

    @classmethod
    def read(cls, variables: Mapping[str, str] | None = None) -> Environment:
        """Return the environment from `variables`, by default the process's."""
        return cls.model_validate(dict(os.environ if variables is None else variables))

    def logs(self) -> LogStore:
        """Return the log store of this environment."""
        return LogStore(
            ObjectStore(self.log_bucket, client("s3")), Catalog(self.glue_database, self.log_bucket, client("glue"))
        )

    @property
    def dead_letter_queues(self) -> tuple[str, ...]:
        """The URLs of the dead-letter queues that the function may ask."""
        return tuple(filter(None, self.dead_letter_queue_urls.split(",")))

    def landing(self) -> ObjectStore:
        """Return the landing bucket."""
        return ObjectStore(self.landing_bucket, client("s3"))

    def results(self) -> ObjectStore:
        """Return the bucket of what expires within days."""
        return ObjectStore(self.results_bucket, client("s3"))


@lru_cache(maxsize=16)
def client(service: str, seconds: int = 60, attempts: int = 5) -> Any:
    """Return a boto3 client, made once a process: warm invocations keep its connections.

    Parameters
    ----------
    service
        As boto3 calls it.
    seconds, attempts
        How long a call waits for a connection, and for an answer, and how often it is tried again.
    """
    import boto3  # here: who only reads a folder needs none of it
    from botocore.config import Config

    config = Config(
        max_pool_connections=32,
        connect_timeout=seconds,
        read_timeout=seconds,
        retries={"mode": "standard", "max_attempts": attempts},
    )
    with _making:  # boto3's own session is not made for several threads at once
        return boto3.client(service, config=config)  # type: ignore[call-overload]
