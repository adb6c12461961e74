"""The AWS on your laptop: the synthesized stack, deployed into this process, on top of a state folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from unittest.mock import patch

from mrs.errors import MrsError

from local.clients import REGION, client
from local.folders import KEPT_BUCKETS, BucketFolder
from local.stack import Stack
from local.template import template_path

if TYPE_CHECKING:
    from local.functions import Handler
    from local.image import Image

STACK = "mrs-dev"


class StateInUseError(MrsError):
    """Another process is writing to the state folder."""


@dataclass(frozen=True)
class Restored:
    """What the state folder gave: objects in S3, partitions in Glue."""

    objects: int
    partitions: int


class LocalAws:
    """A context in which every boto3 call of this process reaches the stack, deployed on moto.

    Parameters
    ----------
    state_dir
        Folder that keeps the content of the log and landing buckets; made if it is not there.
    read_only
        Leave the folder as it is, and do not wait for other processes that use it: what is written stays in memory. Who
        calls no function looks by `local.looking`.
    handlers
        Functions to run in place of those that these handler strings name (tests).
    template
        The template to deploy; None for the one synthesized from `infra/`, or from the cache.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        read_only: bool = False,
        handlers: Mapping[str, Handler] | None = None,
        template: Path | None = None,
    ) -> None:
        self._state_dir = state_dir
        self._read_only = read_only
        self._handlers = handlers
        self._template = template
        self._running = ExitStack()
        self.stack = Stack({}, client)
        self.restored = Restored(0, 0)

    def __enter__(self) -> Self:
        template = self._template or template_path()
        with ExitStack() as starting:
            if not self._read_only:
                starting.enter_context(_locked(self._state_dir))
            self._start(template, starting)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.__exit__(kind, error, trace)

    def _start(self, template: Path, starting: ExitStack) -> None:
        starting.enter_context(_no_way_to_aws())
        from moto import mock_aws  # imported here: moto takes a second, and a command's --help needs none of it

        from local.clients import quick_models
        from local.fast_reads import fast_reads
        from local.light import few_threads, one_heap, without_ec2

        starting.enter_context(mock_aws(config={"stepfunctions": {"execute_state_machine": True}}))
        starting.enter_context(quick_models())
        starting.enter_context(fast_reads())
        starting.enter_context(few_threads())
        without_ec2()
        one_heap()
        image = self._deploy(template, starting)
        self.stack = Stack(image.outputs, client)
        self._run(image, starting)

    def _deploy(self, template: Path, starting: ExitStack) -> Image:
        """Wake the account that a deployment of this template left, deploying it first where there is none."""
        from local import image

        path = image.image_path(template)
        found = image.load(path)
        if found is not None:
            starting.enter_context(image.woken(found))
            return found
        from local.deployment import deploy

        return image.keep(path, deploy(template, STACK))

    def _run(self, image: Image, starting: ExitStack) -> None:
        """Let the functions, queries, machines and mails of the account do what they do on AWS."""
        import local.athena
        from local import partitions, step_functions
        from local.functions import handlers_in_process
        from local.halves import in_two_processes
        from local.mail import delivered
        from local.objects import keys_of, written_through

        starting.enter_context(step_functions.mended(image.programs))
        self.stack = replace(self.stack, pause=step_functions.pause)
        starting.enter_context(handlers_in_process(self._handlers))
        starting.enter_context(in_two_processes())
        starting.enter_context(delivered(None if self._read_only else self._state_dir / "outbox"))
        local.athena.install()
        objects = self._restore()
        found = partitions.repair(self.stack.outputs["GlueDatabase"], keys_of(self.stack.outputs["LogBucket"]))
        self.restored = Restored(objects, found)
        if not self._read_only:
            starting.enter_context(written_through(self._folders()))
            self._set_up_webhooks()
        starting.enter_context(step_functions.ended())

    def _set_up_webhooks(self) -> None:
        """Fill the secret of webhooks from `webhooks.json` in the state folder, if it is there."""
        file = self._state_dir / "webhooks.json"
        if file.exists():
            secret = self.stack.outputs["WebhooksSecret"]
            client("secretsmanager").put_secret_value(SecretId=secret, SecretString=file.read_text())

    def _folders(self) -> dict[str, BucketFolder]:
        return {self.stack.outputs[k]: BucketFolder(self._state_dir / v) for k, v in KEPT_BUCKETS.items()}

    def _restore(self) -> int:
        from local.objects import restore

        if not self._read_only:
            for folder in self._folders().values():
                folder.recover()
        return sum(restore(folder, bucket) for bucket, folder in self._folders().items())


@contextmanager
def _no_way_to_aws() -> Iterator[None]:
    """Hide the user's own AWS settings, so that no call can leave this process with them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own = {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with patch.dict(os.environ, {**kept, **own}, clear=True):
        yield


@contextmanager
def _locked(state_dir: Path) -> Iterator[None]:
    """Let one process at a time write to the state folder."""
    state_dir.mkdir(parents=True, exist_ok=True)
    with (state_dir / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StateInUseError(f"{state_dir} is in use by another mrs command; wait for it to end") from None
        yield
