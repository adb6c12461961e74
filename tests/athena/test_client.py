"""mrs.store.athena: named parameters become execution parameters; results come back typed, also when empty."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import QueryError
from mrs.identity import schedule_time
from mrs.store.athena import Athena, bind, literal
from mrs.store.log_store import Write

from tests.builders import TICK, table

MRDL = dataset("MRDL")
SCHEMA = pa.schema(
    [
        ("report_id", pa.string()),
        ("first_detected_at", pa.timestamp("ms")),
        ("anomaly_score", pa.float64()),
        ("degraded_inputs", MRDL.schema.field("degraded_inputs").type),
        ("is_degraded", pa.bool_()),
        ("tick", pa.date32()),
        ("n", pa.int64()),
    ]
)
SQL = """
-- the reports of :run_id
SELECT report_id, first_detected_at, anomaly_score, degraded_inputs, is_degraded, CAST(tick AS DATE) AS tick,
  row_number() OVER (PARTITION BY run_id ORDER BY report_id) AS n, ':run_id' AS note
FROM minority_reports_detected_log
WHERE run_id = :run_id AND tick <= :tick
"""


def append(aws: Environment, *reports: dict[str, Any]) -> None:
    """Append detected reports of one tick."""
    rows = table(MRDL.name, *reports, run_id="r", tick=TICK)
    aws.logs().append([Write(MRDL, "r", TICK, schedule_time(TICK), rows)])


def test_a_result_has_the_types_asked_for(aws: Environment, athena: Athena) -> None:
    when = datetime(2024, 3, 1, 2, 3, 4, 567000)
    append(aws, {"report_id": "a", "first_detected_at": when, "anomaly_score": 0.000001, "degraded_inputs": ["x", "y"]})
    found = athena.query(SQL, {"run_id": "r", "tick": TICK}, SCHEMA)
    assert found.schema == SCHEMA
    assert found.to_pylist() == [
        {
            "report_id": "a",
            "first_detected_at": when,
            "anomaly_score": 0.000001,
            "degraded_inputs": ["x", "y"],
            "is_degraded": False,
            "tick": TICK,
            "n": 1,
        }
    ]


def test_an_empty_result_has_the_schema_too(athena: Athena) -> None:
    found = athena.query(SQL, {"run_id": "r", "tick": TICK}, SCHEMA)
    assert (found.num_rows, found.schema) == (0, SCHEMA)


def test_the_same_query_twice_sees_what_came_in_between(aws: Environment, athena: Athena) -> None:
    params = {"run_id": "r", "tick": TICK}
    before = athena.query(SQL, params, SCHEMA).num_rows
    append(aws, {"report_id": "a"})
    after = [athena.query(SQL, params, SCHEMA).num_rows for _ in range(2)]
    assert (before, after) == (0, [1, 1])


def test_a_file_is_a_query_named_after_it(athena: Athena, tmp_path: Path) -> None:
    path = tmp_path / "my_view.sql"
    path.write_text("SELECT nope FROM minority_reports_detected_log WHERE run_id = :run_id")
    with pytest.raises(QueryError, match=r"my_view: .*COLUMN_NOT_FOUND"):
        athena.query(path, {"run_id": "r"}, pa.schema([("nope", pa.string())]))


def test_a_column_that_does_not_come_back_is_named(aws: Environment, athena: Athena) -> None:
    append(aws, {"report_id": "a"})
    with pytest.raises(QueryError, match="no column other"):
        athena.query(SQL, {"run_id": "r", "tick": TICK}, pa.schema([("other", pa.string())]))


def test_hostile_text_stays_text(aws: Environment, athena: Athena) -> None:
    append(aws, {"report_id": "a"})
    assert athena.query(SQL, {"run_id": "r' OR '1' = '1", "tick": TICK}, SCHEMA).num_rows == 0


def test_names_become_question_marks_in_order() -> None:
    text, values = bind("SELECT ':a', x::y -- :a\nWHERE b = :b AND a = :a AND b2 = :b", {"a": 1, "b": "it's"})
    assert text == "SELECT ':a', x::y -- :a\nWHERE b = ? AND a = ? AND b2 = ?"
    assert values == ["'it''s'", "1", "'it''s'"]


@pytest.mark.parametrize(
    ("params", "message"), [({}, "no value for parameter a"), ({"a": 1, "c": 2}, "there is no parameter c")]
)
def test_names_and_values_must_match(params: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        bind("WHERE a = :a", params)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x", "'x'"),
        (7, "7"),
        (date(2024, 3, 5), "'2024-03-05'"),
        (datetime(2024, 3, 5, 6, 7, 8, 9000), "'2024-03-05 06:07:08.009'"),
    ],
)
def test_literals(value: Any, expected: str) -> None:
    assert literal(value) == expected


@pytest.mark.parametrize("value", [None, True, 1.5, ["x"]])
def test_other_values_are_no_parameters(value: Any) -> None:
    with pytest.raises(QueryError):
        literal(value)
