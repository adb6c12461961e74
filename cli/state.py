"""Opens a state folder: the stack deployed on this laptop, its logs, its active run."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mrs.environment import Environment, client
from mrs.errors import BadInputError
from mrs.store.log_store import LogStore
from mrs.store.runs import Run, activate, active_run, runs
from mrs.store.snapshots import newest_snapshot

from local.stack import Stack, deployed


@dataclass(frozen=True)
class State:
    """An opened stack: what to start executions on, and where its logs are."""

    stack: Stack
    environment: Environment

    @property
    def logs(self) -> LogStore:
        """The log store."""
        return self.environment.logs()

    def run_or_active(self, run_id: str | None) -> str:
        """Return the run that is meant: the one that was named, or the active one.

        Raises
        ------
        BadInputError
            If neither is there.
        """
        return run_id or active_run(self.logs)

    def currency(self, run_id: str) -> str | None:
        """Return what a run's amounts are in, as its newest state knows; None if it is not set."""
        newest = newest_snapshot(self.logs, run_id)
        return newest.currency(self.logs) if newest else None

    def activate(self, run_id: str, label: str | None) -> Run:
        """Make a run the active one, in the name of the operating system's user, and return it."""
        run = Run(run_id, label, getpass.getuser(), now())
        activate(self.logs, run)
        return run

    def ensure_run(self, run_id: str | None) -> str:
        """Return the run to work in; the first run of an empty state becomes the active one."""
        if not runs(self.logs):
            self.activate(run_id or "main", None)
        return self.run_or_active(run_id)


def now() -> datetime:
    """Return the present moment in UTC, to the millisecond, without a zone: the edge at which time enters."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@contextmanager
def opened(
    folder: Path | None,
    stack: str | None = None,
    *,
    must_exist: bool = False,
    read_only: bool = False,
    whole: bool = False,
) -> Iterator[State]:
    """Open a state folder, or a deployed stack, for the length of a `with` block.

    `whole` says that a function will be called, though the folder is only read; what it writes stays in memory.

    Raises
    ------
    BadInputError
        If neither or both are named, the folder must exist and does not, or there is no such stack.
    """
    if (folder is None) == (stack is None):
        raise BadInputError("say where: --state DIR for a folder on this machine, or --stack NAME for a deployed stack")
    with _local(folder, must_exist, read_only, whole) if folder else nullcontext(deployed(str(stack))) as found:
        client.cache_clear()
        try:
            yield State(found, Environment.read(found.variables))
        finally:
            client.cache_clear()


@contextmanager
def _local(folder: Path, must_exist: bool, read_only: bool, whole: bool) -> Iterator[Stack]:
    from local.folders import INDEX
    from local.quarantine import ASIDE  # here: a deployed stack needs none of it

    if must_exist and not folder.is_dir():
        raise BadInputError(f"{folder} is no state folder; make one with `mrs run --input DIR --state {folder} …`")
    if (folder / "log" / ASIDE / INDEX).exists():
        raise BadInputError(f"a rebuild of {folder} was interrupted; run `mrs rebuild --state {folder}` first")
    if read_only and not whole:
        from local.looking import looking

        with looking(folder) as stack:
            yield stack
        return
    from local.runtime import LocalAws

    with LocalAws(folder, read_only=read_only) as aws:
        yield aws.stack
