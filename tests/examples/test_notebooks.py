"""Each notebook runs from the first cell to the last, on a small simulated world, where its library is installed."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from tests.client.conftest import state, world

__all__ = ["state", "world"]
FOLDER = Path(__file__).parents[2] / "docs" / "examples"
LIBRARIES = {"pymc-marketing": "pymc_marketing", "meridian": "meridian", "bandit": "mabwiser"}
matplotlib.use("Agg")


def code_of(name: str) -> list[str]:
    cells = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_notebook_runs_and_shows_raw_adjusted_and_true(
    name: str, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec(LIBRARIES[name]) is None:
        pytest.skip(f"{name}: its library is not installed (pip install {LIBRARIES[name].replace('_', '-')})")
    monkeypatch.setenv("MRS_STATE", str(state))
    monkeypatch.setenv("MRS_WORLD", str(state.parent))
    monkeypatch.setenv("MRS_DRAWS", "20")
    names: dict[str, Any] = {}
    for code in code_of(name):
        exec(compile(code, f"{name}.ipynb", "exec"), names)  # our own notebook
    assert list(names["bandits" if name == "bandit" else "models"]) == ["raw", "adjusted", "true"]


@pytest.mark.parametrize("name", LIBRARIES)
def test_from_a_state_to_a_fitted_model_in_under_twenty_lines(name: str) -> None:
    lines = [line for code in code_of(name)[:2] for line in code.splitlines() if line.strip()]
    assert len(lines) < 20
