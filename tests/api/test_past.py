"""States of the past: what a snapshot holds, and who may have one made."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from mrs.contracts import dataset
from mrs.store.log_store import Write
from mrs.store.snapshots import Snapshot, snapshots

from functions.workshop.state import view
from tests.api.conftest import RUN, Api, Workshop

REPORTS = dataset("minority_reports")


def test_a_snapshot_is_read_as_it_was_written_although_a_refresh_came_after_it(workshop: Workshop) -> None:
    """No cache is in between: a warm function would hide that the older snapshot is read wrongly."""
    logs = workshop.state.logs
    old = snapshots(logs, RUN)[-1]
    before = old.read(logs, REPORTS.name)
    refreshed = Snapshot(RUN, old.tick, old.written_at + timedelta(minutes=1))
    row = {**before.slice(0, 1).to_pylist()[0], "written_at": refreshed.written_at}
    rows = pa.Table.from_pylist([{c: row[c] for c in REPORTS.file_schema.names}], schema=REPORTS.file_schema)
    logs.append([Write(REPORTS, RUN, old.tick, refreshed.written_at, rows, "refreshed")])
    assert old.read(logs, REPORTS.name).equals(before)
    assert refreshed.read(logs, REPORTS.name).num_rows == 1


def test_a_viewer_opens_a_far_state_once_an_analyst_has(
    viewer: Api, analyst: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "VIEWERS_LOOK_BACK", timedelta(days=3))
    ticks = viewer.get(f"/api/runs/{RUN}/ticks")["items"]
    far, near = ticks[0], ticks[-3]

    def ask(who: Api, tick: dict[str, Any]) -> Any:
        return who.send("GET", "/api/reports", params={"as_of": tick["written_at"]})

    assert ask(viewer, near).status_code == 200
    refused = ask(viewer, far)
    assert (refused.status_code, "analyst" in refused.json()["detail"]) == (403, True)
    assert ask(viewer, far).status_code == 403, "a refusal is not what the next one gets as an answer"
    assert ask(analyst, far).json()["state"]["tick"] == far["tick"]
    assert ask(viewer, far).json() == ask(analyst, far).json()


def test_a_run_without_a_state_has_none_as_of_any_moment(viewer: Api) -> None:
    found = viewer.get("/api/events", run_id="not-yet", as_of="2024-02-10T12:00:00Z")
    assert (found["items"], found["state"]["written_at"]) == ([], None)
    assert found["state"]["edits_until"] == "2024-02-10T12:00:00Z"
