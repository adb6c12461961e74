"""What was asked of the local Athena, and its tables and objects as they are laid before a real Trino."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import boto3
import pyarrow.parquet as pq
from moto.athena.models import athena_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from mrs.contracts import STORED
from mrs.contracts.catalog import glue_table

from tests.trino.server import Trino

_UNLOAD = re.compile(r"\s*UNLOAD\s*\((?P<sql>.*)\)\s*TO\s+'[^']*/unload/(?P<name>\w+)/[^']*'\s*WITH.*", re.DOTALL)
_MARK = re.compile(r"""(?P<other>'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]*) | \?""", re.VERBOSE)
_TYPES = {"string": "varchar", "timestamp": "timestamp(3)", "int": "integer"}


@dataclass(frozen=True)
class Asked:
    """A query that reached the local Athena: its name, its text, a literal for each `?`, and the rows that came."""

    name: str
    sql: str
    values: list[str]
    rows: list[list[Any]]

    @property
    def filled(self) -> str:
        """The text with its values in it."""
        values = iter(self.values)
        return _MARK.sub(lambda mark: mark[0] if mark["other"] else next(values), self.sql)

    @property
    def unload(self) -> str:
        """The statement that makes Trino do what an UNLOAD makes Athena do: write the rows, the many by week."""
        by = ", partitioned_by = ARRAY['week']" if self.name == "attribution_ready_sales" else ""
        return f"CREATE TABLE made_{self.name} WITH (format = 'PARQUET'{by}) AS {self.filled}"


def asked(region: str = "eu-west-1") -> Iterator[Asked]:
    """Yield the UNLOADs that moto's Athena has answered, in their order."""
    s3 = boto3.client("s3")
    for execution in athena_backends[DEFAULT_ACCOUNT_ID][region].executions.values():
        unload = _UNLOAD.fullmatch(execution.query)
        assert unload and execution.reason is None, execution.reason
        rows: list[list[Any]] = []
        for url in execution.outcome.files:
            bucket, _, key = url.removeprefix("s3://").partition("/")
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            folder = re.findall(r"/week=([^/]*)/", key)
            table = pq.read_table(io.BytesIO(body), partitioning=None)
            rows += [[*row.values(), *map(unquote, folder)] for row in table.to_pylist()]
        yield Asked(unload["name"], unload["sql"], list(execution.parameters or ()), rows)


def laid(server: Trino, folder: Path, schema: str, bucket: str) -> Trino:
    """Copy a log bucket's objects below the server's folder, declare the contracts' tables over them in a schema."""
    s3, trino = boto3.client("s3"), server.using(schema)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="logs/"):
        for found in page["Contents"]:
            path = folder / schema / found["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())
    trino.ask(f"CREATE SCHEMA hive.{schema} WITH (location = 'local:///metastore/{schema}')")
    for ds in STORED:
        (folder / schema / "logs" / ds.name).mkdir(parents=True, exist_ok=True)
        table = glue_table(ds, f"s3://{bucket}/logs/{ds.name}/")
        columns = [*table["StorageDescriptor"]["Columns"], *table["PartitionKeys"]]
        body = ", ".join(f'"{c["Name"]}" {_type(c["Type"])}' for c in columns)
        keys = ", ".join(f"'{k['Name']}'" for k in table["PartitionKeys"])
        where = f"external_location = 'local:///{schema}/logs/{ds.name}', partitioned_by = ARRAY[{keys}]"
        trino.ask(f"CREATE TABLE {ds.name} ({body}) WITH (format = 'PARQUET', {where})")
        trino.ask(f"CALL hive.system.sync_partition_metadata('{schema}', '{ds.name}', 'FULL')")
    return trino


def plain(rows: list[list[Any]]) -> list[str]:
    """Return rows as text, sorted: the same for equal rows of either engine."""
    return sorted(map(as_text, rows))


def as_text(row: list[Any]) -> str:
    """Return a row as text.

    A sum of doubles depends on the order of its terms, so doubles are written with twelve digits.
    """
    return repr([_plain(value) for value in row])


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    return value.isoformat() if isinstance(value, date) else value


def _type(glue: str) -> str:
    return f"array({_type(glue[6:-1])})" if glue.startswith("array<") else _TYPES.get(glue, glue)
