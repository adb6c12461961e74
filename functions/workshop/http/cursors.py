"""Cursors: the place of the next page in a list, and the state the list was made from, so that pages never shift."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mrs.errors import BadInputError
from mrs.identity import sha256_hex
from mrs.store.keys import checked_run_id
from mrs.store.snapshots import Snapshot

from functions.workshop.http.parameters import Paged

NOT_OURS = "cursor is not one that this list gave out; start again without one"


@dataclass(frozen=True)
class Cursor:
    """The next page.

    Parameters
    ----------
    snapshot, until
        The hydrated state, and the time of the newest edit in it.
    offset
        The rows before the page.
    list_hash
        Identity of the list and its filters.
    """

    snapshot: Snapshot
    until: datetime
    offset: int
    list_hash: str

    def text(self) -> str:
        """Return the cursor as the opaque text that a client gets."""
        s = self.snapshot
        parts = [s.run_id, s.tick.isoformat(), s.written_at.isoformat(), self.until.isoformat()]
        packed = json.dumps([*parts, self.offset, self.list_hash], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, list_hash: str) -> Cursor:
        """Return the cursor that a client sent back.

        Raises
        ------
        BadInputError
            If the text is not a cursor, or one of another list.
        """
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            run_id, tick, written_at, until, offset, owner = json.loads(packed)
            snapshot = Snapshot(checked_run_id(run_id), date.fromisoformat(tick), datetime.fromisoformat(written_at))
            made = cls(snapshot, datetime.fromisoformat(until), offset, owner)
        except (ValueError, TypeError, AttributeError):
            raise BadInputError(NOT_OURS) from None
        if owner != list_hash or not isinstance(offset, int) or not 0 <= offset < 2**31:
            raise BadInputError(NOT_OURS)
        if made.until.tzinfo or snapshot.written_at.tzinfo:
            raise BadInputError(NOT_OURS)
        return made


def list_hash(name: str, filters: Paged, extra: str | None) -> str:
    """Return the identity of a list: a hash of its name, filters and order."""
    asked: dict[str, Any] = filters.model_dump(mode="json", exclude={"cursor", "limit"})
    return sha256_hex(json.dumps([name, extra, asked], sort_keys=True))[:16]
