"""`mrs alerts preview` on a state folder: what a setting would have sent, on days that only a backfill has seen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from mrs.contracts import dataset

from cli.commands_alerts import preview
from cli.state import opened
from tests.pipeline.conftest import RUN, Landing, run


def test_a_preview_hydrates_the_days_of_a_backfill_and_leaves_the_folder_as_it_was(
    landing: Landing, tmp_path: Path, capsys: Any
) -> None:
    folder = tmp_path / "state"
    with opened(folder) as state:
        run(state, landing, landing.last - timedelta(days=3), landing.last)
        detected = {r["tick"] for r in state.logs.read(dataset("MRDL"), RUN).to_pylist()}
    assert len(detected) > 1
    before = _files(folder)
    preview(0.0, folder, days=4, run_id=RUN)
    shown = capsys.readouterr().out
    assert f"Would have been due, {landing.last - timedelta(days=3)} … {landing.last}" in shown
    assert min(detected).isoformat() in shown
    assert _files(folder) == before


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
