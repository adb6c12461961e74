"""A chunk's ticks in two processes: the same rows as in one, whatever becomes of the second."""

from __future__ import annotations

import os
import pickle
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from mrs.stage import harness

from local import halves
from local.halves import in_two_processes
from tests.builders import TICK
from tests.stage.stages import stage

TICKS = [TICK + timedelta(days=i) for i in range(7)]


def pids(tables: Mapping[str, pa.Table], ticks: Sequence[date], _settings: Any) -> dict[str, pa.Table]:
    """Return each tick, how many rows were given, and which process looked at them."""
    rows = [{"tick": tick, "given": tables["in"].num_rows, "pid": os.getpid()} for tick in ticks]
    return {"out": pa.Table.from_pylist(rows)}


def asked(run: Any, ticks: Sequence[date] = TICKS, *, apart: bool = True) -> pa.Table:
    declared = replace(stage(), run=run, ticks_apart=apart)
    with in_two_processes():
        return harness.call(declared, {"in": pa.table({"x": [1, 2, 3]})}, ticks, None)["out"]


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)


def test_the_later_half_comes_from_another_process_in_the_order_of_ticks() -> None:
    rows = asked(pids)
    assert rows["tick"].to_pylist() == TICKS
    assert set(rows["given"].to_pylist()) == {3}
    first, *_, last = rows["pid"].to_pylist()
    assert first == os.getpid() != last


def test_few_ticks_and_those_that_build_on_one_another_stay_in_this_process() -> None:
    assert set(asked(pids, TICKS[:3])["pid"].to_pylist()) == {os.getpid()}
    assert set(asked(pids, apart=False)["pid"].to_pylist()) == {os.getpid()}


def test_one_processor_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert set(asked(pids)["pid"].to_pylist()) == {os.getpid()}


def test_what_a_killed_process_owed_is_made_here() -> None:
    here = os.getpid()

    def dies_elsewhere(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> dict[str, pa.Table]:
        if os.getpid() != here:
            os.kill(os.getpid(), signal.SIGKILL)
        return pids(tables, ticks, settings)

    assert asked(dies_elsewhere)["tick"].to_pylist() == TICKS


def test_what_a_process_that_waits_for_ever_owed_is_made_here(monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getpid()
    monkeypatch.setattr(halves, "WAIT", 0.2)

    def hangs_elsewhere(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> dict[str, pa.Table]:
        while os.getpid() != here:
            signal.pause()
        return pids(tables, ticks, settings)

    assert set(asked(hangs_elsewhere)["pid"].to_pylist()) == {here}


def test_half_an_answer_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(_parent: int, to: int, *_: Any) -> None:
        os.write(to, pickle.dumps({"out": pa.table({"tick": TICKS})})[:-10])
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(halves, "_answer", torn)
    assert set(asked(pids)["pid"].to_pylist()) == {os.getpid()}


def test_an_error_in_the_other_process_is_raised_in_this_one() -> None:
    def refuses(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> dict[str, pa.Table]:
        if TICKS[-1] in ticks:
            raise ValueError("the last tick")
        return pids(tables, ticks, settings)

    with pytest.raises(ValueError, match="the last tick"):
        asked(refuses)


def test_no_process_is_left_behind() -> None:
    *_, other = asked(pids)["pid"].to_pylist()
    with pytest.raises(ChildProcessError):
        os.waitpid(other, os.WNOHANG)
