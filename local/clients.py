"""boto3 clients of the local account, made once a process: making one takes longer than most calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import RLock
from typing import Any, Literal
from unittest.mock import patch

REGION: Literal["eu-west-1"] = "eu-west-1"


_making = RLock()


@cache
def client(service: str) -> Any:
    """Return the client of a service."""
    import boto3  # here, because a command's --help needs none of it

    with _making:  # boto3's own session is not made for several threads at once
        return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


def _made_once(make: Callable[..., Any]) -> Callable[..., Any]:
    """Let sessions share the clients that are asked for alike: each is of the one account that there is."""
    made: dict[tuple[object, ...], Any] = {}

    def made_before(session: Any, service_name: str, *args: Any, **asked: Any) -> Any:
        with _making:
            like = (service_name, session.region_name, args, *(f"{k} {_options(v)}" for k, v in sorted(asked.items())))
            if like not in made:
                made[like] = make(session, service_name, *args, **asked)
            return made[like]

    return made_before


def _options(asked: Any) -> Any:
    """Return what a client's settings are made of, which compares; other arguments as they are."""
    return getattr(asked, "_user_provided_options", asked)


@contextmanager
def quick_models() -> Iterator[None]:
    """Let all sessions of botocore, and moto, share the service descriptions that one has read, and alike clients.

    Mends: each session lists and reads them again, and moto makes a session for each region of each service, and reads
    a service's description to learn in which regions there is one; awswrangler makes a client for each call.
    """
    from boto3.session import Session
    from botocore import session
    from botocore.loaders import create_loader
    from moto.core import utils
    from moto.core.base_backend import AccountSpecificBackend

    shared = cache(create_loader)
    with (
        patch.object(session, "create_loader", shared),
        patch.object(utils, "create_loader", shared),
        patch.object(AccountSpecificBackend, "_generate_regions", lambda *_: [REGION, "us-east-1"]),
        patch.object(Session, "client", _made_once(Session.client)),
    ):
        yield
