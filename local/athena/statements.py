"""Athena's statements, ready to run in DuckDB: an UNLOAD's parts, the query translated, its parameters in their place.

To parse and translate a query takes as long as to run it. What the store asks is therefore kept beside the templates,
for the next process, which then needs no parser.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

from mrs.identity import hash_of_files

from local.athena.errors import AthenaError, InvalidRequestError
from local.athena.prepared import Prepared, Scan, Test
from local.template import CACHE as TEMPLATES
from local.template import write_whole

CACHE = TEMPLATES.with_name("statements")
KEPT, MOST = 4, 64
"""How many versions of the translation have a file, and how many queries one holds."""
DUCKDB_SETTINGS = ("SET threads=1", "SET integer_division=true", "SET TimeZone='UTC'")
"""One thread: sums of doubles come out the same each time. Division of whole numbers as in Trino."""

_UNLOAD = re.compile(r"\s*UNLOAD\s*\((.*)\)\s*TO\s+'([^']+)'\s*WITH\s*\((.*)\)\s*", re.IGNORECASE | re.DOTALL)
_BY = re.compile(r"partitioned_by\s*=\s*ARRAY\s*\[\s*'(\w+)'\s*\]", re.IGNORECASE)
_PLAIN = re.compile(r"'(?:[^']|'')*'|-?\d+")
_PLACE = re.compile(r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | \$p(?P<number>\d+)\b""", re.VERBOSE)

_translating = Lock()


@dataclass(frozen=True)
class Statement:
    """A statement: its query with every parameter bound; of an UNLOAD the folder to write to, and by which column."""

    query: Prepared
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
    is_unload = sql[:6].upper() == "UNLOAD"
    if is_unload:
        sql, target, by = _split_unload(sql)
    query, values = _prepared(sql, is_unload), list(parameters or ())
    if query.n_parameters != len(values):
        raise AthenaError(
            "INVALID_PARAMETER_USAGE: Incorrect number of parameters: "
            f"expected {query.n_parameters} but found {len(values)}"
        )
    return Statement(_bound(query, [_literal(value) for value in values]), target, by)


def _bound(query: Prepared, literals: Sequence[str]) -> Prepared:
    def bind(sql: str) -> str:
        return _PLACE.sub(lambda found: found[0] if found["number"] is None else literals[int(found["number"])], sql)

    scans = tuple(replace(s, tests=tuple(replace(t, sql=bind(t.sql)) for t in s.tests)) for s in query.scans)
    return replace(query, sql=bind(query.sql), scans=scans)


def _literal(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    from local.athena.dialect import literal  # here: what the store asks needs no parser

    return literal(value)


def _split_unload(sql: str) -> tuple[str, str, str | None]:
    match = _UNLOAD.fullmatch(sql)
    if match is None:
        raise InvalidRequestError("UNLOAD (query) TO 's3://…' WITH (…) expected")
    by = _BY.search(match[3])
    options = {k.lower(): v.upper() for k, v in re.findall(r"(\w+)\s*=\s*'([^']*)'", match[3])}
    if options != {"format": "PARQUET", "compression": "ZSTD"}:
        raise AthenaError(f"NOT_SUPPORTED (local engine): UNLOAD with {options}; only PARQUET with ZSTD")
    return match[1], match[2], by[1] if by else None


def _prepared(sql: str, is_kept: bool) -> Prepared:
    """Return the translated query: as an earlier process kept it, or translated now."""
    with _translating:
        known = _known()
        if sql not in known:
            from local.athena.dialect import prepare  # here: what is kept needs no parser

            known[sql] = prepare(sql)
            if is_kept and len(known) <= MOST:
                _keep(known)
        return known[sql]


@cache
def _known() -> dict[str, Prepared]:
    try:
        kept = json.loads(_file().read_bytes())
        return {sql: _as_kept(**fields) for sql, fields in kept.items()}
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return {}


def _as_kept(sql: str, scans: Sequence[dict[str, Any]], n_parameters: int) -> Prepared:
    """Return a query from what `asdict` made of it."""
    found = []
    for scan in scans:
        tests = tuple(Test(tuple(test["columns"]), test["sql"]) for test in scan["tests"])
        found.append(Scan(**{**scan, "columns": tuple(scan["columns"]), "tests": tests}))
    return Prepared(sql, tuple(found), n_parameters)


def _keep(known: dict[str, Prepared]) -> None:
    file = _file()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps({sql: asdict(query) for sql, query in known.items()}).encode())
        by_age = sorted(file.parent.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in by_age[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:  # a folder that cannot be written: the next process translates again
        return


def _file() -> Path:
    """Return the file of what is translated by the code as it is now."""
    folder = Path(__file__).parent
    code = hash_of_files(folder, sorted(folder.glob("*.py")))
    return CACHE / f"{code[:16]}-{version('sqlglot')}.json"
