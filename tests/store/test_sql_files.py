"""A fragment that several queries share stands in one file."""

from __future__ import annotations

from pathlib import Path

from mrs.store.sql_files import query_files, read_sql

QUERIES = Path(__file__).parents[2] / "functions"


def test_fragments_are_put_in_also_those_of_fragments(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "own.sql").write_text("run_id = :run_id\n")
    (tmp_path / "shared" / "rows.sql").write_text("rows AS (SELECT x FROM t WHERE {{ own }})\n")
    (tmp_path / "query.sql").write_text("-- {{ rows }} is shared\nWITH {{ rows }}\nSELECT x FROM rows\n")
    text = "-- {{ rows }} is shared\nWITH rows AS (SELECT x FROM t WHERE run_id = :run_id)\nSELECT x FROM rows\n"
    assert read_sql(tmp_path / "query.sql") == text
    assert list(query_files(tmp_path)) == [tmp_path / "query.sql"]


def test_every_fragment_is_used_by_two_queries_or_fragments() -> None:
    texts = [path.read_text() for path in QUERIES.rglob("*.sql")]
    for fragment in QUERIES.rglob("shared/*.sql"):
        used = sum(text.count(f"{{{{ {fragment.stem} }}}}") for text in texts)
        assert used > 1, fragment
