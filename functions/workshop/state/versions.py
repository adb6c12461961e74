"""State versions: what an edit must be based on, and the state that its author saw.

A version is a time: that of the newest write about an object, whether a snapshot or an edit. A run over past dates is
written with its ticks' own times, long before anybody edits it. There, a tick that applies an edit comes after the edit
but is written with an earlier time, so each tick since the edit moves the version on by a millisecond.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mrs.store.keys import MILLISECOND
from mrs.store.snapshots import Snapshot

from functions.workshop.state.edit_log import LoggedEdit

# The most ticks that milliseconds after an edit can stand for; a refresh is never written as soon as that.
MOST_TICKS = timedelta(seconds=2)


def version_of(snapshot: Snapshot, row_written_at: datetime, edits: Sequence[LoggedEdit]) -> datetime:
    """Return an object's version in a snapshot, given every known edit of it, the oldest first."""
    if not edits:
        return row_written_at
    newest = edits[-1]
    since = (snapshot.tick - newest.tick).days if newest.is_in(snapshot) else 0
    return max(row_written_at, newest.written_at + max(0, since) * MILLISECOND)


def snapshot_seen(snapshots: Sequence[Snapshot], edits: Sequence[LoggedEdit], version: datetime) -> Snapshot | None:
    """Return the snapshot that was served when an object had a version; None if it never had that version.

    Parameters
    ----------
    snapshots
        The existing snapshots, the newest last.
    edits
        Every edit of the object, the oldest first.
    """
    written = [s for s in snapshots if s.written_at == version]
    if written:
        return written[-1]
    before = [e for e in edits if e.written_at <= version]
    if not before or version - before[-1].written_at > MOST_TICKS:
        return None
    tick = before[-1].tick + timedelta(days=(version - before[-1].written_at) // MILLISECOND)
    return next((s for s in reversed(snapshots) if s.tick <= tick), None)
