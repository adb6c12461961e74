"""Every `.sql` file of the functions is Athena's SQL, and means the same in the local engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from mrs.contracts import STORED
from mrs.contracts.catalog import KEY_TYPE
from mrs.contracts.dataset import PARTITION_KEYS
from mrs.store.sql_files import query_files, read_sql

from local.athena.lint import faults

ROOT = Path(__file__).parents[2]
FILES = list(query_files(ROOT / "functions"))
SCHEMA = {ds.name: {c.name: KEY_TYPE if c.name in PARTITION_KEYS else c.glue_type for c in ds.columns} for ds in STORED}


def test_there_are_sql_files() -> None:
    assert {"minority_reports.sql", "minority_events_log.sql", "attribution_ready_sales.sql"} <= {f.name for f in FILES}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_file_uses_only_what_is_the_same_in_both_engines(path: Path) -> None:
    assert faults(read_sql(path), SCHEMA, across_runs={"demo_run_config"}) == []


READ = "FROM stores_data WHERE run_id = :run_id"


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        (f"SELECT nope {READ}", "nope"),
        ("SELECT store_id FROM stores_data", "run_id"),
        ("SELECT s.store_id FROM stores_data s JOIN stores_data t ON s.store_id = t.store_id", "alone"),
        (f"SELECT store_id {READ} AND tick <= CAST('2024-01-01' AS DATE)", "date and text do not mix"),
        (f"SELECT store_id {READ} AND latitude = '1'", "do not mix"),
        (f"SELECT coalesce(latitude, 'x') AS x {READ}", "do not mix"),
        (f"SELECT latitude AS a, a + 1e0 AS b {READ}", "'a'"),
        (f"SELECT upper(store_id) AS s {READ}", "Upper is not on the allow-list"),
        (f"SELECT CASE WHEN latitude > 1e0 THEN 'a' ELSE 1 END AS x {READ}", "do not mix"),
        (f"SELECT count(*) / NULLIF(count(store_id), 0e0) AS x {READ}", "whole numbers divide differently"),
    ],
)
def test_what_athena_would_refuse_is_found(sql: str, fault: str) -> None:
    assert any(fault in found for found in faults(sql, SCHEMA))
