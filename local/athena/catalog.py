"""moto's Glue tables and S3 objects as Arrow tables: what Athena would see of them, and not more."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pyarrow as pa
from moto.glue.models import glue_backends
from moto.s3.models import FakeKey, s3_backends

from local.athena.errors import AthenaError
from local.athena.files import NUMBER, Source, decoded
from local.athena.types import arrow_type


@dataclass(frozen=True)
class Partition:
    """A registered partition: its values, as text, and the folder it lies in."""

    values: tuple[str, ...]
    location: str


@dataclass(frozen=True)
class Table:
    """A Glue table: its columns and partition keys with their Glue types, and its registered partitions."""

    name: str
    columns: dict[str, str]
    keys: dict[str, str]
    partitions: tuple[Partition, ...]

    @cached_property
    def schema(self) -> pa.Schema:
        """Arrow schema: the columns, then the partition keys."""
        return pa.schema([(c, arrow_type(t)) for c, t in {**self.columns, **self.keys}.items()])

    @cached_property
    def places(self) -> pa.Table:
        """The values of the partitions by key, and the place of each partition among them."""
        columns = {
            key: pa.array([p.values[i] for p in self.partitions], pa.string()).cast(arrow_type(kind))
            for i, (key, kind) in enumerate(self.keys.items())
        }
        return pa.table({**columns, "place": pa.array(range(len(self.partitions)), pa.int64())})


@dataclass
class Catalog:
    """One account's Glue catalog and S3 buckets, as they are in moto at the time of a query."""

    account: str
    region: str
    scanned: int = 0
    _folders: dict[str, dict[str, list[str]]] = field(default_factory=dict)

    def table(self, database: str, name: str) -> Table:
        """Return a Glue table.

        Raises
        ------
        AthenaError
            If there is none, or if it is not a Parquet table.
        """
        try:
            found = glue_backends[self.account][self.region].get_table(database, name)
        except Exception as error:
            full = f"awsdatacatalog.{database}.{name}"
            raise AthenaError(f"TABLE_NOT_FOUND: line 1:1: Table '{full}' does not exist") from error
        spec = found.as_dict()
        storage = spec["StorageDescriptor"]
        if "parquet" not in (storage.get("SerdeInfo") or {}).get("SerializationLibrary", "").lower():
            raise AthenaError(f"NOT_SUPPORTED (local engine): {database}.{name} is not a Parquet table")
        keys = {k["Name"].lower(): k["Type"] for k in spec.get("PartitionKeys") or ()}
        root = storage["Location"].rstrip("/")
        partitions = [
            Partition(tuple(p.values), _location(p.partition_input, root, keys)) for p in found.partitions.values()
        ]
        return Table(
            name,
            {c["Name"].lower(): c["Type"] for c in storage["Columns"]},
            keys,
            tuple(partitions) if keys else (Partition((), root),),
        )

    def read(self, table: Table, partitions: Iterable[Partition], columns: Sequence[str]) -> pa.Table:
        """Return the rows of some partitions of a table, only the columns asked for.

        Raises
        ------
        AthenaError
            `HIVE_BAD_DATA`, if a file holds another type than the table declares.
        """
        wanted = set(columns) or {table.schema.names[-1]}
        schema = pa.schema([f for f in table.schema if f.name in wanted])
        own = pa.schema([f for f in schema if f.name not in table.keys])
        found = [(p, source) for p in partitions for source in self._objects(p.location)]
        rows = decoded(f"{self.region}.{table.name}", [source for _, source in found], table.columns, own)
        for at, name in enumerate(table.keys):
            if name in wanted:
                values = pa.array([p.values[at] for p, _ in found], pa.string()).cast(schema.field(name).type)
                rows = rows.append_column(name, values.take(rows[NUMBER]))
        return rows.select(schema.names)

    def _objects(self, location: str) -> Iterable[Source]:
        bucket_name, prefix = split_url(location)
        bucket = s3_backends[self.account]["aws"].buckets.get(bucket_name)
        if bucket is None:
            raise AthenaError(f"HIVE_METASTORE_ERROR: bucket {bucket_name} does not exist")
        if bucket_name not in self._folders:
            self._folders[bucket_name] = _by_folder(list(bucket.keys.keys()))
        for name in self._folders[bucket_name].get(prefix.rstrip("/"), ()):
            key = bucket.keys[name]
            if isinstance(key, FakeKey) and key.size:
                self.scanned += key.size
                yield Source(f"s3://{bucket_name}/{name}", key)


def split_url(url: str) -> tuple[str, str]:
    """Return bucket and key (or prefix) of an `s3://` address."""
    match = re.fullmatch(r"s3://([^/]+)/?(.*)", url)
    if match is None:
        raise AthenaError(f"INVALID_LOCATION: {url}")
    return match.group(1), match.group(2)


def _location(spec: dict[str, Any], root: str, keys: dict[str, str]) -> str:
    given = (spec.get("StorageDescriptor") or {}).get("Location")
    return str(given) if given else root + "/" + "/".join(f"{k}={v}" for k, v in zip(keys, spec["Values"], strict=True))


def _by_folder(names: Iterable[str]) -> dict[str, list[str]]:
    """Group object names by folder, in order; names that start with `_` or `.` are hidden from Athena."""
    folders: dict[str, list[str]] = {}
    for name in sorted(names):
        folder, _, base = name.rpartition("/")
        if base and base[0] not in "_.":
            folders.setdefault(folder, []).append(name)
    return folders
