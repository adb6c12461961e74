"""`mrs verify`: a replay gives the same rows, and says where it does not."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from mrs.errors import BadInputError

from cli.history import steps
from cli.statefiles import LogFile, log_files
from cli.verify import is_given, verify
from tests.api.conftest import FIRST, LAST, NEXT_DAY, RUN


def file_of(folder: Path, name: str) -> LogFile:
    """The newest object of a dataset."""
    return log_files(folder, lambda key: key.dataset == name and key.run_id == RUN)[-1]


def test_what_happened_can_be_read_off_the_logs(lived_in: Path) -> None:
    found = steps(log_files(lived_in, lambda key: key.run_id == RUN))
    assert [(s.machine, s.first, s.last) for s in found] == [
        ("backfill", FIRST, LAST),
        ("refresh", LAST, LAST),
        ("rereview", FIRST, LAST),
        ("daily", NEXT_DAY, NEXT_DAY),
    ]


def test_a_whole_run_replayed_is_the_same_row_for_row(lived_in: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in lived_in.rglob("*") if p.is_file()}
    found = verify(lived_in, RUN, None)
    assert not found.faults
    written = log_files(lived_in, lambda key: key.run_id == RUN and not is_given(key))
    assert {f.key.dataset for f in written} >= {"rereview_worklist_log", "minority_reports_finalised_log"}
    assert {p: p.stat().st_mtime_ns for p in lived_in.rglob("*") if p.is_file()} == before


def test_a_row_that_was_altered_is_named(folder: Path) -> None:
    file = file_of(folder, "minority_reports_detected_log")
    rows = file.read()
    at = rows.schema.get_field_index("sales_delta")
    pq.write_table(rows.set_column(at, "sales_delta", pc.add(rows["sales_delta"], 1.0)), file.path, store_schema=False)
    faults = verify(folder, RUN, 1).faults
    assert f"{file.name} is not what was written under that name" in faults
    assert any(file.name in f and "rows with other sales_delta" in f and "report_id" in f for f in faults)


def test_an_object_that_is_gone_is_named(folder: Path) -> None:
    index = folder / "log" / "index.jsonl"
    file = file_of(folder, "minority_reports_proposed_attribution_log")
    index.write_text("".join(line for line in index.open() if file.name not in line))
    assert f"{file.name} came out of the replay only" in verify(folder, RUN, 1).faults


def test_a_run_without_executions_cannot_be_verified(lived_in: Path) -> None:
    with pytest.raises(BadInputError, match="executions_log knows no execution of run stranger"):
        verify(lived_in, "stranger", None)
