"""Recorded histories give what they gave when they were recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.histories import HISTORIES
from tests.golden.recording import EXPECTED, accept, expected, first_change, record
from tests.golden.teller import teller


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_gives_what_was_recorded(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    with teller(tmp_path) as t:
        HISTORIES[name](t)
    found = record(tmp_path / "state")
    if request.config.getoption("accept_golden"):
        accept(name, found)
    change = first_change(expected(name) or {}, found)
    if change:
        pytest.fail(
            f"golden history {name}: {change}. `make golden-diff HISTORY={name}` shows the rows (mrs diff), "
            "`make golden` accepts them",
            pytrace=False,
        )


def test_faults_that_were_repaired_leave_no_trace() -> None:
    assert expected("repaired") == expected("daily")


def test_each_recorded_history_is_told() -> None:
    assert {path.stem for path in EXPECTED.glob("*.json")} == set(HISTORIES)
