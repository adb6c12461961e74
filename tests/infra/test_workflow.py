"""The workflow runs what CI runs, trusts pinned commits only, and holds no AWS keys."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from local.template import ROOT

PATH = ROOT / ".github/workflows/ci.yml"


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(PATH.read_text())
    return loaded


def _steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_every_action_is_pinned_to_a_commit(workflow: dict[str, Any]) -> None:
    used = [step["uses"] for step in _steps(workflow) if "uses" in step]
    assert used
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action) for action in used)


def test_it_runs_what_ci_runs(workflow: dict[str, Any]) -> None:
    assert ".ci/run" in [step.get("run") for step in workflow["jobs"]["check"]["steps"]]
    assert workflow["jobs"]["deploy"]["needs"] == "check"


def test_rights_are_asked_for_by_oidc_and_only_by_the_deployment(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in workflow["jobs"]["check"]
    assert workflow["jobs"]["deploy"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert "secrets." not in PATH.read_text()
    assert "AWS_SECRET" not in PATH.read_text()


def test_nothing_of_a_request_is_pasted_into_a_shell(workflow: dict[str, Any]) -> None:
    assert not [step["run"] for step in _steps(workflow) if "${{" in step.get("run", "")]
