"""Every step of "A stage" in docs/extending.md: a stage that lacks one is named here."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from mrs.contracts import LOGS, STORED
from mrs.settings import Settings
from mrs.stage import Stage
from mrs.stage.graph import PIPELINE, REREVIEW

from infra.stages import FUNCTIONS

ROOT = Path(__file__).resolve().parents[2]


def declared() -> Iterator[tuple[str, Stage]]:
    """Yield every stage that a handler declares, with its folder."""
    for path in sorted(ROOT.glob("functions/*/handler.py")):
        module = import_module(f"functions.{path.parent.name}.handler")
        yield from ((path.parent.name, value) for value in vars(module).values() if isinstance(value, Stage))


STAGES = [stage for _, stage in declared()]


def test_there_is_a_stage_in_most_folders() -> None:
    assert len({folder for folder, _ in declared()}) > 5


@pytest.mark.parametrize(("folder", "stage"), list(declared()), ids=lambda v: getattr(v, "name", v))
def test_a_declared_stage_is_a_step_and_a_function(folder: str, stage: Stage) -> None:
    steps = {(step.folder, step.name) for step in PIPELINE if step.is_stage} | {("rereview", n) for n in REREVIEW}
    assert (folder, stage.name) in steps
    assert (folder, stage.name) in {(f.folder, f.name) for f in FUNCTIONS if f.stage is not None}


@pytest.mark.parametrize("step", PIPELINE, ids=lambda step: step.name)
def test_a_step_has_a_function_and_a_declaration(step) -> None:
    (function,) = [f for f in FUNCTIONS if f.name == step.name]
    assert function.folder == step.folder
    assert (function.stage is not None) == step.is_stage


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_its_settings_are_part_of_the_settings(stage: Stage) -> None:
    assert stage.settings in Settings.model_fields


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_somebody_writes_what_it_reads(stage: Stage) -> None:
    written = {name for function in FUNCTIONS for name in function.writes}
    assert {read.dataset.name for read in stage.reads} <= written


def test_every_log_is_written_by_a_function() -> None:
    written = {name for function in FUNCTIONS for name in function.writes}
    assert {ds.name for ds in (*LOGS, *STORED)} <= written


@pytest.mark.parametrize("step", [s for s in PIPELINE if s.is_stage], ids=lambda step: step.name)
def test_the_picture_of_the_architecture_shows_it(step) -> None:
    picture = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
    assert step.name in picture
