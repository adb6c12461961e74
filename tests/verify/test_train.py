"""`mrs train causes`: an immutable version from simulated worlds and decisions, used only where a run says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from mrs.contracts import dataset
from mrs.errors import BadInputError, ConflictingContentError
from mrs.models.cause.features import feature_names
from mrs.store.artifacts import artifact_versions, find_artifact

import cli.train.causes as training
from cli.commands_train import causes
from cli.pipeline import ExecutionFailedError, RunRequest, run_ticks
from cli.simulate import simulate_world
from cli.state import State, now, opened
from cli.train.decisions import decided_frame
from tests.api.conftest import NEXT_DAY, RUN

VERSION = "june"


@pytest.fixture(scope="module", autouse=True)
def small_worlds() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "EVENTFUL_DAYS", 20, raising=False)
        patch.setattr(training, "training_world", lambda seed: simulate_world(24, 200, seed, quiet_days=170, events=10))
        yield


@pytest.fixture(scope="module")
def trained(lived_in: Path) -> str:
    """The artifact's text, as the state keeps it."""
    causes(VERSION, state=lived_in, stack=None, run_id=RUN, worlds=2, seed=7000, decision_weight=5.0, out=None)
    with opened(lived_in, read_only=True) as state:
        assert artifact_versions(state.logs.objects, "cause") == [VERSION]
        text = find_artifact(state.logs.objects, "cause", VERSION)
    assert text is not None
    return text


def test_what_people_decided_becomes_rows_with_the_evidence_of_the_time(lived_in: Path) -> None:
    with opened(lived_in, read_only=True) as state:
        frame = decided_frame(state.environment, RUN, now())
        edits = state.logs.read(dataset("user_edits_log"), RUN).to_pylist()
    assert frame is not None
    assert list(zip(frame.report_id, frame.cause, strict=True)) == [(e["report_id"], e["cause"]) for e in edits]
    assert np.isfinite(frame[list(feature_names())].to_numpy()).all()


def test_the_artifact_says_what_it_was_trained_on(trained: str) -> None:
    artifact = json.loads(trained)
    said = artifact["training"]
    assert artifact["version"] == VERSION
    assert (said["worlds"], said["seeds"], said["decisions"]) == (2, [7000, 7001], 1)
    assert len(said["sha256"]) == 64


def test_the_same_training_is_the_same_version_and_another_is_refused(trained: str, lived_in: Path) -> None:
    arguments = {"state": lived_in, "stack": None, "run_id": RUN, "worlds": 2, "seed": 7000, "out": None}
    causes(VERSION, decision_weight=5.0, **arguments)  # type: ignore[arg-type]
    with pytest.raises(ConflictingContentError):
        causes(VERSION, decision_weight=1.0, **arguments)  # type: ignore[arg-type]
    with pytest.raises(BadInputError, match="came with the release"):
        causes("default", decision_weight=5.0, **arguments)  # type: ignore[arg-type]


def attributed_by(state: State, world: Path, version: str) -> set[str]:
    """Run the next tick in a run of its own with a version; return the versions that it used."""
    config = {"attribute": {"cause_model_version": version}}
    tick = NEXT_DAY
    run_ticks(state.stack, state.environment, RunRequest(world / "input", version, tick, tick, 1, None, config))
    return set(state.logs.read(dataset("MRPAL"), version)["model_version"].to_pylist())


def test_a_run_uses_it_only_if_it_is_told_to(trained: str, lived_in: Path, world: Path) -> None:
    with opened(lived_in) as state:
        assert not any(
            v.startswith(VERSION) for v in state.logs.read(dataset("MRPAL"), RUN)["model_version"].to_pylist()
        )
        with pytest.raises(ExecutionFailedError, match="there is no cause model version 'july'"):
            attributed_by(state, world, "july")
        (used,) = attributed_by(state, world, VERSION)
    assert used.startswith(f"{VERSION}-")
