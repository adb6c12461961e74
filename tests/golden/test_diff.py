"""`mrs diff` says which object, row and column of two states differ."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from mrs.errors import BadInputError
from typer.testing import CliRunner

from cli.main import app
from cli.statefiles import log_files
from tests.golden.releases import unpacked


def diff(*words: str) -> tuple[int, list[str]]:
    done = CliRunner().invoke(app, ["diff", *words, "--json"], catch_exceptions=False)
    return done.exit_code, json.loads(done.stdout)["differences"]


def test_a_changed_row_and_a_missing_object_are_named(tmp_path: Path) -> None:
    before, after = (unpacked("0.1.0", tmp_path / name) for name in ("before", "after"))
    assert diff(str(before), str(after)) == (0, [])
    file = log_files(after, lambda key: key.dataset == "minority_reports")[-1]
    rows = file.read()
    at = rows.schema.get_field_index("sales_delta")
    pq.write_table(rows.set_column(at, "sales_delta", pc.add(rows["sales_delta"], 1.0)), file.path, store_schema=False)
    code, (fault,) = diff(str(before), str(after))
    assert code == 1 and fault.startswith(file.name) and "sales_delta was" in fault
    assert diff(str(before), str(after), "--dataset", "MRDL") == (0, [])
    index = after / "log" / "index.jsonl"
    index.write_text("".join(line for line in index.open() if file.name not in line))
    assert diff(str(before), str(after)) == (1, [f"{file.name} is gone"])
    assert diff(str(after), str(before)) == (1, [f"{file.name} is new"])


def test_what_is_no_state_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no state folder"):
        diff(str(tmp_path), str(tmp_path))
