"""Synthesized once a session: the template as local runs deploy it, and as `cdk synth` makes it, checked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local.template import ROOT, template_path


def synthesized(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the app as the `cdk` command does."""
    command = [sys.executable, str(ROOT / "infra/app.py"), *arguments, str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def template() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(template_path().read_text())
    return loaded


@pytest.fixture(scope="session")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly as `cdk synth` makes it: with cdk-nag, which fails it on a finding."""
    out = tmp_path_factory.mktemp("assembly") / "cdk.out"
    done = synthesized(out)
    assert done.returncode == 0, done.stderr[-4000:]
    return out
