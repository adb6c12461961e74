"""`mrs rebuild`: hydrated snapshots come from the logs alone; what differs, or is interrupted, is brought back."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mrs.errors import BadInputError
from mrs.store.canonical import content_hash
from mrs.store.objects import parquet_bytes

import cli.rebuild
from cli.rebuild import is_hydrated, rebuild
from cli.state import opened
from cli.statefiles import LogFile, log_files
from local.folders import INDEX
from local.quarantine import Aside


def contents(folder: Path) -> dict[str, bytes]:
    """Every log object's bytes."""
    return {f.name: f.path.read_bytes() for f in log_files(folder)}


def hydrated(folder: Path) -> list[LogFile]:
    return log_files(folder, lambda key: is_hydrated(str(key)))


def forged(folder: Path) -> LogFile:
    """Write another row into a hydrated object, hash and all, as a fault of hydration would have."""
    file = next(f for f in hydrated(folder) if f.key.dataset == "minority_reports")
    rows = file.read()
    at = rows.schema.get_field_index("cause")
    other = rows.set_column(at, "cause", pc.if_else(pc.is_valid(rows["cause"]), pa.scalar("viral"), rows["cause"]))
    file.path.write_bytes(parquet_bytes(other))
    index = folder / "log" / INDEX
    lines = [json.loads(line) for line in index.read_text().splitlines()]
    for line in lines:
        if line["key"] == file.name:
            line["metadata"]["x-amz-meta-content-sha256"] = content_hash(file.dataset, other)
    index.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def test_every_snapshot_comes_out_as_it_was(folder: Path) -> None:
    before = {f.name: (f.written_hash, f.path.stat().st_ino) for f in hydrated(folder)}
    others = {k: v for k, v in contents(folder).items() if not is_hydrated(k)}
    found = rebuild(folder)
    assert not found.faults and found.compared.startswith("3 snapshots, 77 objects")
    after = {f.name: (f.written_hash, f.path.stat().st_ino) for f in hydrated(folder)}
    assert {k: h for k, (h, _) in after.items()} == {k: h for k, (h, _) in before.items()}
    assert not {i for _, i in after.values()} & {i for _, i in before.values()}
    assert {k: v for k, v in contents(folder).items() if not is_hydrated(k)} == others
    assert not (folder / "log" / "aside").exists()


def test_what_differs_is_named_and_everything_is_brought_back(folder: Path) -> None:
    file = forged(folder)
    before = contents(folder)
    (fault,) = rebuild(folder).faults
    assert file.name in fault and "cause was viral" in fault
    assert contents(folder) == before
    with opened(folder):
        pass


def test_an_interrupted_rebuild_brings_everything_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(folder)

    def interrupted(*_: object) -> str | None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.rebuild, "hydrate_again", interrupted)
    with pytest.raises(KeyboardInterrupt):
        rebuild(folder)
    assert contents(folder) == before


def test_after_a_crash_no_command_goes_on_until_it_is_brought_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(folder)
    Aside(folder / "log", is_hydrated).take()
    assert not hydrated(folder)
    with pytest.raises(BadInputError, match="run `mrs rebuild"), opened(folder):
        pass
    monkeypatch.setattr(cli.rebuild, "_hydrate", lambda *_: ["not today"])
    assert "not today" in rebuild(folder).faults
    assert contents(folder) == before


def test_only_a_state_with_snapshots_is_rebuilt(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="holds no hydrated snapshot"):
        rebuild(tmp_path)
