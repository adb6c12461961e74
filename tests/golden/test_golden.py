"""Recorded histories give what they gave when they were recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden.histories import HISTORIES
from tests.golden.recording import EXPECTED, accept, expected, first_change, plain, record
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


@pytest.mark.parametrize(("now", "is_same"), [("a1 b1", True), ("a2 b1", True), ("a1 b2", True), ("a2 b2", False)])
def test_what_agrees_in_one_of_two_cuts_is_the_same(now: str, is_same: bool) -> None:
    change = first_change({"stores_data": {"r 2024-03-14": "a1 b1"}}, {"stores_data": {"r 2024-03-14": now}})
    assert (change is None) == is_same


def test_a_number_near_the_end_of_a_step_is_in_the_middle_of_the_other_cut() -> None:
    below, above = 123.44499999, 123.44500001
    assert plain(below) != plain(above)
    assert plain(below, 0.5) == plain(above, 0.5)
    assert plain(123.446, 0.5) != plain(123.456, 0.5)
