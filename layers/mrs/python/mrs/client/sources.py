"""Where the objects of a run lie: a state folder on this machine, or a stack's log bucket. Read only."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from mrs.errors import BadInputError

THREADS = 8
A = TypeVar("A")
B = TypeVar("B")


class Source(Protocol):
    """A bucket that can be listed and read."""

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of all objects under a prefix, sorted."""

    def read(self, key: str) -> bytes:
        """Return an object's bytes."""


@dataclass(frozen=True)
class StateFolder:
    """The log bucket in a state folder, as `mrs run --state` writes it.

    Parameters
    ----------
    folder
        The state folder.
    """

    folder: Path

    def __post_init__(self) -> None:
        """Refuse a folder that holds no state."""
        if not (self.folder / "log" / "index.jsonl").is_file():
            raise BadInputError(f"{self.folder} is no state folder; make one with `mrs run --state {self.folder} …`")

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of all objects under a prefix, sorted."""
        return sorted({key for key in self._listed() if key.startswith(prefix)})

    def _listed(self) -> Iterator[str]:
        with (self.folder / "log" / "index.jsonl").open("rb") as index:
            for line in index:
                try:
                    yield json.loads(line)["key"]
                except ValueError:  # a line that a crash has torn was never acknowledged
                    continue

    def read(self, key: str) -> bytes:
        """Return an object's bytes."""
        parts = [quote(part, safe=" =+,@:~!$&'()") if part.strip(".") else f"%{part}" for part in key.split("/")]
        return self.folder.joinpath("log", "objects", *parts).read_bytes()


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
        """Return an object's bytes."""
        body: bytes = self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        return body


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
