"""`mrs train causes`: an immutable version from simulated worlds and decisions, used only where a run says so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mrs.attribution.features import feature_names
from mrs.attribution.signal_specs import MISTAKEN_FOR, SIGNAL_CAUSES
from mrs.contracts import dataset
from mrs.errors import BadInputError, ConflictingContentError
from mrs.store.artifacts import artifact_versions, find_artifact

import cli.train.causes as training
from cli.commands_train import causes
from cli.failures import ExecutionFailedError
from cli.pipeline import RunRequest, run_ticks
from cli.simulate import simulate_world
from cli.state import now, opened
from cli.train.decisions import decided_frame
from cli.train.labelling import with_promotions
from tests.api.conftest import NEXT_DAY, RUN

VERSION = "june"


@pytest.fixture(scope="module", autouse=True)
def small_worlds() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "training_world", lambda seed: simulate_world(24, 200, seed, quiet_days=170, events=10))
        yield


@pytest.fixture(scope="module")
def learning(lived_in: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state that learns."""
    folder = tmp_path_factory.mktemp("learning") / "state"
    shutil.copytree(lived_in, folder, ignore=shutil.ignore_patterns(".lock"))
    return folder


@pytest.fixture(scope="module")
def trained(learning: Path) -> str:
    """The artifact's text, as the state keeps it."""
    causes(VERSION, state=learning, stack=None, run_id=RUN, worlds=1, seed=7000, decision_weight=5.0, out=None)
    with opened(learning, read_only=True) as state:
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
    assert (said["worlds"], said["seeds"], said["decisions"]) == (1, [7000], 1)
    assert len(said["sha256"]) == 64


def test_it_learns_what_share_a_cause_has_whose_feed_is_absent(trained: str) -> None:
    shares = json.loads(trained)["shares"]
    assert set(shares) == set(MISTAKEN_FOR)
    assert all(0 <= share < 0.5 for share in shares.values())


def test_it_learns_what_is_usual_of_causes_that_cannot_be_seen(trained: str) -> None:
    learned = json.loads(trained)["usual"]
    assert set(learned) == {str(c) for c in SIGNAL_CAUSES}
    assert np.isfinite(list(learned.values())).all()


def test_a_promotion_that_detection_did_not_know_is_the_cause_of_what_it_finds_on_its_days() -> None:
    rows = {"cluster": ["c", "c", "d"], "event": [None, "planted", None], "cause": [None, "viral", None]}
    found = with_promotions(pd.DataFrame(rows | {"promotion.strength": [0.9, 0.9, 0.1]}))
    assert found.cause.fillna("").tolist() == ["promotion", "viral", ""]
    assert found.event.fillna("").tolist() == ["promotion/c", "planted", ""]


def test_the_same_training_is_the_same_version_and_another_is_refused(trained: str, learning: Path) -> None:
    arguments = {"state": learning, "stack": None, "run_id": RUN, "worlds": 1, "seed": 7000, "out": None}
    causes(VERSION, decision_weight=5.0, **arguments)  # type: ignore[arg-type]
    with pytest.raises(ConflictingContentError):
        causes(VERSION, decision_weight=1.0, **arguments)  # type: ignore[arg-type]
    with pytest.raises(BadInputError, match="came with the release"):
        causes("default", decision_weight=5.0, **arguments)  # type: ignore[arg-type]


def test_a_run_uses_it_only_if_it_is_told_to(trained: str, learning: Path, world: Path) -> None:
    tick = NEXT_DAY + timedelta(days=1)

    def run_with(version: str) -> None:
        config = {"attribute": {"cause_model_version": version}}
        run_ticks(state.stack, state.environment, RunRequest(world / "input", RUN, tick, tick, 1, None, config))

    def used() -> set[str]:
        return set(state.logs.read(dataset("MRPAL"), RUN)["model_version"].to_pylist())

    with opened(learning) as state:
        assert not any(v.startswith(VERSION) for v in used())
        with pytest.raises(ExecutionFailedError, match="there is no cause model version 'july'"):
            run_with("july")
        run_with(VERSION)
        assert any(v.startswith(f"{VERSION}-") for v in used())
