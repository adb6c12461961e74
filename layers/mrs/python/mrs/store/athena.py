"""Athena: the only module that talks to it. A query is SQL text with named parameters; its result is an Arrow table.

Results travel as an UNLOAD to ZSTD Parquet in the workgroup's results bucket: types, nulls and lists arrive as they
are, which a CSV result loses. awswrangler is imported when the first query runs, because that takes a second or two.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mrs.errors import QueryError
from mrs.store.objects import in_parallel
from mrs.store.sql_files import read_sql

Value = str | int | date | datetime

_POLL_SECONDS = 0.25
_ATTEMPTS = 5
_NAMED = re.compile(
    r"""(?P<other>'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | ::) | :(?P<name>[a-z_][a-z0-9_]*)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Athena:
    """Queries over one Glue database.

    Parameters
    ----------
    database
        The Glue database.
    workgroup
        The Athena workgroup; its output location is where results are written, each below a prefix of its own.
    athena, s3
        boto3 clients.
    """

    database: str
    workgroup: str
    athena: Any
    s3: Any

    def query(self, sql: str | Path, params: Mapping[str, Value], schema: pa.Schema) -> pa.Table:
        """Run a query and return its rows.

        Parameters
        ----------
        sql
            The query, or the `.sql` file that holds it (`mrs.store.sql_files`); parameters stand in it as `:name`.
        params
            A value for each name, passed to Athena as execution parameters, never put into the text.
        schema
            Columns and types of the result, in the order wanted. Columns of the result beside them are dropped.

        Returns
        -------
        pa.Table
            In no particular order; empty, with the same schema, where nothing was found.

        Raises
        ------
        QueryError
            Naming the query: a parameter is missing or superfluous, Athena refused it, or a column is not there.
        """
        name, files = self._unload(sql, params)
        return self._rows(files, schema, name)

    def query_by(
        self, column: str, sql: str | Path, params: Mapping[str, Value], schema: pa.Schema
    ) -> dict[str, Callable[[], pa.Table]]:
        """Run a query and return what reads its rows, by the values of a column as text, in their order.

        Parameters
        ----------
        column
            The last column of the query, never null; at most a hundred values. The rows come without it.
        sql, params, schema
            As for `query`; the readers raise what it raises.
        """
        name, files = self._unload(sql, params, column)
        by_value: dict[str, list[str]] = {}
        for url in files:
            by_value.setdefault(unquote(url.rpartition(f"/{column}=")[2].partition("/")[0]), []).append(url)
        return {value: partial(self._rows, by_value[value], schema, name) for value in sorted(by_value)}

    def _rows(self, files: Sequence[str], schema: pa.Schema, name: str) -> pa.Table:
        tables = in_parallel(lambda url: _typed(self._get(url), schema, name), files)
        return pa.concat_tables(tables) if tables else schema.empty_table()

    def _unload(self, query: str | Path, params: Mapping[str, Value], by: str | None = None) -> tuple[str, list[str]]:
        """Run the query into a fresh prefix and return its name and the files that it wrote: those of its manifest."""
        name = query.stem if isinstance(query, Path) else "query"
        sql, values = bind(read_sql(query) if isinstance(query, Path) else query, params, name)
        import awswrangler as wr

        failures = wr.exceptions
        bucket, base = self._results(name, sql, values)
        for _ in range(_ATTEMPTS):
            path = f"s3://{bucket}/{base}{self._first_free(bucket, base)}/"
            try:
                done = wr.athena.unload(
                    sql,
                    path,
                    self.database,
                    compression="ZSTD",
                    partitioned_by=[by] if by else None,
                    workgroup=self.workgroup,
                    params=values or None,
                    paramstyle="qmark",
                    athena_query_wait_polling_delay=_POLL_SECONDS,
                )
            except (failures.QueryFailed, failures.QueryCancelled, failures.InvalidArgumentValue) as error:
                if "HIVE_PATH_ALREADY_EXISTS" in str(error):
                    continue
                raise QueryError(f"{name}: {error}") from error
            manifest = done.manifest_location
            return name, self._get(manifest).decode().split() if manifest else []
        raise QueryError(f"{name}: no free prefix under s3://{bucket}/{base} after {_ATTEMPTS} attempts")

    def _results(self, name: str, sql: str, values: list[str]) -> tuple[str, str]:
        """Return bucket and prefix for the results of this very query, the same each time."""
        group = self.athena.get_work_group(WorkGroup=self.workgroup)["WorkGroup"]
        location = group["Configuration"].get("ResultConfiguration", {}).get("OutputLocation")
        if not location:
            raise QueryError(f"{name}: workgroup {self.workgroup} has no output location")
        bucket, prefix = _split(location)
        digest = hashlib.sha256("\x1f".join([self.database, sql, *values]).encode()).hexdigest()
        return bucket, f"{prefix.rstrip('/')}/unload/{name}/{digest[:32]}/".lstrip("/")

    def _first_free(self, bucket: str, base: str) -> int:
        """Return the number after the last that was used: UNLOAD wants an empty place, and nothing is overwritten."""
        used = [-1]
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=base, Delimiter="/"):
            used += [int(p["Prefix"][len(base) : -1]) for p in page.get("CommonPrefixes", ())]
        return max(used) + 1

    def _get(self, url: str) -> bytes:
        bucket, key = _split(url)
        body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return body


def bind(sql: str, params: Mapping[str, Value], name: str = "query") -> tuple[str, list[str]]:
    """Return the text with `?` for each `:name`, and the execution parameters in their order, as SQL literals.

    Raises
    ------
    QueryError
        If a name has no value, or a value no name.
    """
    order: list[str] = []

    def place(match: re.Match[str]) -> str:
        if match["name"] is None:
            return match[0]
        order.append(match["name"])
        return "?"

    positional = _NAMED.sub(place, sql)
    if missing := sorted(set(order) - set(params)):
        raise QueryError(f"{name}: no value for parameter {', '.join(missing)}")
    if unused := sorted(set(params) - set(order)):
        raise QueryError(f"{name}: there is no parameter {', '.join(unused)}")
    return positional, [literal(params[p]) for p in order]


def literal(value: Value) -> str:
    """Return a value as the SQL literal that an execution parameter is; dates and times as text, for a CAST."""
    if isinstance(value, bool) or not isinstance(value, (str, int, date)):
        raise QueryError(f"a parameter is text, a whole number, a date or a time, not {value!r}")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        value = f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    elif isinstance(value, date):
        value = value.isoformat()
    return "'" + value.replace("'", "''") + "'"


def _typed(body: bytes, schema: pa.Schema, name: str) -> pa.Table:
    table = pq.read_table(io.BytesIO(body), coerce_int96_timestamp_unit="ms")
    missing = [c for c in schema.names if c not in table.column_names]
    if missing:
        raise QueryError(f"{name}: the result has no column {', '.join(missing)}")
    columns = [table[f.name] if table[f.name].type == f.type else pc.cast(table[f.name], f.type) for f in schema]
    return pa.table(columns, schema=schema)


def _split(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key
