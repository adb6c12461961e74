"""Athena's SQL in DuckDB's dialect: the query taken apart, checked, and its references to stored tables named."""

from __future__ import annotations

from collections.abc import Iterable

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope
from sqlglot.tokenizer_core import TokenType

from local.athena.errors import AthenaError, InvalidRequestError
from local.athena.grammar import violations
from local.athena.prepared import Prepared, Scan, Test


def prepare(sql: str) -> Prepared:
    """Return a query in DuckDB's dialect; `$p0`, `$p1`, … stand in it for its `?`.

    Raises
    ------
    InvalidRequestError
        If it does not parse.
    AthenaError
        If it uses what is not on the allow-list.
    """
    marks = [t for t in sqlglot.tokenize(sql, read="trino") if t.token_type == TokenType.PLACEHOLDER]
    for number, mark in reversed(list(enumerate(marks))):
        sql = f"{sql[: mark.start]}:p{number}{sql[mark.end + 1 :]}"
    try:
        query = sqlglot.parse_one(sql, read="athena")
    except sqlglot.errors.SqlglotError as error:
        raise InvalidRequestError("Queries of this type are not supported: " + str(error).splitlines()[0]) from error
    if not isinstance(query, exp.Query):
        raise AthenaError(f"NOT_SUPPORTED (local engine): {type(query).__name__}")
    if faults := violations(query):
        raise AthenaError("NOT_SUPPORTED (local engine): " + "; ".join(faults))
    found = tuple(_named(number, *scan) for number, scan in enumerate(scans(query)))
    return Prepared(_to_duckdb(query), found, len(marks))


def literal(value: str) -> str:
    """Return an execution parameter, which is an SQL literal, in DuckDB's dialect."""
    node: exp.Expr = sqlglot.parse_one(value, read="athena")
    if not isinstance(node, (exp.Literal, exp.Neg, exp.Cast)):
        raise AthenaError(f"SYNTAX_ERROR: line 1:1: parameter {value} is no literal; a string needs quotes")
    return _to_duckdb(node)


def scans(query: exp.Query) -> list[tuple[exp.Table, exp.Select]]:
    """Return every reference to a stored table, with the SELECT that it stands in."""
    found: dict[int, tuple[exp.Table, exp.Select]] = {}
    for scope in traverse_scope(query):
        for source in scope.sources.values():
            if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier):
                select = source.find_ancestor(exp.Select)
                if select is not None:
                    found[id(source)] = (source, select)
    return list(found.values())


def _named(number: int, node: exp.Table, select: exp.Select) -> Scan:
    """Put a name of its own in the place of a reference to a stored table, and return what was referred to."""
    name, alias = f"scan_{number}", node.alias_or_name
    where = None if select.args.get("joins") else select.args.get("where")
    tests = () if where is None else tuple(_tests(where.this, {alias.lower(), ""}))
    columns = tuple(sorted({c.name.lower() for c in select.find_all(exp.Column)}))
    scan = Scan(name, node.db.lower(), node.name.lower(), alias, columns, tests)
    node.replace(exp.alias_(exp.to_table(name), alias, table=True, quoted=True))
    return scan


def _tests(condition: exp.Expr, tables: set[str]) -> Iterable[Test]:
    """Yield what a WHERE asks of a table by its columns alone, each a part of it that must hold."""
    for test in condition.flatten() if isinstance(condition, exp.And) else (condition,):
        columns = list(test.find_all(exp.Column))
        if columns and test.find(exp.Query) is None and all(c.table.lower() in tables for c in columns):
            yield Test(tuple(sorted({c.name.lower() for c in columns})), _to_duckdb(test))


def _to_duckdb(node: exp.Expr) -> str:
    return node.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE, comments=False)
