"""Athena's SQL, taken apart: the statement's parts, its parameters bound, and the query in DuckDB's dialect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from local.athena.errors import AthenaError, InvalidRequestError
from local.athena.grammar import violations

DUCKDB_SETTINGS = ("SET threads=1", "SET integer_division=true", "SET TimeZone='UTC'")
"""One thread: sums of doubles come out the same each time. Division of whole numbers as in Trino."""

_UNLOAD = re.compile(r"\s*TO\s+'([^']+)'\s*WITH\s*\((.*)\)\s*", re.IGNORECASE | re.DOTALL)

_BY = re.compile(r"partitioned_by\s*=\s*ARRAY\s*\[\s*'(\w+)'\s*\]", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """A statement: its query with every `?` bound, and for an UNLOAD the folder to write to, and by which column."""

    query: exp.Query
    unload_to: str | None = None
    unload_by: str | None = None


def parse(sql: str, parameters: Sequence[str] | None = None) -> Statement:
    """Return the statement in `sql`, its parameters bound and its constructs checked.

    Raises
    ------
    InvalidRequestError
        If it does not parse.
    AthenaError
        If the parameters are too many or too few, or if it uses what is not on the allow-list.
    """
    sql = sql.strip().rstrip(";")
    target = by = None
    if sql[:6].upper() == "UNLOAD":
        sql, target, by = _split_unload(sql)
    query = _checked(sql).copy()
    places = {p.name: p for p in query.find_all(exp.Placeholder)}
    values = list(parameters or ())
    if len(places) != len(values):
        raise AthenaError(
            f"INVALID_PARAMETER_USAGE: Incorrect number of parameters: expected {len(places)} but found {len(values)}"
        )
    for number, value in enumerate(values):
        places[f"p{number}"].replace(_literal(value).copy())
    return Statement(query, target, by)


@lru_cache(maxsize=64)
def _checked(sql: str) -> exp.Query:
    """Return the query with `:p0`, `:p1`, … for its `?`; the same text is parsed and checked once."""
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
    return query


@lru_cache(maxsize=256)
def _literal(value: str) -> exp.Expr:
    """Return an execution parameter, which is an SQL literal, as a node."""
    node: exp.Expr = sqlglot.parse_one(value, read="athena")
    if not isinstance(node, (exp.Literal, exp.Neg, exp.Cast)):
        raise AthenaError(f"SYNTAX_ERROR: line 1:1: parameter {value} is no literal; a string needs quotes")
    return node


def to_duckdb(query: exp.Query) -> str:
    """Return an allowed query in DuckDB's dialect."""
    return query.sql(dialect="duckdb", unsupported_level=sqlglot.ErrorLevel.RAISE)


def _split_unload(sql: str) -> tuple[str, str, str | None]:
    body = sql[6:]
    tokens = sqlglot.tokenize(body, read="trino")
    last = _closing(tokens)
    match = _UNLOAD.fullmatch(body[last.end + 1 :])
    if match is None:
        raise InvalidRequestError("UNLOAD (query) TO 's3://…' WITH (…) expected")
    by = _BY.search(match.group(2))
    options = {k.lower(): v.upper() for k, v in re.findall(r"(\w+)\s*=\s*'([^']*)'", match.group(2))}
    if options != {"format": "PARQUET", "compression": "ZSTD"}:
        raise AthenaError(f"NOT_SUPPORTED (local engine): UNLOAD with {options}; only PARQUET with ZSTD")
    return body[tokens[0].end + 1 : last.start], match.group(1), by.group(1) if by else None


def _closing(tokens: Sequence[Token]) -> Token:
    depth = 0
    for token in tokens:
        depth += (token.token_type == TokenType.L_PAREN) - (token.token_type == TokenType.R_PAREN)
        if depth == 0:
            return token
    raise InvalidRequestError("UNLOAD: a bracket is not closed")
