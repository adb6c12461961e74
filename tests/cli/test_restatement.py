"""A correction of a past day: the newest state says it, names the tick that is due, and a replay judges it again."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from cli.main import app

START, HISTORY, STORES = date(2024, 1, 1), 75, 6
TICK = START + timedelta(days=HISTORY - 1)
RUN = "r"


def sold() -> dict[tuple[int, int], float]:
    noise = np.random.default_rng(3).normal(0, 0.05, (STORES, HISTORY + 2))
    return {
        (s, d): round((900 + 400 * s) * float(np.exp(noise[s, d])), 2)
        for s in range(STORES)
        for d in range(HISTORY + 2)
    }


def land(folder: Path, name: str, rows: dict[tuple[int, int], float]) -> None:
    columns = {
        "store_id": [f"s{s}" for s, _ in rows],
        "date": [START + timedelta(days=d) for _, d in rows],
        "sales": list(rows.values()),
    }
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    path = folder / "unified_sales_data" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sink.getvalue())


def mrs(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """Two daily ticks, each with files of its own; the second brings a correction of the first tick's day."""
    folder, truth = tmp_path_factory.mktemp("restated"), sold()
    state = str(folder / "state")
    wrong = {k: v * 3 if k == (2, HISTORY - 1) else v for k, v in truth.items()}
    land(folder / "one", "to-date", {k: v for k, v in wrong.items() if k[1] < HISTORY})
    land(folder / "two", "next", {k: v for k, v in truth.items() if k[1] == HISTORY})
    land(folder / "two", "corrected", {(2, HISTORY - 1): truth[2, HISTORY - 1]})
    for name, tick in (("one", TICK), ("two", TICK + timedelta(days=1))):
        mrs(
            "run",
            "--input",
            str(folder / name),
            "--state",
            state,
            "--from",
            f"{tick}",
            "--to",
            f"{tick}",
            "--run-id",
            RUN,
        )
    yield state, {"then": wrong[2, HISTORY - 1], "now": truth[2, HISTORY - 1], "money": truth}


def test_a_correction_is_restated_listed_due_and_replayed(corrected: tuple[str, dict[str, Any]]) -> None:
    state, truth = corrected
    told = json.loads(mrs("status", "--state", state, "--json"))
    landed = sum(v for (_, d), v in truth["money"].items() if d <= HISTORY)
    assert told["landed"] == told["exported"] == pytest.approx(landed, abs=0.005)
    assert (told["set_aside"], told["unexplained"], told["restated"]) == (0.0, 0.0, 1)
    assert told["replay_due"] == [f"{TICK}"]
    found = json.loads(mrs("changes", "--state", state, "--since", f"{TICK}", "--json"))
    (change,) = [c for c in found["changes"] if c["why"] == "corrected"]
    assert (change["store_id"], change["date"]) == ("s2", f"{TICK}")
    assert change["observed_before"] == pytest.approx(truth["then"])
    assert change["observed_now"] == pytest.approx(truth["now"])
    assert "would replay 2 ticks" in mrs("replay", "--state", state, "--due", "--dry-run")
    assert "no tick is due any more" in mrs("replay", "--state", state, "--due")
    again = json.loads(mrs("status", "--state", state, "--json"))
    assert again["replay_due"] == [] and again["landed"] == told["landed"]
    assert "no tick is due for replay" in mrs("replay", "--state", state, "--due")


def test_what_to_replay_must_be_said(corrected: tuple[str, dict[str, Any]]) -> None:
    result = CliRunner().invoke(app, ["replay", "--state", corrected[0]])
    assert result.exit_code != 0 and "--due" in str(result.exception)
