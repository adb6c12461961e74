"""Things that happen at the same time: neither is lost, neither counts twice, a tick sees what it would have seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from mrs.store.runs import Run, activate, active_run

from cli.pipeline import land
from tests.golden.recording import Record, record
from tests.golden.teller import Teller, day, teller


def one_tick(t: Teller) -> None:
    t.ticks(t.land(), day(0))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """What one tick leaves behind by itself."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with teller(folder) as t:
        one_tick(t)
    return record(folder / "state")


@contextmanager
def when(operation: str, marks: str, act: Callable[[], None]) -> Iterator[None]:
    """Do something once, right before the first such call to AWS."""
    real, waiting = BaseClient._make_api_call, [act]  # type: ignore[attr-defined]

    def call(client: BaseClient, name: str, arguments: dict[str, Any]) -> Any:
        if name == operation and marks in str(arguments) and waiting:
            waiting.pop()()
        return real(client, name, arguments)

    with patch.object(BaseClient, "_make_api_call", call):
        yield
    assert not waiting, "it never came to that"


def test_two_schedulers_of_one_tick_are_one_tick(undisturbed: Record, tmp_path: Path) -> None:
    with teller(tmp_path) as t:
        stack = t.state.stack
        event = {"run_id": t.run_id, "first_tick": f"{day(0)}", "last_tick": f"{day(0)}", "mode": "daily"}
        event |= {"landing": land(t.state.environment, t.land()), "shards": 1, "config": t.config}
        started = [stack.start("daily", event) for _ in range(2)]
        outcomes = [stack.executions.wait(arn) for arn in started]
    assert all(outcome.succeeded for outcome in outcomes), outcomes
    assert record(tmp_path / "state") == undisturbed


def test_a_reset_in_the_middle_of_a_tick_lets_it_end_in_its_own_run(undisturbed: Record, tmp_path: Path) -> None:
    with teller(tmp_path) as t:

        def reset() -> None:
            activate(t.state.logs, Run("other", None, "ann", datetime(2024, 3, 16, 7)))

        with when("PutObject", "minority_reports_proposed_attribution_log", reset):
            one_tick(t)
        assert active_run(t.state.logs) == "other"
    assert record(tmp_path / "state") == undisturbed


def test_an_edit_in_the_middle_of_hydration_waits_for_the_refresh(undisturbed: Record, tmp_path: Path) -> None:
    with teller(tmp_path) as t:

        def edit() -> None:
            (report, *_) = t.detected()
            t.edit_report(report, "set_cause", cause="viral")

        with when("StartQueryExecution", "minority_reports", edit):
            one_tick(t)
        found = record(tmp_path / "state")
        assert len(found.pop("user_edits_log")) == 1
        assert found == undisturbed, "the tick had not seen it"
        t.refresh(day(0))
        assert [r["cause_source"] for r in t.rows("minority_reports")].count("report_edit") == 1
