"""A state in which everything happened once: a backfill, an edit and its refresh, a rereview, a daily tick."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from mrs.contracts import dataset
from mrs.identity import row_id, schedule_time
from mrs.store.log_store import Write
from mrs.store.runs import latest_snapshot

from cli.pipeline import RunRequest, run_ticks
from cli.state import State, opened
from tests.api.conftest import CONFIG, FIRST, LAST, NEXT_DAY, RUN, world
from tests.builders import table

__all__ = ["world"]

EDITED = schedule_time(LAST) + timedelta(hours=2)


def edit_a_report(state: State) -> None:
    """Correct the cause of the first report, and refresh."""
    report = latest_snapshot(state.logs, "minority_reports", RUN).to_pylist()[0]
    edit = {"edit_id": row_id(report["report_id"]), "report_id": report["report_id"], "action": "set_cause"}
    edit |= {"cause": "local_event", "author": "ann", "edited_at": EDITED, "based_on": report["written_at"]}
    rows = table("user_edits_log", edit, tick=LAST, written_at=EDITED)
    state.logs.append([Write(dataset("user_edits_log"), RUN, LAST, EDITED, rows, "edit")])
    event = {"run_id": RUN, "first_tick": str(LAST), "last_tick": str(LAST), "mode": "refresh", "config": CONFIG}
    event |= {"written_at": f"{(EDITED + timedelta(seconds=5)).isoformat()}Z", "begins_at": "2000-01-01T00:00:00Z"}
    outcome = state.stack.executions.wait(state.stack.start("refresh", event))
    assert outcome.succeeded, outcome.failure


def rereview(state: State) -> None:
    """Rereview all reports with the default model."""
    config = {"attribute": {"cause_model": "evidence"}, "rereview": {"selection": {}, "requested_by": "ann"}}
    event = {"run_id": RUN, "first_tick": str(FIRST), "last_tick": str(LAST), "mode": "rereview", "config": config}
    event |= {"rereview_id": row_id(json.dumps(config)), "written_at": f"{(EDITED + timedelta(hours=1)).isoformat()}Z"}
    outcome = state.stack.executions.wait(state.stack.start("rereview", event))
    assert outcome.succeeded, outcome.failure


@pytest.fixture(scope="session")
def lived_in(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder; read only."""
    folder = tmp_path_factory.mktemp("lived") / "state"
    shutil.copytree(world / "state", folder, ignore=shutil.ignore_patterns(".lock"))
    with opened(folder) as state:
        edit_a_report(state)
        rereview(state)
        run_ticks(state.stack, state.environment, RunRequest(world / "input", RUN, NEXT_DAY, NEXT_DAY, 1, None, CONFIG))
    return folder


@pytest.fixture
def folder(lived_in: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    shutil.copytree(lived_in, tmp_path / "state", ignore=shutil.ignore_patterns(".lock"))
    return tmp_path / "state"
