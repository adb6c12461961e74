"""Create-only objects on S3, read in parallel. No delete, no copy, no unconditional put."""

from __future__ import annotations

import hashlib
import io
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from mrs.errors import ConflictingContentError, DamagedObjectError, StoreError, TransientError

HASH_METADATA = "content-sha256"
"""Of an object's logical content: what a second write of the key is compared by."""
BODY_METADATA = "body-sha256"
"""Of an object's bytes: what every read is checked by."""
_REPAIR = (
    "Put back the version or copy that was written; a hydrated dataset is made again by mrs rebuild, a log by running "
    "its ticks in a new state"
)
THREADS = 16
CONFLICT_RETRIES = 8
CACHE_BYTES = 192 * 2**20
FEW_ROWS = 16
"""Rows below which an object is compressed by snappy rather than zstd."""
ROWS_AT_ONCE = 2**16
"""Of an object that is filtered, no more rows than these are decoded at a time."""

A = TypeVar("A")
B = TypeVar("B")
Keep = Callable[["StoredObject", pa.Table], pa.Table]
Wanted = Callable[[str], bool]
"""Tells by its name whether a column is wanted."""


@dataclass(frozen=True)
class StoredObject:
    """An object as listed: its key, its ETag and its size in bytes.

    The ETag is empty of an object that is known by its key alone; its rows are not remembered, for another state of
    the same process may have others there.
    """

    key: str
    etag: str
    size: int


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="store")


def in_parallel(function: Callable[[A], B], items: Sequence[A]) -> list[B]:
    """Return `function` of each item, in order, computed by up to sixteen threads."""
    if len(items) < 2:
        return [function(item) for item in items]
    return list(_pool().map(function, items))


class TableCache:
    """Decoded columns by bucket, key and ETag: a warm function decodes no column of an immutable object twice."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._tables: OrderedDict[tuple[str, ...], tuple[tuple[str, ...], pa.Table]] = OrderedDict()
        self._limit, self._bytes, self._lock = limit, 0, Lock()

    @property
    def size(self) -> int:
        """The bytes that it holds."""
        return self._bytes

    def get(self, name: tuple[str, ...], wanted: Wanted) -> pa.Table | None:
        """Return the columns that are wanted of those that the object has; None if one of them is not here."""
        with self._lock:
            found = self._tables.get(name)
            if found is None:
                return None
            self._tables.move_to_end(name)
        columns, table = found
        chosen = [c for c in columns if wanted(c)]
        return table.select(chosen) if set(chosen) <= set(table.column_names) else None

    def put(self, name: tuple[str, ...], columns: Sequence[str], table: pa.Table) -> None:
        """Keep some of an object's columns beside those that are here, forgetting objects used longest ago for room.

        Parameters
        ----------
        name, columns
            The object, and the names of all its columns.
        table
            Those of its columns that were decoded.
        """
        with self._lock:
            _, before = self._tables.pop(name, ((), table.select([])))
            self._bytes -= before.nbytes
            for column in before.column_names:
                if column not in table.column_names:
                    table = table.append_column(before.schema.field(column), before[column])
            if table.nbytes > self._limit // 4:
                return
            self._tables[name] = (tuple(columns), table)
            self._bytes += table.nbytes
            while self._bytes > self._limit:
                _, (_, freed) = self._tables.popitem(last=False)
                self._bytes -= freed.nbytes


TABLES = TableCache()


@dataclass(frozen=True)
class ObjectStore:
    """The create-only face of one S3 bucket.

    Parameters
    ----------
    bucket
        Its name.
    s3
        A boto3 S3 client.
    """

    bucket: str
    s3: Any

    def find(self, prefix: str, start_after: str = "") -> Iterator[StoredObject]:
        """Yield the objects under `prefix` in the order of their keys, those after `start_after` only."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix, StartAfter=start_after or prefix
        )
        for page in pages:
            for item in page.get("Contents", ()):
                yield StoredObject(item["Key"], item["ETag"].strip('"'), item["Size"])

    def get(self, key: str) -> bytes:
        """Return an object's bytes.

        Raises
        ------
        StoreError
            If there is no such object.
        DamagedObjectError
            If the bytes are not those that were written.
        """
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=key)
        except self.s3.exceptions.NoSuchKey:
            raise StoreError(f"there is no object s3://{self.bucket}/{key}") from None
        name = f"s3://{self.bucket}/{key}"
        try:
            body: bytes = found["Body"].read()
        except Exception as error:
            if type(error).__name__ != "FlexibleChecksumError":  # asked by name: who reads a folder imports no botocore
                raise
            raise _damaged(name, str(error)) from None
        return undamaged(name, body, found["Metadata"].get(BODY_METADATA))

    def get_range(self, key: str, begin: int, size: int) -> bytes | None:
        """Return some bytes of an object, not compared with what was written; None if it has none there, or is not.

        To a reader who may list some prefixes only, S3 says `AccessDenied` of an object that is not there.
        """
        try:
            asked = f"bytes={begin}-{begin + size - 1}"
            body: bytes = self.s3.get_object(Bucket=self.bucket, Key=key, Range=asked)["Body"].read()
        except self.s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in ("NoSuchKey", "InvalidRange", "AccessDenied"):
                raise
            return None
        return body

    def content_hash(self, key: str) -> str:
        """Return the hash of an object's logical content, as it was written."""
        found: str = self.s3.head_object(Bucket=self.bucket, Key=key)["Metadata"][HASH_METADATA]
        return found

    def parquet(self, key: str) -> pq.ParquetFile:
        """Return an object opened as a Parquet file; raises as `get` does, and where it is none."""
        return parquet_file(f"s3://{self.bucket}/{key}", self.get(key))

    def remembered(self, found: StoredObject, without: Collection[str] = ()) -> pa.Table | None:
        """Return the object's rows without some columns, where they are in memory."""
        return TABLES.get(self._name(found), lambda column: column not in without)

    def remember(self, found: StoredObject, columns: Sequence[str], table: pa.Table) -> None:
        """Keep the object's rows in memory: some of its columns."""
        TABLES.put(self._name(found), columns, table)

    def _name(self, found: StoredObject) -> tuple[str, ...]:
        return (self.bucket, found.key, found.etag)

    def get_tables(
        self,
        objects: Iterable[StoredObject],
        without: Collection[str] = (),
        keep: Keep | None = None,
        known: Mapping[str, pa.Table] | None = None,
    ) -> list[pa.Table]:
        """Return the Parquet objects as tables, in order; those seen before come from memory.

        Parameters
        ----------
        objects, without
            The objects, and the columns to leave out.
        keep
            What to keep of an object's rows, or of a part of them; the rest is dropped as soon as it is decoded.
        known
            What is at hand already, by key: it is returned as it is.
        """
        wanted, at_hand = list(objects), dict(known or {})
        read = [found for found in wanted if found.key not in at_hand]
        tables = in_parallel(lambda found: self._table(found, without, keep), read)
        at_hand.update(zip((found.key for found in read), tables, strict=True))
        return [at_hand[found.key] for found in wanted]

    def _table(self, found: StoredObject, without: Collection[str], keep: Keep | None) -> pa.Table:
        table = self.remembered(found, without) if found.etag else None
        if table is None:
            file = self.parquet(found.key)
            names = file.schema_arrow.names
            columns = [c for c in names if c not in without]
            if keep is not None and file.metadata.num_rows > ROWS_AT_ONCE:
                parts = file.iter_batches(ROWS_AT_ONCE, columns=columns, use_threads=False)
                return pa.concat_tables([keep(found, pa.Table.from_batches([part])) for part in parts])
            table = file.read(columns, use_threads=False)
            if found.etag:
                self.remember(found, names, table)
        return table if keep is None else keep(found, table)

    def create(self, key: str, body: bytes, content_hash: str) -> bool:
        """Create an object, or find that the same content is there already.

        Returns
        -------
        bool
            True if it was created, False if the same content was there.

        Raises
        ------
        ConflictingContentError
            If other content is there.
        TransientError
            If S3 keeps answering that another write of the key is under way.
        """
        for _ in range(CONFLICT_RETRIES):
            code = self._put(key, body, content_hash)
            if code is None:
                return True
            if code == "PreconditionFailed":
                found = self.s3.head_object(Bucket=self.bucket, Key=key)["Metadata"].get(HASH_METADATA)
                if found == content_hash:
                    return False
                raise ConflictingContentError(
                    f"s3://{self.bucket}/{key} exists with other content (has {found}, new {content_hash})"
                )
        raise TransientError(f"s3://{self.bucket}/{key}: other writes of the key kept getting in the way")

    def _put(self, key: str, body: bytes, content_hash: str) -> str | None:
        try:
            self.s3.put_object(
                Bucket=self.bucket,
                Key=key,
                Body=body,
                IfNoneMatch="*",
                Metadata={HASH_METADATA: content_hash, BODY_METADATA: hashlib.sha256(body).hexdigest()},
            )
        except self.s3.exceptions.ClientError as error:
            code: str = error.response["Error"]["Code"]
            if code not in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise
            return code
        return None


def undamaged(name: str, body: bytes, written: str | None) -> bytes:
    """Return an object's bytes after comparing them with the SHA-256 that was stored with them.

    Parameters
    ----------
    name, body
        The object's URL, for the message, and its bytes as read.
    written
        The stored hash; None for an object of a release that stored none, which is not checked.

    Raises
    ------
    DamagedObjectError
        If they differ.
    """
    if written is not None and hashlib.sha256(body).hexdigest() != written:
        raise _damaged(name, "its bytes are not those that were written")
    return body


def parquet_file(name: str, body: bytes) -> pq.ParquetFile:
    """Open an object's bytes as a Parquet file.

    Raises
    ------
    DamagedObjectError
        If they are none.
    """
    try:
        return pq.ParquetFile(pa.BufferReader(body))
    except (pa.ArrowException, OSError) as error:
        raise _damaged(name, str(error)) from None


def gone(name: str) -> DamagedObjectError:
    """Return the error of an object that a list holds and that somebody took away."""
    return DamagedObjectError(f"{name} is not there, though it was written. {_REPAIR}")


def _damaged(name: str, reason: str) -> DamagedObjectError:
    return DamagedObjectError(f"{name} is damaged: {reason}. {_REPAIR}")


def parquet_bytes(table: pa.Table) -> bytes:
    """Return the table as one Parquet file that Athena reads: zstd, of few rows snappy; no Arrow schema entry.

    Of the few rows that most logs have in a tick zstd makes no smaller file, in three times as long.
    """
    sink, codec = io.BytesIO(), "snappy" if table.num_rows < FEW_ROWS else "zstd"
    pq.write_table(table, sink, compression=codec, store_schema=False, coerce_timestamps="ms")
    return sink.getvalue()
