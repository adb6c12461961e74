"""What the local engine holds to be Trino's answer is Trino's answer; what it refuses is really different."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.athena.test_dialect import SAME
from tests.trino.server import Trino
from tests.trino.world import as_text

TRAPS = [
    ("whole numbers divide to a whole number", "SELECT a / b AS q FROM (VALUES (7, 2)) t(a, b)", [[3]]),
    ("of negative ones towards zero", "SELECT a / b AS q FROM (VALUES (-7, 2)) t(a, b)", [[-3]]),
    ("max_by keeps a null", "SELECT max_by(x, y) AS a FROM (VALUES ('a', 1), (NULL, 2)) t(x, y)", [[None]]),
    ("a cast rounds half up", "SELECT CAST(2.5e0 AS BIGINT) AS a", [[3]]),
    ("a double as text", "SELECT CAST(x AS VARCHAR) AS a FROM (VALUES 1e7) t(x)", [["1.0E7"]]),
    ("a decimal literal is a decimal", "SELECT 1.5 AS x", [["1.5"]]),
]


@pytest.mark.parametrize(
    ("sql", "rows"), [(s, r) for _, s, r in [*SAME, *TRAPS]], ids=[n for n, _, _ in [*SAME, *TRAPS]]
)
def test_answer(server: tuple[Trino, Path], sql: str, rows: list[list[Any]]) -> None:
    trino, _ = server
    assert [as_text(row) for row in trino.ask(sql)] == [as_text(row) for row in rows]
