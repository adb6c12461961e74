"""Runs one statement: finds the partitions it may see, reads them, and lets DuckDB compute the result."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from moto.s3.models import s3_backends

from local.athena.catalog import Catalog, Partition, Table, split_url
from local.athena.errors import AthenaError
from local.athena.files import connected
from local.athena.prepared import Prepared, Scan
from local.athena.statements import Statement, parse
from local.athena.types import as_result

MOST_PARTITIONS = 100
"""Of one UNLOAD: Athena's own limit."""


@dataclass(frozen=True)
class Outcome:
    """What a statement gave: its rows, or the files that an UNLOAD wrote, and the bytes it read."""

    rows: pa.Table
    scanned: int = 0
    files: tuple[str, ...] | None = None
    count: int | None = None


@dataclass
class Engine:
    """One query's engine, over moto's state at this moment.

    Parameters
    ----------
    account, region
        Whose state.
    database
        The default database.
    query_id
        Names the files that an UNLOAD writes.
    """

    account: str
    region: str
    database: str
    query_id: str
    catalog: Catalog = field(init=False)

    def __post_init__(self) -> None:
        self.catalog = Catalog(self.account, self.region)

    def run(self, sql: str, parameters: list[str] | None) -> Outcome:
        """Run a SELECT or an UNLOAD.

        Raises
        ------
        AthenaError
            If the query fails.
        InvalidRequestError
            If it does not parse.
        """
        statement = parse(sql, parameters)
        with connected() as connection:
            try:
                rows = as_result(self._select(connection, statement.query))
            except duckdb.Error as error:
                raise AthenaError(_reason(error)) from error
        if statement.unload_to is None:
            return Outcome(rows, self.catalog.scanned)
        return self._unload(statement, rows)

    def _select(self, connection: duckdb.DuckDBPyConnection, query: Prepared) -> pa.Table:
        places = [(scan.database or self.database, scan.table) for scan in query.scans]
        tables = {place: self.catalog.table(*place) for place in dict.fromkeys(places)}
        columns: dict[tuple[str, str], set[str]] = {}  # what is scanned twice is read once
        for place, scan in zip(places, query.scans, strict=True):
            columns.setdefault(place, set()).update(scan.columns)
        read: dict[tuple[tuple[str, str], tuple[Partition, ...]], pa.Table] = {}
        for place, scan in zip(places, query.scans, strict=True):
            table = tables[place]
            visible = tuple(_pruned(connection, table, scan))
            if (place, visible) not in read:
                wanted = [c for c in table.schema.names if c in columns[place]]
                read[place, visible] = self.catalog.read(table, visible, wanted)
            connection.register(scan.name, read[place, visible])
        return connection.sql(query.sql).to_arrow_table()

    def _unload(self, statement: Statement, rows: pa.Table) -> Outcome:
        assert statement.unload_to is not None  # noqa: S101 (the caller has asked)
        names = [n.lower() for n in rows.column_names]
        if len(set(names)) < len(names):
            raise AthenaError("SYNTAX_ERROR: line 1:1: Column name specified more than once")
        bucket, prefix = split_url(statement.unload_to.rstrip("/") + "/")
        s3 = s3_backends[self.account]["aws"]
        if bucket not in s3.buckets:
            raise AthenaError(f"S3 bucket {bucket} does not exist")
        if any(name.startswith(prefix) for name in s3.buckets[bucket].keys):
            raise AthenaError(
                f"HIVE_PATH_ALREADY_EXISTS: Target directory for table already exists: {statement.unload_to}. "
                "You may need to manually clean the data"
            )
        files = []
        for folder, part in _by_folder(rows, statement.unload_by):
            body = io.BytesIO()
            pq.write_table(part, body, compression="zstd", store_schema=False)
            name = f"{prefix}{folder}{self.query_id.replace('-', '_')}_0"
            s3.put_object(bucket, name, body.getvalue())
            files.append(f"s3://{bucket}/{name}")
        count = pa.table({"rows": pa.array([rows.num_rows], pa.int64())})
        return Outcome(count, self.catalog.scanned, tuple(files), rows.num_rows)


def _by_folder(rows: pa.Table, by: str | None) -> Iterator[tuple[str, pa.Table]]:
    """Yield the rows below each folder that an UNLOAD writes: one, or one for each value of a column, without it."""
    if by is None:
        yield from [("", rows)] if rows.num_rows else []
        return
    if rows.column_names[-1] != by:
        raise AthenaError(f"INVALID_FUNCTION_ARGUMENT: Partition column {by} must be the last column")
    values = pc.unique(rows[by].combine_chunks())
    if len(values) > MOST_PARTITIONS:
        raise AthenaError(f"HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {MOST_PARTITIONS} open writers")
    for value in values:
        yield f"{by}={value.as_py()}/", rows.filter(pc.equal(rows[by], value)).drop_columns([by])


def _pruned(connection: duckdb.DuckDBPyConnection, table: Table, scan: Scan) -> Iterable[Partition]:
    """Leave out the partitions that the WHERE excludes by partition keys alone."""
    tests = [test.sql for test in scan.tests if set(test.columns) <= set(table.keys)]
    if not tests:
        return table.partitions
    connection.register("partitions", table.places)
    alias = scan.alias.replace('"', '""')
    picked = f'SELECT place FROM partitions AS "{alias}" WHERE {" AND ".join(tests)} ORDER BY place'  # noqa: S608
    return [table.partitions[place] for (place,) in connection.execute(picked).fetchall()]


def _reason(error: duckdb.Error) -> str:
    message = str(error).splitlines()[0]
    if isinstance(error, duckdb.BinderException) and "column" in message.lower():
        return f"COLUMN_NOT_FOUND: line 1:1: {message}"
    if isinstance(error, duckdb.ConversionException):
        return f"INVALID_CAST_ARGUMENT: {message}"
    return f"GENERIC_INTERNAL_ERROR: {message}"
