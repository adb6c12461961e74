"""A history gives what was recorded wherever it is told: no hash seed, zone, locale or number of threads matters."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.template import ROOT
from tests.golden.recording import expected, first_change, record

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "MKL_NUM_THREADS")
"""The second and third are also Arrow's."""


@pytest.mark.parametrize(
    ("seed", "zone", "locale", "threads"),
    [("1", "Pacific/Kiritimati", "C", "1"), ("4242", "America/St_Johns", "C.UTF-8", "4")],
)
def test_surroundings_change_nothing(tmp_path: Path, seed: str, zone: str, locale: str, threads: str) -> None:
    surroundings = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "LANG": locale}
    environment = {**os.environ, **surroundings, **dict.fromkeys(THREADS, threads)}
    command = [sys.executable, "-m", "tests.golden.tell", "daily", str(tmp_path / "told")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert first_change(expected("daily") or {}, record(tmp_path / "told" / "state")) is None
