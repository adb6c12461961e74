"""A state of a run, now or as of a moment: the hydrated objects with the pending edits applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa
from aws_lambda_powertools.event_handler.exceptions import ForbiddenError, NotFoundError
from mrs.contracts import dataset
from mrs.environment import client
from mrs.store.log_store import LogStore
from mrs.store.runs import tick_begun
from mrs.store.snapshots import Snapshot, hydrate_by, newest_snapshot, snapshot_at

from functions.workshop.http.auth import Role
from functions.workshop.http.cursors import Cursor
from functions.workshop.http.parameters import When
from functions.workshop.state.cache import Cache
from functions.workshop.state.context import RequestContext
from functions.workshop.state.edit_log import LoggedEdit, by_object, logged_edits
from functions.workshop.state.kinds import EVENTS, REPORTS, ObjectKind
from functions.workshop.state.models import State
from functions.workshop.state.pending import with_pending
from functions.workshop.state.refresh import refresh_again
from functions.workshop.state.versions import version_of

# Covers a season; the state after each of its ticks is hydrated at most once.
VIEWERS_LOOK_BACK = timedelta(days=92)


@dataclass(frozen=True)
class Objects:
    """All objects of a kind in a state, sorted by id.

    Parameters
    ----------
    table
        Their rows.
    index
        The row of each id.
    """

    table: pa.Table
    index: dict[str, int]

    def row(self, object_id: str) -> dict[str, Any] | None:
        """Return an object's row, or None."""
        at = self.index.get(object_id)
        return None if at is None else dict(self.table.slice(at, 1).to_pylist()[0])

    def with_pending(self, kind: ObjectKind, pending: Sequence[LoggedEdit]) -> Objects:
        """Return the objects with pending edits applied."""
        return Objects(with_pending(kind, self.table, self.index, by_object(pending)), self.index)


@dataclass(frozen=True)
class View:
    """A state.

    Parameters
    ----------
    logs, cache, run_id
        The log store, the caches and the run.
    snapshot
        The hydrated state under it; None if the run has none yet.
    until
        The time up to which edits are in it, UTC; None if all edits are.
    at
        When the request came, UTC.
    """

    logs: LogStore
    cache: Cache
    run_id: str
    snapshot: Snapshot | None
    until: datetime | None
    at: datetime

    @cached_property
    def _edits(self) -> dict[str, tuple[LoggedEdit, ...]]:
        found: dict[str, tuple[LoggedEdit, ...]] = {}
        for kind in (REPORTS, EVENTS):
            edits = logged_edits(self.logs, self.cache, kind, self.run_id, self.at) if self.snapshot else []
            found[kind.name] = tuple(e for e in edits if self.snapshot and e.is_known(self.snapshot, self.until))
        return found

    @cached_property
    def _edits_by_object(self) -> dict[str, dict[str, list[LoggedEdit]]]:
        return {name: by_object(edits) for name, edits in self._edits.items()}

    def edits(self, kind: ObjectKind) -> tuple[LoggedEdit, ...]:
        """Return every edit of a kind that the state knows, the oldest first."""
        return self._edits[kind.name]

    def edits_of(self, kind: ObjectKind, object_id: str) -> list[LoggedEdit]:
        """Return the edits of one object, the oldest first."""
        return list(self._edits_by_object[kind.name].get(object_id, ()))

    def is_pending(self, edit: LoggedEdit) -> bool:
        """Whether the hydrated state does not hold an edit yet."""
        return self.snapshot is not None and not edit.is_in(self.snapshot)

    def pending(self, kind: ObjectKind) -> list[LoggedEdit]:
        """Return the edits of a kind that the hydrated state does not hold yet."""
        return [e for e in self.edits(kind) if self.is_pending(e)]

    def objects(self, kind: ObjectKind) -> Objects:
        """Return all objects of a kind, pending edits applied."""
        if self.snapshot is None:
            return Objects(kind.snapshot.empty(), {})
        hydrated: Objects = self.cache.hydrated.get((self.snapshot, kind.name), lambda: self._hydrated(kind))
        pending = self.pending(kind)
        if not pending:
            return hydrated
        key = (self.snapshot, kind.name, tuple(pending))
        state: Objects = self.cache.states.get(key, lambda: hydrated.with_pending(kind, pending))
        return state

    def _hydrated(self, kind: ObjectKind) -> Objects:
        table = self.hydrated_dataset(kind.snapshot.name)
        return Objects(table, {name: at for at, name in enumerate(table[kind.id_column].to_pylist())})

    def hydrated_dataset(self, name: str) -> pa.Table:
        """Return a hydrated dataset without pending edits."""
        if self.snapshot is None:
            return dataset(name).empty()
        return self.snapshot.read(self.logs, name).combine_chunks()

    def row(self, kind: ObjectKind, object_id: str) -> dict[str, Any]:
        """Return an object's row.

        Raises
        ------
        NotFoundError
            If the state has no such object.
        """
        found = self.objects(kind).row(object_id)
        if found is None:
            raise NotFoundError(f"run {self.run_id} has no {kind.name} {object_id}" + self._when())
        return found

    def version(self, kind: ObjectKind, row: dict[str, Any]) -> datetime:
        """Return an object's state version."""
        assert self.snapshot is not None  # noqa: S101 (the row is from it)
        return version_of(self.snapshot, row["written_at"], self.edits_of(kind, row[kind.id_column]))

    @property
    def newest_edit(self) -> datetime | None:
        """When the newest edit that the state knows was written; None if it knows none."""
        return max((e.written_at for kind in (REPORTS, EVENTS) for e in self.edits(kind)), default=None)

    def described(self) -> State:
        """Return what an answer says about the state that it was read from."""
        return State(
            run_id=self.run_id,
            tick=self.snapshot.tick if self.snapshot else None,
            written_at=aware(self.snapshot.written_at) if self.snapshot else None,
            edits_until=aware(self.until) if self.until else None,
            currency=self._currency(),
            pending_edits=sum(len(self.pending(kind)) for kind in (REPORTS, EVENTS)),
        )

    def _currency(self) -> str | None:
        state = self.snapshot
        if state is None:
            return None
        found: str | None = self.cache.hydrated.get((state, "currency"), lambda: state.currency(self.logs))
        return found

    def tick(self) -> date:
        """Return the state's business date.

        Raises
        ------
        NotFoundError
            If the run has no state yet.
        """
        if self.snapshot is None:
            raise NotFoundError(f"run {self.run_id} has no state{self._when()} yet")
        return self.snapshot.tick

    def tick_begun(self) -> date:
        """Return the business date under which people's edits are logged now.

        Raises
        ------
        NotFoundError
            If the run has no state yet.
        """
        return tick_begun(self.logs, self.run_id, self.tick())

    def _when(self) -> str:
        return f" as of {self.until}Z" if self.until else ""


def aware(moment: datetime) -> datetime:
    """Return a stored time with its zone, which is UTC."""
    return moment.replace(tzinfo=UTC)


def view_at(context: RequestContext, when: When) -> View:
    """Return the state that a request asks for; a past state is hydrated first if it is not there yet.

    Raises
    ------
    ForbiddenError
        If a viewer asks for a state that would have to be hydrated and lies further back than VIEWERS_LOOK_BACK: what
        is hydrated stays in the log for ever.
    """
    run_id, cache = context.run(when.run_id), context.stack.cache
    newest = _newest(context, run_id)
    if when.as_of is None or newest is None:
        view = View(context.logs, cache, run_id, newest, when.as_of, context.at)
        pending = [e for kind in (REPORTS, EVENTS) for e in view.pending(kind)]
        if newest is not None and pending:
            refresh_again(context.stack.refresh_machine, context.logs, newest, pending, context.at, cache.tried)
        return view
    as_of, served = when.as_of, newest
    hydrate = hydrate_by(client("lambda"), context.stack.hydrate_function, context.logs)

    def allowed(snapshot: Snapshot) -> None:
        if served.tick - snapshot.tick > VIEWERS_LOOK_BACK and not context.caller.is_a(Role.ANALYST):
            raise ForbiddenError(
                f"the state of {snapshot.tick} is not ready and lies more than {VIEWERS_LOOK_BACK.days} days before "
                "the newest; once an analyst has opened it, everybody can"
            )
        hydrate(snapshot)

    snapshot = cache.past.get((newest, as_of), lambda: snapshot_at(context.logs, run_id, as_of, allowed))
    return View(context.logs, cache, run_id, snapshot, as_of, context.at)


def view_of(context: RequestContext, cursor: Cursor) -> View:
    """Return the state that a cursor pins."""
    snapshot = cursor.snapshot
    return View(context.logs, context.stack.cache, snapshot.run_id, snapshot, cursor.until, context.at)


def pinned(view: View, offset: int, owner: str) -> Cursor:
    """Return a cursor that pins a state."""
    assert view.snapshot is not None  # noqa: S101 (a list with a second page has a state)
    until = view.until or view.newest_edit or view.snapshot.written_at
    return Cursor(view.snapshot, until, offset, owner)


def _newest(context: RequestContext, run_id: str) -> Snapshot | None:
    """Return a run's newest snapshot; snapshots older than the known one are not listed again."""
    newest = context.stack.cache.newest
    known, _ = newest.get(run_id, (None, None))
    found = newest_snapshot(context.logs, run_id, known)
    if found is not None and found != known:
        newest[run_id] = (found, context.at)
    return found
