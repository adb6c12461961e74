"""Which commands do without pandas, and what that costs a model."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cli.main import LOOKING, app

RUN_STAGES = {"run", "demo", "replay", "verify", "rebuild", "serve", "train", "reset", "alerts"}
NULLS = "import pandas as pd, pyarrow as pa; print(pa.array(pd.Series([1.0, float('nan')])).null_count)"


def test_no_command_that_runs_a_stage_does_without_pandas() -> None:
    named = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    named |= {g.name for g in app.registered_groups if g.name}
    assert set(LOOKING) <= named
    assert named >= RUN_STAGES
    assert not RUN_STAGES & set(LOOKING)


@pytest.mark.parametrize(
    ("before", "nulls"), [("", "1"), ("from local.light import without_pandas; without_pandas(); ", "0")]
)
def test_where_pyarrow_knows_no_pandas_a_series_keeps_nan_for_null(before: str, nulls: str) -> None:
    told = subprocess.run([sys.executable, "-c", before + NULLS], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == nulls
