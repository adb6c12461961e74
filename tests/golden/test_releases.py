"""What a release wrote is read, exported and continued by the newest code."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from mrs.contracts import dataset
from mrs.store.runs import latest_snapshot
from typer.testing import CliRunner

from cli.main import app
from cli.pipeline import RunRequest, run_ticks
from cli.state import opened
from cli.statefiles import log_files
from tests.golden.releases import RELEASES, unpacked
from tests.golden.teller import CONFIG, day

VERSIONS = sorted(path.name for path in RELEASES.iterdir())
EXPORTED = ("attribution_ready_sales", "minority_events_log", "minority_reports")


@pytest.fixture(scope="module", params=VERSIONS)
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release's state, to read."""
    return unpacked(request.param, tmp_path_factory.mktemp("old"))


def test_every_log_is_read_and_what_came_later_is_null(old: Path) -> None:
    newer = 0
    with opened(old, read_only=True) as state:
        for file in log_files(old):
            ds, written = file.dataset, file.read()
            key = file.key
            read = state.logs.read(
                ds, key.run_id, history=True, first=key.tick, last=key.tick, visible=lambda k, own=key: k == own
            )
            later = set(ds.file_schema.names) - set(written.column_names)
            assert written.num_rows == read.num_rows
            assert all(read[name].null_count == read.num_rows for name in later), file.name
            kept = [name for name in ds.file_schema.names if name in written.column_names]
            assert read.select(kept).sort_by(ds.key[0]).to_pylist() == (
                written.select(kept).cast(read.select(kept).schema).sort_by(ds.key[0]).to_pylist()
            )
            newer += len(later)
    assert newer or old.parent.name != "0.1.0"


def test_it_is_exported(old: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["export", "--state", str(old), "--out", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    for name in EXPORTED:
        rows = pq.read_table(tmp_path / f"{name}.parquet")
        assert rows.num_rows
        assert set(rows.column_names) == set(dataset(name).schema.names)


@pytest.mark.parametrize("version", VERSIONS)
def test_it_goes_on(version: str, tmp_path: Path) -> None:
    folder = unpacked(version, tmp_path)
    before = {f.name: f.path.read_bytes() for f in log_files(folder)}
    (landing,) = (folder / "landing" / "objects" / "landing").iterdir()
    with opened(folder) as state:
        run_ticks(state.stack, state.environment, RunRequest(landing, "main", day(0), day(0), config=CONFIG))
        reports = latest_snapshot(state.logs, "minority_reports", "main").to_pylist()
    assert {r["tick"] for r in reports} == {day(0)}
    assert {"local_event"} <= {r["cause"] for r in reports if r["cause_source"] == "report_edit"}
    assert {f.name: f.path.read_bytes() for f in log_files(folder) if f.name in before} == before
