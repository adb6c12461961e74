"""All that a simulated chain's run asked of Athena, asked again of a real Trino: the same rows, in few stages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mrs.contracts import STORED
from mrs.store.snapshots import newest_snapshot
from mrs.store.sql_files import query_files
from mrs.store.weeks import SALES

from cli.pipeline import RunRequest, run_ticks
from cli.simulate import simulate_world, write_world
from cli.state import opened
from local.athena.stages import most_stages
from local.template import ROOT
from tests.pipeline.conftest import DAYS, SEED, START, STORES
from tests.trino.conftest import Lay
from tests.trino.server import Trino
from tests.trino.world import Asked, asked, plain

MOST_STAGES = 40
"""Trino refuses 150 and advises against 100; a third of that leaves room for what Athena does otherwise."""
QUERIES = sorted(path.stem for path in query_files(ROOT / "functions"))
JOINS = ("AUTOMATIC", "PARTITIONED", "BROADCAST")
Run = tuple[Trino, dict[str, Asked], pa.Table]


@pytest.fixture(scope="module")
def run(lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The chain's state after a backfill and a daily tick, laid before Trino; the last of each query."""
    folder: Path = tmp_path_factory.mktemp("state")
    write_world(simulate_world(STORES, DAYS, SEED, start=START, quiet_days=DAYS - 30, events=10), folder)
    last = START + timedelta(days=DAYS - 1)
    with opened(folder / "state") as state:
        state.ensure_run("r")
        for first, to in ((last - timedelta(days=20), last - timedelta(days=1)), (last, last)):
            run_ticks(state.stack, state.environment, RunRequest(folder / "input", "r", first, to))
        put = {query.name: query for query in asked()}
        snapshot = newest_snapshot(state.logs, "r")
        assert snapshot is not None
        yield lay("state", state.environment.log_bucket), put, snapshot.read(state.logs, SALES)


def test_every_query_was_asked(run: Run) -> None:
    assert sorted(run[1]) == QUERIES
    assert all(query.rows for query in run[1].values())


@pytest.mark.parametrize("name", QUERIES)
def test_rows_are_the_local_engines(run: Run, name: str) -> None:
    trino, put, _ = run
    assert plain(trino.ask_with(put[name].sql, put[name].values)) == plain(put[name].rows)


@pytest.mark.parametrize("name", QUERIES)
def test_few_stages(run: Run, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    trino, put, _ = run
    stages = {how: trino.stages(put[name].unload, f"join_distribution_type={how}") for how in JOINS}
    with capsys.disabled():
        print(f"\n{name}: stages {', '.join(f'{n} {how.lower()}' for how, n in stages.items())}; at most {MOST_STAGES}")
    assert max(stages.values()) <= MOST_STAGES
    assert max(stages.values()) <= most_stages(put[name].sql) <= 3 * min(stages.values())  # what `make check` relies on


@pytest.mark.parametrize("name", QUERIES)
def test_what_is_unloaded_can_be_written(run: Run, name: str) -> None:
    trino, put, _ = run
    trino.ask(put[name].unload)
    assert trino.ask(f"SELECT count(*) FROM made_{name}") == [[len(put[name].rows)]]


@pytest.mark.parametrize("name", QUERIES)
def test_each_scan_is_cut_to_the_partitions_asked_for(run: Run, name: str) -> None:
    """Both partition keys are known before a file is opened: `run_id` is one value, `tick` has an end."""
    trino, put, _ = run
    (plan,) = trino.ask(f"EXPLAIN (TYPE IO, FORMAT JSON) {put[name].filled}")[0]
    scans = json.loads(plan)["inputTableColumnInfos"]
    assert scans
    for scan in scans:
        domains = {c["columnName"]: c["domain"]["ranges"] for c in scan["constraint"]["columnConstraints"]}
        assert [r["low"]["value"] == r["high"]["value"] == "r" for r in domains["run_id"]] == [True]
        assert all("value" in r["high"] for r in domains["tick"])


def test_a_state_of_the_sales_reads_as_consumers_are_told(run: Run) -> None:
    """The join in docs/for-models.md gives what a snapshot holds, of which most weeks are earlier states'."""
    trino, _, sales = run
    (told,) = re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "for-models.md").read_text(), re.DOTALL)
    tick = sales["tick"][0].as_py()
    asked_for = told.replace("'main'", "'r'").replace("'2024-12-31'", f"'{tick}'")
    names = ["store_id", "date", "observed_sales", "expected_sales", "adjusted_sales", "quality"]
    rows = trino.ask(
        f"SELECT count(*), count(DISTINCT tick), sum(observed_sales), sum(adjusted_sales) FROM ({asked_for})"
    )
    sums = [pc.sum(sales[name]).as_py() for name in ("observed_sales", "adjusted_sales")]
    assert rows == [[sales.num_rows, 1, *(pytest.approx(s) for s in sums)]]
    found = trino.ask(f'SELECT {", ".join(names[2:])} FROM ({asked_for}) ORDER BY store_id, "date"')
    ours = [list(row.values()) for row in sales.select(names[2:]).to_pylist()]
    assert found == ours


def test_every_table_reads(run: Run) -> None:
    trino, _, _ = run
    for ds in STORED:
        trino.ask(f"SELECT {', '.join(f'max({chr(34)}{c.name}{chr(34)})' for c in ds.columns)} FROM {ds.name}")
