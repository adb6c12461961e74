"""boto3 clients of the local account, made once a process: making one takes longer than most calls."""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

REGION: Literal["eu-west-1"] = "eu-west-1"


@cache
def client(service: str) -> Any:
    """Return the client of a service."""
    import boto3  # here, because a command's --help needs none of it

    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]
