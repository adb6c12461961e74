"""`mrs demo`: what was planted beside what was found, and at once when it is asked again."""

from __future__ import annotations

from pathlib import Path

import pytest

import cli.pipeline
from cli.commands_run import demo


def tables(printed: str) -> str:
    return printed[printed.index("Minority Events") :]


def test_a_second_call_shows_the_same_and_runs_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    demo(folder=tmp_path / "demo", stores=20, days=400, seed=7)
    first = tables(capsys.readouterr().out)
    assert "What was planted, and what was found of it" in first

    def refuse(*_: object) -> None:
        raise AssertionError("it was run before")

    monkeypatch.setattr(cli.pipeline, "run_ticks", refuse)
    demo(folder=tmp_path / "demo", stores=20, days=400, seed=7)
    assert tables(capsys.readouterr().out) == first
