"""`mrs quality`: what people made of the proposals, for a person and for another program."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.store.log_store import Write
from typer.testing import CliRunner

from cli.main import app
from cli.state import State, opened
from tests.builders import TICK, at, table

EVENTS, EDITS = "minority_events_log", "user_minority_events_edits_log"
WEEK = TICK - timedelta(days=TICK.weekday())


def write(made: State, name: str, *rows: dict[str, Any]) -> None:
    when = schedule_time(TICK)
    made.logs.append([Write(dataset(name), "r", TICK, when, table(name, *[{"tick": TICK, **r} for r in rows]))])


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of four sure proposals one was approved, one corrected, one rejected, and one accepted by a rule."""
    folder = tmp_path_factory.mktemp("quality") / "state"
    proposed = {"proposed_cause": "viral", "proposed_confidence": 0.92, "cause": "viral", "last_detected_at": at(TICK)}
    decided = [
        ("e1", "approve", {"cause": "viral"}),
        ("e2", "set_cause", {"cause": "weather"}),
        ("e3", "reject", {}),
        ("e4", "approve", {"cause": "viral", "rule_id": "x", "confidence": 0.92}),
    ]
    with opened(folder) as made:
        made.ensure_run("r")
        write(made, EVENTS, *[{"report_group_id": name, **proposed} for name, *_ in decided])
        write(made, "minority_reports", {"report_id": "m1"})
        write(
            made,
            EDITS,
            *[
                {"edit_id": f"of {name}", "report_group_id": name, "action": action, "value": json.dumps(value)}
                for name, action, value in decided
            ],
        )
    return folder


def quality(state: Path, *options: str) -> str:
    done = CliRunner().invoke(app, ["quality", "--state", str(state), *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_judgements_are_counted_by_cause_and_week_and_what_a_rule_accepted_is_none(state: Path) -> None:
    found = json.loads(quality(state, "--json"))
    assert found["causes"] == [{"cause": "viral", "week": WEEK.isoformat(), "agreed": 1, "corrected": 1, "rejected": 1}]
    (sure,) = found["reliability"]
    assert (sure["low"], sure["high"], sure["n"], sure["said"]) == (0.9, 0.95, 3, pytest.approx(0.92))
    assert sure["agreed"] == pytest.approx(1 / 3)
    assert sure["agreed_low"] < sure["agreed"] < sure["agreed_high"]


def test_a_person_reads_tables(state: Path) -> None:
    said = quality(state)
    assert [" ".join(line.split()) for line in said.splitlines() if "viral" in line] == [f"viral {WEEK} 1 1 1"]
    assert "90% to 95%" in said


def test_a_run_without_decisions_says_so(tmp_path: Path) -> None:
    with opened(tmp_path / "state") as made:
        made.ensure_run("r")
        write(made, EVENTS, {"report_group_id": "e1"})
        write(made, "minority_reports", {"report_id": "m1"})
    assert "Nobody has decided about a proposal yet." in quality(tmp_path / "state")
