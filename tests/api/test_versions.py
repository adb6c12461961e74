"""State versions, in runs of today and in runs of dates long past."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from mrs.identity import schedule_time
from mrs.store.snapshots import Snapshot

from functions.workshop.state.edit_log import LoggedEdit
from functions.workshop.state.versions import MILLISECOND, snapshot_seen, version_of

MONDAY = date(2015, 6, 1)
TODAY = datetime(2026, 1, 5, 9)


def edit(tick: date, written_at: datetime) -> LoggedEdit:
    return LoggedEdit(
        object_id="r",
        edit_id="e",
        action="comment",
        value={},
        author="ann",
        edited_at=written_at,
        tick=tick,
        about="report",
        based_on=written_at,
        written_at=written_at,
        key="",
    )


def snapshot(days: int, written_at: datetime | None = None) -> Snapshot:
    tick = MONDAY + timedelta(days=days)
    return Snapshot("main", tick, written_at or schedule_time(tick))


FIRST, REFRESHED = snapshot(0), snapshot(0, TODAY + timedelta(seconds=5))
SECOND, THIRD = snapshot(1), snapshot(2)
EDIT = edit(MONDAY, TODAY)


@pytest.mark.parametrize(
    ("served", "version"),
    [
        (FIRST, TODAY),
        (REFRESHED, REFRESHED.written_at),
        (SECOND, TODAY + MILLISECOND),
        (THIRD, TODAY + 2 * MILLISECOND),
        (snapshot(1, TODAY + timedelta(days=1)), TODAY + timedelta(days=1)),
    ],
)
def test_every_state_has_its_version_and_the_version_its_state(served: Snapshot, version: datetime) -> None:
    assert version_of(served, served.written_at, [EDIT]) == version
    there = sorted({FIRST, REFRESHED, SECOND, THIRD, served}, key=lambda s: (s.tick, s.written_at))
    found = snapshot_seen(there, [EDIT], version)
    assert found is not None and found.tick == served.tick


def test_without_edits_it_is_the_snapshots_own(served: Snapshot = SECOND) -> None:
    assert version_of(served, served.written_at, []) == served.written_at
    assert snapshot_seen([FIRST, SECOND], [], served.written_at) == served


def test_an_edit_under_a_tick_that_is_under_way_does_not_count_ticks() -> None:
    assert version_of(FIRST, FIRST.written_at, [edit(SECOND.tick, TODAY)]) == TODAY


@pytest.mark.parametrize("version", [TODAY - timedelta(days=99), TODAY + timedelta(hours=1)])
def test_a_version_that_never_was_has_no_state(version: datetime) -> None:
    assert snapshot_seen([FIRST, SECOND], [EDIT], version) is None
