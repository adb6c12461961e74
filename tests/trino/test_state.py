"""All that a simulated chain's run asked of Athena, asked again of a real Trino: the same rows, in few stages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from mrs.contracts import STORED
from mrs.store.sql_files import query_files

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


@pytest.fixture(scope="module")
def run(lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Trino, dict[str, Asked]]]:
    """The chain's state after a backfill and a daily tick, laid before Trino; the last of each query."""
    folder: Path = tmp_path_factory.mktemp("state")
    write_world(simulate_world(STORES, DAYS, SEED, start=START, quiet_days=DAYS - 30, events=10), folder)
    last = START + timedelta(days=DAYS - 1)
    with opened(folder / "state") as state:
        state.ensure_run("r")
        for first, to in ((last - timedelta(days=20), last - timedelta(days=1)), (last, last)):
            run_ticks(state.stack, state.environment, RunRequest(folder / "input", "r", first, to))
        put = {query.name: query for query in asked()}
        yield lay("state", state.environment.log_bucket), put


def test_every_query_was_asked(run: tuple[Trino, dict[str, Asked]]) -> None:
    assert sorted(run[1]) == QUERIES
    assert all(query.rows for query in run[1].values())


@pytest.mark.parametrize("name", QUERIES)
def test_rows_are_the_local_engines(run: tuple[Trino, dict[str, Asked]], name: str) -> None:
    trino, put = run
    assert plain(trino.ask_with(put[name].sql, put[name].values)) == plain(put[name].rows)


@pytest.mark.parametrize("name", QUERIES)
def test_few_stages(run: tuple[Trino, dict[str, Asked]], name: str, capsys: pytest.CaptureFixture[str]) -> None:
    trino, put = run
    stages = {how: trino.stages(put[name].unload, f"join_distribution_type={how}") for how in JOINS}
    with capsys.disabled():
        print(f"\n{name}: stages {', '.join(f'{n} {how.lower()}' for how, n in stages.items())}; at most {MOST_STAGES}")
    assert max(stages.values()) <= MOST_STAGES
    assert max(stages.values()) <= most_stages(put[name].sql) <= 3 * min(stages.values())  # what `make check` relies on


@pytest.mark.parametrize("name", QUERIES)
def test_what_is_unloaded_can_be_written(run: tuple[Trino, dict[str, Asked]], name: str) -> None:
    trino, put = run
    trino.ask(put[name].unload)
    assert trino.ask(f"SELECT count(*) FROM made_{name}") == [[len(put[name].rows)]]


@pytest.mark.parametrize("name", QUERIES)
def test_each_scan_is_cut_to_the_partitions_asked_for(run: tuple[Trino, dict[str, Asked]], name: str) -> None:
    """Both partition keys are known before a file is opened: `run_id` is one value, `tick` has an end."""
    trino, put = run
    (plan,) = trino.ask(f"EXPLAIN (TYPE IO, FORMAT JSON) {put[name].filled}")[0]
    scans = json.loads(plan)["inputTableColumnInfos"]
    assert scans
    for scan in scans:
        domains = {c["columnName"]: c["domain"]["ranges"] for c in scan["constraint"]["columnConstraints"]}
        assert [r["low"]["value"] == r["high"]["value"] == "r" for r in domains["run_id"]] == [True]
        assert all("value" in r["high"] for r in domains["tick"])


def test_every_table_reads(run: tuple[Trino, dict[str, Asked]]) -> None:
    trino, _ = run
    for ds in STORED:
        trino.ask(f"SELECT {', '.join(f'max({chr(34)}{c.name}{chr(34)})' for c in ds.columns)} FROM {ds.name}")
