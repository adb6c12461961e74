"""Where the objects of a run lie: a state folder on this machine, or a stack's log bucket. Read only."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from mrs.errors import BadInputError
from mrs.store.objects import BODY_METADATA, gone, undamaged

THREADS = 8
A = TypeVar("A")
B = TypeVar("B")


class Source(Protocol):
    """A bucket that can be listed and read."""

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of all objects under a prefix, sorted."""

    def read(self, key: str) -> bytes:
        """Return an object's bytes; raise DamagedObjectError if they are not those that were written."""


@dataclass(frozen=True)
class StateFolder:
    """The log bucket in a state folder, as `mrs run --state` writes it.

    Parameters
    ----------
    folder
        The state folder.
    """

    folder: Path
    _hashes: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)
    """Of each object that was listed the SHA-256 of its bytes; None of a release that stored none."""

    def __post_init__(self) -> None:
        """Refuse a folder that holds no state."""
        if not (self.folder / "log" / "index.jsonl").is_file():
            raise BadInputError(f"{self.folder} is no state folder; make one with `mrs run --state {self.folder} …`")

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of all objects under a prefix, sorted."""
        self._hashes.update(self._listed())
        return sorted(key for key in self._hashes if key.startswith(prefix))

    def _listed(self) -> Iterator[tuple[str, str | None]]:
        with (self.folder / "log" / "index.jsonl").open("rb") as index:
            for line in index:
                try:
                    entry = json.loads(line)
                except ValueError:  # a line that a crash has torn was never acknowledged
                    continue
                yield entry["key"], entry["metadata"].get(f"x-amz-meta-{BODY_METADATA}")

    def read(self, key: str) -> bytes:
        """Return an object's bytes; raise DamagedObjectError if they are not those that were written."""
        parts = [quote(part, safe=" =+,@:~!$&'()") if part.strip(".") else f"%{part}" for part in key.split("/")]
        path = self.folder.joinpath("log", "objects", *parts)
        try:
            body = path.read_bytes()
        except FileNotFoundError:
            raise gone(str(path)) from None
        return undamaged(str(path), body, self._hashes.get(key))


@dataclass(frozen=True)
class Bucket:
    """The log bucket of a deployed stack.

    Parameters
    ----------
    name
        Its name: the stack's output `LogBucket`.
    s3
        A boto3 S3 client, with the credentials to use.
    """

    name: str
    s3: Any

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of all objects under a prefix, sorted."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix)
        return sorted(item["Key"] for page in pages for item in page.get("Contents", ()))

    def read(self, key: str) -> bytes:
        """Return an object's bytes; raise DamagedObjectError if they are not those that were written."""
        answer = self.s3.get_object(Bucket=self.name, Key=key)
        return undamaged(f"s3://{self.name}/{key}", answer["Body"].read(), answer["Metadata"].get(BODY_METADATA))


def parquet(
    body: bytes, columns: Sequence[str] | None = None, filters: Sequence[tuple[str, str, Any]] | None = None
) -> pa.Table:
    """Return a Parquet file's rows: some columns, and the rows that fit the filters, a null `columns` means all."""
    return pq.read_table(io.BytesIO(body), columns=columns, filters=list(filters) if filters else None)


def in_parallel(function: Callable[[A], B], items: Sequence[A]) -> list[B]:
    """Return `function` of each item, in order, by a few threads."""
    if len(items) < 2:
        return [function(item) for item in items]
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(function, items))
