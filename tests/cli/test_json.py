"""What a command prints for another program: JSON on stdout alone, whatever the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.store.log_store import Write
from typer.testing import CliRunner

from cli.main import app
from cli.state import opened
from tests.builders import TICK, table


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state with one run, one event and one report."""
    folder = tmp_path_factory.mktemp("json") / "state"
    with opened(folder) as made:
        made.ensure_run("r")
        rows = {
            "minority_events_log": {
                "report_group_id": "e1",
                "cause": "viral",
                "cause_confidence": 0.9,
                "severity": 0.5,
            },
            "minority_reports": {"report_id": "m1", "cause": "viral", "cause_confidence": 0.9, "severity": 0.5},
            "attribution_ready_sales": {"store_id": "s1"},
        }
        made.logs.append(
            [Write(dataset(n), "r", TICK, schedule_time(TICK), table(n, {"tick": TICK, **r})) for n, r in rows.items()]
        )
    return folder


@pytest.mark.parametrize(
    ("command", "column", "value"),
    [
        (["runs"], "run_id", "r"),
        (["show", "events"], "report_group_id", "e1"),
        (["show", "reports", "--cause", "viral"], "report_id", "m1"),
    ],
)
def test_rows_are_one_json_array(state: Path, command: list[str], column: str, value: str) -> None:
    done = CliRunner().invoke(app, [*command, "--state", str(state), "--json"])
    assert done.exit_code == 0
    assert [row[column] for row in json.loads(done.stdout)] == [value]


def test_what_does_not_fit_is_an_empty_array(state: Path) -> None:
    done = CliRunner().invoke(app, ["show", "events", "--state", str(state), "--json", "--cause", "weather"])
    assert json.loads(done.stdout) == []


def test_a_shell_can_complete_the_command() -> None:
    done = CliRunner().invoke(app, [], env={"_MRS_COMPLETE": "source_bash"}, prog_name="mrs")
    assert "complete" in done.stdout
