"""boto3 clients of the local account, made once a process: making one takes longer than most calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, Literal
from unittest.mock import patch

REGION: Literal["eu-west-1"] = "eu-west-1"


_making = Lock()


@cache
def client(service: str) -> Any:
    """Return the client of a service."""
    import boto3  # here, because a command's --help needs none of it

    with _making:  # boto3's own session is not made for several threads at once
        return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


@contextmanager
def quick_models() -> Iterator[None]:
    """Let all sessions of botocore, and moto, share the service descriptions that one has read.

    Mends: each session lists and reads them again, and moto makes a session for each region of each service, and reads
    a service's description to learn in which regions there is one.
    """
    from botocore import session
    from botocore.loaders import create_loader
    from moto.core import utils
    from moto.core.base_backend import AccountSpecificBackend

    shared = cache(create_loader)
    with (
        patch.object(session, "create_loader", shared),
        patch.object(utils, "create_loader", shared),
        patch.object(AccountSpecificBackend, "_generate_regions", lambda *_: [REGION, "us-east-1"]),
    ):
        yield
