"""What `mrs diff` says of two state folders."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from mrs.errors import BadInputError

from cli.compare import compare_states
from local.folders import INDEX, UNFLUSHED


def test_a_state_that_was_killed_before_it_was_flushed_is_compared(folder: Path, tmp_path: Path) -> None:
    killed = tmp_path / "killed"
    shutil.copytree(folder, killed)
    (killed / "log" / INDEX).rename(killed / "log" / UNFLUSHED)
    verdict = compare_states(folder, killed, None, [])
    assert list(verdict.faults) == []
    assert verdict.compared == compare_states(folder, folder, None, []).compared


def test_a_folder_without_a_state_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=f"{tmp_path} is no state folder"):
        compare_states(folder, tmp_path, None, [])
