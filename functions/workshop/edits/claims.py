"""Which of several editors comes next: one create-only object for each object's n-th edit.

An edit of an object that has had n edits claims the object's slot n, with `If-None-Match`, so that exactly one editor
gets it; the claim says under which key the edit will be logged. The edit counts from the moment at which that log
object is there, whole, with a row for every object of the request: claims alone mean nothing. Nothing can be deleted,
so an editor who gives up, or crashes in between, leaves claims behind. An editor who finds such a claim waits a little,
then closes the case by creating an empty log object under the promised key: the edit can no longer be logged, and the
next slot is free. Of two requests that stand in each other's way, the older closes the younger's case, and the younger
waits for the older: no two wait for each other.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import pyarrow as pa
import pyarrow.parquet as pq
from mrs.errors import ConflictingContentError, StoreError, TransientError
from mrs.store.keys import LogKey
from mrs.store.log_store import LogStore, Write
from mrs.store.objects import in_parallel

from functions.workshop.state.kinds import ObjectKind

POLL_SECONDS = 0.02
POLLS = 150
MOST_SLOTS = 10_000


class Found(Enum):
    """The fate of the edit that another claim promised."""

    LOGGED = auto()
    CLOSED = auto()
    OPEN = auto()


class ClosedError(Exception):
    """Another editor closed this request's case before it was logged; the request has to be checked again."""


@dataclass(frozen=True)
class Claims:
    """The claims of one edit request.

    Parameters
    ----------
    logs, kind, run_id
        Where the edit will be logged.
    promised
        The key under which it will be.
    """

    logs: LogStore
    kind: ObjectKind
    run_id: str
    promised: LogKey

    def take(self, slots: Sequence[tuple[str, int, Collection[str]]]) -> list[tuple[str, str]]:
        """Claim the next slot of every object.

        Parameters
        ----------
        slots
            Per object: its id, how many edits of it are known, and the keys that they are logged under.

        Returns
        -------
        list
            The objects that another editor has edited meanwhile, each with the key of that edit; empty if none was.
        """
        taken = in_parallel(lambda slot: self._take(*slot), list(slots))
        lost = [(slot[0], key) for slot, key in zip(slots, taken, strict=True) if key is not None]
        if 0 < len(lost) < len(slots):
            self._close(self.promised)  # no request has to wait for what will never be logged
        return lost

    def _take(self, object_id: str, slot: int, known: Collection[str]) -> str | None:
        """Claim an object's first free slot; return the key of an unknown edit that is found on the way there."""
        for number in range(slot, slot + MOST_SLOTS):
            other = self._claim(object_id, number)
            if other is None:
                return None
            if other not in known and self._settled(other) is Found.LOGGED:
                return other
        raise TransientError(f"{self.kind.name} {object_id} has {MOST_SLOTS} abandoned edits")

    def _claim(self, object_id: str, number: int) -> str | None:
        """Create a claim; return None if it is ours, else the key that the other one promises."""
        key = f"claims/{self.kind.edits.name}/run_id={self.run_id}/{object_id}/{number:06d}.json"
        body = json.dumps({"key": str(self.promised)}).encode()
        try:
            self.logs.objects.create(key, body, hashlib.sha256(body).hexdigest())
        except ConflictingContentError:
            promised: str = json.loads(self.logs.objects.get(key))["key"]
            return promised
        return None

    def _settled(self, key: str) -> Found:
        """Return the fate of another claim, once it is certain."""
        other = LogKey.parse(key)
        assert other is not None  # noqa: S101 (claims are written here only)
        found = self._found(key)
        for _ in range(0 if self._is_older_than(other) else POLLS):
            if found is not Found.OPEN:
                return found
            time.sleep(POLL_SECONDS)
            found = self._found(key)
        return found if found is not Found.OPEN else self._close(other)

    def _is_older_than(self, other: LogKey) -> bool:
        return (self.promised.written_at, self.promised.part) < (other.written_at, other.part)

    def _found(self, key: str) -> Found:
        try:
            file = self.logs.objects.get(key)
        except StoreError:
            return Found.OPEN
        return Found.LOGGED if pq.read_metadata(pa.BufferReader(file)).num_rows else Found.CLOSED

    def _close(self, other: LogKey) -> Found:
        """Make sure that an edit that is not logged never will be."""
        try:
            self.logs.append([self._write(other, self.kind.edits.empty())])
        except ConflictingContentError:
            return Found.LOGGED
        return Found.CLOSED

    def log(self, table: pa.Table) -> None:
        """Log the edit; from then on it counts.

        Raises
        ------
        ClosedError
            If somebody closed the case; nothing was written.
        """
        try:
            self.logs.append([self._write(self.promised, table)])
        except ConflictingContentError:
            raise ClosedError from None

    def _write(self, key: LogKey, table: pa.Table) -> Write:
        return Write(self.kind.edits, self.run_id, key.tick, key.written_at, table, key.part)
