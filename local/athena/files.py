"""Decodes the objects that a scan reads, many at a time: most are small, and to open one takes longer than its rows."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from moto.s3.models import FakeKey
from mrs.errors import DamagedObjectError
from mrs.store.objects import BODY_METADATA, parquet_file, undamaged

from local.athena.errors import AthenaError
from local.athena.statements import DUCKDB_SETTINGS
from local.athena.types import is_readable

KEPT_BYTES = 96 * 2**20
NUMBER = "file_index"
"""DuckDB's column of the number of the file, in the order in which the files are named to it."""
_GLOB = "*?["
_FOOTERS_ONCE = "SET parquet_metadata_cache=true"  # a file's types and its rows are asked for one after the other
_KINDS = "SELECT min(file_name) FROM (SELECT file_name, list(concat_ws(' ', name, duckdb_type)) AS kind FROM "
_KINDS += "parquet_schema($files) GROUP BY file_name) GROUP BY kind"


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def connected() -> duckdb.DuckDBPyConnection:
    """Return a connection of its own to the engine of this process: to make an engine takes as long as a query."""
    connection = _database().cursor()
    for setting in (*DUCKDB_SETTINGS, _FOOTERS_ONCE):
        connection.execute(setting)
    return connection


@dataclass(frozen=True)
class Source:
    """An object to read, and where it lies."""

    url: str
    key: FakeKey

    @property
    def name(self) -> tuple[str, str]:
        """What is the same of the same content."""
        return self.url, self.key.etag

    def body(self) -> bytes:
        """Return the bytes, if they are those that were written; Athena would notice less of what happens to a disk."""
        try:
            return undamaged(self.url, self.key.value, self.key.metadata.get(f"x-amz-meta-{BODY_METADATA}"))
        except DamagedObjectError as error:
            raise AthenaError(f"HIVE_BAD_DATA: {error}") from None


@dataclass(frozen=True)
class _Rows:
    sources: tuple[tuple[str, str], ...]
    table: pa.Table


class Kept:
    """Rows that were decoded for an earlier query: the next one asks for the same, and for what has come since."""

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._rows: OrderedDict[tuple[str, ...], _Rows] = OrderedDict()
        self._limit, self._lock = limit, Lock()

    def get(self, place: tuple[str, ...], sources: Sequence[tuple[str, str]]) -> tuple[int, list[pa.Table]]:
        """Return how many of the sources, from the first on, are here, and their rows."""
        with self._lock:
            found = self._rows.get(place)
        if found is None or found.sources != tuple(sources[: len(found.sources)]):
            return 0, []
        return len(found.sources), [found.table]

    def put(self, place: tuple[str, ...], sources: Sequence[tuple[str, str]], table: pa.Table) -> None:
        """Keep rows in place of those that are here, forgetting what was put longest ago for room."""
        if table.nbytes > self._limit // 2:
            return
        with self._lock:
            self._rows.pop(place, None)
            self._rows[place] = _Rows(tuple(sources), table)
            while sum(rows.table.nbytes for rows in self._rows.values()) > self._limit:
                self._rows.popitem(last=False)


KEPT = Kept()


def decoded(table: str, sources: Sequence[Source], kinds: Mapping[str, str], schema: pa.Schema) -> pa.Table:
    """Return the rows of the objects, in their order, with the number of its object beside each row.

    Parameters
    ----------
    table
        The name of their table, with its database.
    sources
        The objects.
    kinds
        Glue's types of the table's columns.
    schema
        The columns wanted. One that an object lacks is null.

    Raises
    ------
    AthenaError
        `HIVE_BAD_DATA`, if an object holds another type than the table declares, or is not as it was written.
    """
    names, place = [source.name for source in sources], (table, *schema.names)
    count, tables = KEPT.get(place, names)
    if count < len(sources):
        new = _read(sources[count:], kinds, schema)
        number = pc.add(new[NUMBER], pa.scalar(count, pa.int64()))
        tables.append(new.set_column(new.schema.get_field_index(NUMBER), NUMBER, number))
        KEPT.put(place, names, pa.concat_tables(tables))
    own = pa.schema([*schema, pa.field(NUMBER, pa.int64())])
    return pa.concat_tables(tables) if tables else own.empty_table()


def _read(sources: Sequence[Source], kinds: Mapping[str, str], schema: pa.Schema) -> pa.Table:
    own = pa.schema([*schema, pa.field(NUMBER, pa.int64())])
    with ExitStack() as reading:
        paths = [_path(source, source.body(), reading) for source in sources]
        connection = reading.enter_context(connected())
        try:
            distinct = connection.sql(_KINDS, params={"files": paths}).fetchall()
        except duckdb.Error:
            _refuse_damaged(sources)
            raise
        alike = [sources[paths.index(path)] for (path,) in distinct]
        held = [set(_checked(source, kinds, schema)) for source in alike]
        there = [name for name in schema.names if any(name in names for names in held)]
        columns = ", ".join([*(f'"{name}"' for name in there), f"CAST({NUMBER} AS BIGINT) AS {NUMBER}"])
        by_name = "true" if len(held) > 1 else "false"
        read = f"SELECT {columns} FROM read_parquet($files, union_by_name={by_name}, hive_partitioning=false)"  # noqa: S608
        rows = connection.sql(read, params={"files": paths}).to_arrow_table()
    return pa.table(
        [rows[f.name].cast(f.type) if f.name in rows.column_names else pa.nulls(rows.num_rows, f.type) for f in own],
        schema=own,
    )


def _path(source: Source, body: bytes, reading: ExitStack) -> str:
    """Return the file of an object; one that is in memory alone, or whose path would be a pattern, gets a copy."""
    path = getattr(source.key._value_buffer, "path", None)
    if path is not None and not any(mark in str(path) for mark in _GLOB):
        return str(path)
    copy = Path(reading.enter_context(TemporaryDirectory(prefix="mrs-athena-"))) / "object.parquet"
    copy.write_bytes(body)
    return str(copy)


def _refuse_damaged(sources: Sequence[Source]) -> None:
    for source in sources:
        _opened(source)


def _opened(source: Source) -> pq.ParquetFile:
    try:
        return parquet_file(source.url, source.body())
    except DamagedObjectError as error:
        raise AthenaError(f"HIVE_BAD_DATA: {error}") from None


def _checked(source: Source, kinds: Mapping[str, str], schema: pa.Schema) -> Iterator[str]:
    """Yield the wanted columns that an object has, each of a type that Athena reads as the table's."""
    stored = _opened(source).schema_arrow
    for name in schema.names:
        at = stored.get_field_index(name)
        if at < 0:
            continue
        if not is_readable(kinds[name], stored.field(at).type):
            raise AthenaError(
                f"HIVE_BAD_DATA: Field {name}'s type {stored.field(at).type} in parquet file {source.url} is "
                f"incompatible with type {kinds[name]} defined in table schema"
            )
        yield name
