"""The estimate of a query's stages, which `make check` holds below a bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from local.athena.stages import MOST, most_stages

SCAN = "SELECT x, y FROM t WHERE run_id = :run_id"
REFUSED = Path(__file__).parent / "refused_for_its_stages.sql"


@pytest.mark.parametrize(
    ("sql", "stages"),
    [
        (SCAN, 2),
        (f"WITH a AS ({SCAN}) SELECT a.x FROM a JOIN a b ON a.x = b.x JOIN a c ON a.x = c.x", 6),
        (f"WITH a AS ({SCAN}), b AS (SELECT p.x FROM a p JOIN a q ON p.x = q.x) SELECT b.x FROM b CROSS JOIN b c", 8),
        (f"SELECT x FROM ({SCAN}) a UNION ALL SELECT x FROM t", 4),
        (f"SELECT x FROM ({SCAN}) a UNION SELECT x FROM t", 5),
        ("SELECT DISTINCT x FROM t", 3),
        ("SELECT x, count(DISTINCT y) AS n FROM t GROUP BY x", 4),
        ("SELECT rank() OVER (PARTITION BY x ORDER BY y) AS r, max(y) OVER (PARTITION BY x) AS m FROM t", 3),
        ("SELECT x FROM t WHERE x IN (SELECT y FROM u)", 4),
        ("SELECT x FROM t CROSS JOIN UNNEST(l) AS u(v) ORDER BY x", 3),
    ],
    ids=["scan", "cte", "cte of a cte", "union all", "union", "distinct", "group", "windows", "in", "unnest"],
)
def test_each_reference_counts(sql: str, stages: int) -> None:
    assert most_stages(sql) == stages


def test_the_query_that_trino_refused_is_refused() -> None:
    """An earlier minority_events_log.sql, of which Trino 476 made 360 stages of the 150 that it allows."""
    assert most_stages(REFUSED.read_text(encoding="utf-8")) > MOST
