"""The translation from Trino to DuckDB: what is allowed gives Trino's documented result, the traps are refused."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from local.athena import statements
from local.athena.errors import AthenaError, InvalidRequestError
from local.athena.statements import DUCKDB_SETTINGS, parse
from local.athena.types import as_result

NULL = "CAST(NULL AS DOUBLE)"


def run(sql: str, parameters: list[str] | None = None) -> list[list[Any]]:
    """Return the rows of a query as the engine computes them."""
    with duckdb.connect() as connection:
        for setting in DUCKDB_SETTINGS:
            connection.execute(setting)
        rows = as_result(connection.sql(parse(sql, parameters).query.sql).to_arrow_table())
    return [list(row.values()) for row in rows.to_pylist()]


SAME: list[tuple[str, str, list[list[Any]]]] = [
    (
        "greatest is null with a null",
        f"SELECT greatest(1e0, {NULL}, 3e0) AS a, least(1e0, {NULL}) AS b",
        [[None, None]],
    ),
    ("text with null is null", "SELECT 'a' || CAST(NULL AS VARCHAR) AS a", [[None]]),
    (
        "nulls come last, ascending",
        "SELECT row_number() OVER (PARTITION BY k ORDER BY x) AS n, x"
        " FROM (VALUES (1, 2e0), (1, NULL)) t(k, x) ORDER BY n",
        [[1, 2.0], [2, None]],
    ),
    (
        "nulls come last, descending too",
        "SELECT row_number() OVER (PARTITION BY k ORDER BY x DESC) AS n, x"
        " FROM (VALUES (1, 2e0), (1, NULL)) t(k, x) ORDER BY n",
        [[1, 2.0], [2, None]],
    ),
    (
        "rank leaves gaps",
        "SELECT x, rank() OVER (PARTITION BY k ORDER BY x) AS r FROM (VALUES (1, 1), (1, 1), (1, 2)) t(k, x)"
        " ORDER BY x, r",
        [[1, 1], [1, 1], [2, 3]],
    ),
    (
        "count of nothing is 0, sum is null",
        f"SELECT count(x) AS n, sum(x) AS s FROM (VALUES ({NULL})) t(x) WHERE x > 1e0",
        [[0, None]],
    ),
    (
        "count(*) counts nulls, count(x) does not",
        "SELECT count(*) AS a, count(x) AS b FROM (VALUES (1), (NULL)) t(x)",
        [[2, 1]],
    ),
    ("count(DISTINCT) leaves null out", "SELECT count(DISTINCT x) AS n FROM (VALUES 1, 1, NULL) t(x)", [[1]]),
    ("sum of whole numbers is a bigint", "SELECT sum(x) AS s FROM (VALUES 1, 2) t(x)", [[3]]),
    (
        "sum over a window",
        "SELECT sum(x) OVER (PARTITION BY k) AS s FROM (VALUES (1, 1e0), (1, 2e0)) t(k, x)",
        [[3.0], [3.0]],
    ),
    (
        "array_agg keeps nulls, in the order asked for",
        "SELECT array_agg(x ORDER BY y DESC) AS a FROM (VALUES ('a', 1), ('b', 2), (NULL, 3)) t(x, y)",
        [[[None, "b", "a"]]],
    ),
    (
        "array_agg of distinct",
        "SELECT array_agg(DISTINCT x ORDER BY x) AS a FROM (VALUES 'b', 'a', 'b') t(x)",
        [[["a", "b"]]],
    ),
    (
        "array_agg of nothing is null",
        "SELECT array_agg(x ORDER BY x) AS a FROM (VALUES 'b') t(x) WHERE x = 'a'",
        [[None]],
    ),
    (
        "unnest drops rows with an empty or null list",
        "SELECT k, v FROM (VALUES (1, ARRAY['a', 'b']), (2, NULL)) t(k, l) CROSS JOIN UNNEST(l) AS u(v) ORDER BY v",
        [[1, "a"], [1, "b"]],
    ),
    ("bool_or leaves null out", "SELECT bool_or(x) AS a FROM (VALUES true, CAST(NULL AS BOOLEAN)) t(x)", [[True]]),
    ("IN with null is null, not false", "SELECT 1 IN (2, NULL) AS a, NOT 1 IN (2, NULL) AS b", [[None, None]]),
    ("a comparison with null is null", f"SELECT {NULL} = 1e0 AS a, {NULL} IS NULL AS b", [[None, True]]),
    (
        "date_diff of days",
        "SELECT date_diff('day', CAST('2024-02-28' AS DATE), CAST('2024-03-01' AS DATE)) AS d",
        [[2]],
    ),
    ("a time's date", "SELECT CAST(CAST('2024-01-02 23:59:59.999' AS TIMESTAMP) AS DATE) AS d", [[date(2024, 1, 2)]]),
    (
        "times have milliseconds",
        "SELECT CAST('2024-01-02 03:04:05.678' AS TIMESTAMP) AS t",
        [[datetime(2024, 1, 2, 3, 4, 5, 678000)]],
    ),
    (
        "division by NULLIF is null, not an error",
        "SELECT x / NULLIF(y, 0e0) AS q FROM (VALUES (7e0, 0e0)) t(x, y)",
        [[None]],
    ),
    ("division of doubles", "SELECT x / 2e0 AS q FROM (VALUES 7e0) t(x)", [[3.5]]),
    ("texts compare by bytes", "SELECT 'B' < 'a' AS a, 'a' < 'ä' AS b, 'a' = 'A' AS c", [[True, True, False]]),
    ("UNION drops duplicates, UNION ALL keeps them", "SELECT 1 AS x UNION SELECT 1 AS x", [[1]]),
    (
        "a left join keeps its left side",
        "SELECT a, b FROM (VALUES 1) t(a) LEFT JOIN (VALUES 2) u(b) ON a = b",
        [[1, None]],
    ),
    ("exp", "SELECT exp(0e0) AS e, abs(-1.5e0) AS a", [[1.0, 1.5]]),
]


@pytest.mark.parametrize(("sql", "rows"), [(s, r) for _, s, r in SAME], ids=[n for n, _, _ in SAME])
def test_allowed(sql: str, rows: list[list[Any]]) -> None:
    assert run(sql) == rows


REFUSED = {
    "max_by gives a stale value where the newest is null": "SELECT max_by(x, y) AS a FROM (VALUES ('a', 1)) t(x, y)",
    "min_by too": "SELECT min_by(x, y) AS a FROM (VALUES ('a', 1)) t(x, y)",
    "whole numbers divide": "SELECT a / b AS q FROM (VALUES (7, 2)) t(a, b)",
    "a count as divisor": "SELECT count(*) / count(*) AS q FROM (VALUES 1) t(x)",
    "modulo": "SELECT 7 % 3 AS q",
    "a decimal literal": "SELECT 1.5 AS x",
    "avg": "SELECT avg(x) AS a FROM (VALUES 1) t(x)",
    "round": "SELECT round(2.5e0) AS a",
    "a double as text": "SELECT CAST(x AS VARCHAR) AS a FROM (VALUES 1e7) t(x)",
    "text as a number": "SELECT CAST('1.7' AS BIGINT) AS a",
    "a double as a whole number": "SELECT CAST(2.5e0 AS BIGINT) AS a",
    "try_cast": "SELECT try_cast('x' AS BIGINT) AS a",
    "varchar(n)": "SELECT CAST('abc' AS VARCHAR(2)) AS a",
    "a time with given precision": "SELECT CAST('2024-01-01' AS TIMESTAMP(0)) AS a",
    "date_diff of times": "SELECT date_diff('day', x, x) AS d FROM (VALUES 1) t(x)",
    "date_diff of months": "SELECT date_diff('month', CAST('2024-01-31' AS DATE), CAST('2024-02-01' AS DATE)) AS d",
    "date_add": "SELECT date_add('day', 1, CAST('2024-01-31' AS DATE)) AS d",
    "an interval": "SELECT CAST('2024-01-31' AS DATE) + INTERVAL '1' DAY AS d",
    "date_trunc": "SELECT date_trunc('month', CAST('2024-01-31' AS DATE)) AS d",
    "a time zone": "SELECT CAST('2024-01-01' AS TIMESTAMP) AT TIME ZONE 'UTC' AS t",
    "the clock": "SELECT current_timestamp AS t",
    "today": "SELECT current_date AS t",
    "random": "SELECT random() AS r",
    "json_extract_scalar": """SELECT json_extract_scalar('{"a":1}', '$.a') AS a""",
    "json_format": "SELECT json_format(json_parse('1')) AS a",
    "regexp_extract": "SELECT regexp_extract('abc', 'z') AS a",
    "split_part": "SELECT split_part('a,b', ',', 3) AS a",
    "substr": "SELECT substr('abc', 0, 2) AS a",
    "upper": "SELECT upper('straße') AS a",
    "length": "SELECT length('é') AS a",
    "ILIKE": "SELECT 1 AS x FROM (VALUES 'a') t(x) WHERE x ILIKE 'A'",
    "LIKE": "SELECT 1 AS x FROM (VALUES 'a') t(x) WHERE x LIKE 'A'",
    "a subscript": "SELECT a[5] AS x FROM (VALUES (ARRAY[1])) t(a)",
    "map": "SELECT MAP(ARRAY['a'], ARRAY[1]) AS m",
    "a lambda": "SELECT transform(ARRAY[1], x -> x + 1) AS a",
    "array_agg without an order": "SELECT array_agg(x) AS a FROM (VALUES 1) t(x)",
    "row_number without an order": "SELECT row_number() OVER (PARTITION BY x) AS n FROM (VALUES 1) t(x)",
    "a window frame": "SELECT sum(x) OVER (PARTITION BY x ROWS UNBOUNDED PRECEDING) AS n FROM (VALUES 1) t(x)",
    "first_value": "SELECT first_value(x) OVER (PARTITION BY x ORDER BY x) AS n FROM (VALUES 1) t(x)",
    "SELECT *": "SELECT * FROM (VALUES 1) t(x)",
    "DISTINCT ON": "SELECT DISTINCT ON (x) x FROM (VALUES 1) t(x)",
    "QUALIFY": "SELECT x FROM (VALUES 1) t(x) QUALIFY row_number() OVER (PARTITION BY x ORDER BY x) = 1",
    "GROUP BY ALL": "SELECT x FROM (VALUES 1) t(x) GROUP BY ALL",
    "GROUP BY a place": "SELECT x FROM (VALUES 1) t(x) GROUP BY 1",
    "ROLLUP": "SELECT x FROM (VALUES 1) t(x) GROUP BY ROLLUP (x)",
    "JOIN USING": "SELECT x FROM (VALUES 1) t(x) JOIN (VALUES 1) u(x) USING (x)",
    "FULL JOIN": "SELECT t.x FROM (VALUES 1) t(x) FULL JOIN (VALUES 1) u(x) ON t.x = u.x",
    "NATURAL JOIN": "SELECT x FROM (VALUES 1) t(x) NATURAL JOIN (VALUES 1) u(x)",
    "ASOF JOIN": "SELECT t.x FROM (VALUES 1) t(x) ASOF JOIN (VALUES 1) u(x) ON t.x >= u.x",
    "WITH TIES": "SELECT x FROM (VALUES 1) t(x) ORDER BY x FETCH FIRST 1 ROWS WITH TIES",
    "a column of nothing but NULL": "SELECT NULL AS x",
    "approx_distinct": "SELECT approx_distinct(x) AS n FROM (VALUES 1) t(x)",
    "a function of DuckDB": "SELECT list_sum(ARRAY[1]) AS x",
    "a file": "SELECT x FROM read_parquet('x') t(x)",
    "recursion": "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT n FROM r",
    "a parameter outside a WHERE": "SELECT ? AS x",
    "INSERT": "INSERT INTO t VALUES (1)",
    "CREATE TABLE": "CREATE TABLE t AS SELECT 1 AS x",
    "DROP": "DROP TABLE t",
}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED.keys())
def test_refused(sql: str) -> None:
    with pytest.raises((AthenaError, InvalidRequestError)):
        parse(sql)


def test_parameters_are_bound_in_the_order_of_the_text() -> None:
    sql = "WITH a AS (SELECT x FROM (VALUES 'p', 'q') t(x) WHERE x = ?) SELECT x, '?' AS mark FROM a WHERE x <> ?"
    assert run(sql, ["'p'", "'q'"]) == [["p", "?"]]


@pytest.mark.parametrize("parameters", [[], ["'a'", "'b'"]], ids=["too_few", "too_many"])
def test_the_number_of_parameters_must_fit(parameters: list[str]) -> None:
    with pytest.raises(AthenaError, match="Incorrect number of parameters"):
        parse("SELECT x FROM (VALUES 'a') t(x) WHERE x = ?", parameters)


@pytest.mark.parametrize("value", ["a", "'a' OR 1 = 1", "(SELECT 1)"])
def test_a_parameter_that_is_no_literal_is_refused(value: str) -> None:
    with pytest.raises(AthenaError, match="no literal"):
        parse("SELECT x FROM (VALUES 'a') t(x) WHERE x = ?", [value])


def test_what_was_asked_once_needs_no_parser_in_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "CACHE", tmp_path / "statements")
    query = "SELECT 'no $p0' AS a, x FROM t WHERE x = ? AND y = '?'"
    sql = f"UNLOAD ({query}) TO 's3://b/{{}}/' WITH (format='PARQUET', compression='ZSTD')"
    try:
        statements._known.cache_clear()
        first = parse(sql.format("one"), ["'it''s'"])
        statements._known.cache_clear()
        monkeypatch.setitem(sys.modules, "local.athena.dialect", None)
        second = parse(sql.format("two"), ["'it''s'"])
    finally:
        statements._known.cache_clear()
    assert second == replace(first, unload_to="s3://b/two/")
    assert "'no $p0'" in second.query.sql
    assert "'it''s'" in second.query.sql
    assert [test.columns for test in second.query.scans[0].tests] == [("x",), ("y",)]


def test_a_kept_file_that_cannot_be_read_is_no_hindrance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "CACHE", tmp_path)
    statements._file().write_bytes(b"{")
    try:
        statements._known.cache_clear()
        assert parse("SELECT 1 AS a").query.sql == "SELECT 1 AS a"
    finally:
        statements._known.cache_clear()
