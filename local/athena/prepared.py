"""A query that is translated into DuckDB's dialect, and what it refers to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Test:
    """A part of a WHERE that must hold: the columns that it names, and the condition."""

    columns: tuple[str, ...]
    sql: str


@dataclass(frozen=True)
class Scan:
    """A reference to a stored table.

    Parameters
    ----------
    name
        What stands for it in the translated query.
    database, table
        What is referred to, in small letters; no database means the query's own.
    alias
        By which the query calls it.
    columns
        Names of all columns that the query may want of it.
    tests
        What the query asks of it alone.
    """

    name: str
    database: str
    table: str
    alias: str
    columns: tuple[str, ...]
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class Prepared:
    """A query in DuckDB's dialect: `$p0`, `$p1`, … for its parameters, a name for each reference to a stored table."""

    sql: str
    scans: tuple[Scan, ...]
    n_parameters: int
