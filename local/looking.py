"""A state folder for those who only look: no account is deployed, and nothing is imported that takes part in one."""

from __future__ import annotations

import io
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from unittest.mock import patch

from mrs import environment
from mrs.store.objects import gone

from local.folders import KEPT_BUCKETS, META, BucketFolder
from local.light import few_threads
from local.stack import Stack

_OTHERS = ("GlueDatabase", "AthenaWorkGroup", "AlertTopicArn")


@contextmanager
def looking(state_dir: Path) -> Iterator[Stack]:
    """Yield a stack of which there are the kept buckets only, named after their folders; no call leaves the process."""
    reader = Reader({name: Bucket(BucketFolder(state_dir / name)) for name in KEPT_BUCKETS.values()})
    with few_threads(), patch.object(environment, "client", lambda *_: reader):
        yield Stack({**KEPT_BUCKETS, **dict.fromkeys(_OTHERS, "")}, lambda _: reader)


class Bucket:
    """A bucket's objects, as its folder's index tells them when it is first asked."""

    def __init__(self, folder: BucketFolder) -> None:
        self._folder = folder

    @cached_property
    def entries(self) -> Mapping[str, dict[str, Any]]:
        """Index entries by key, in the order of the keys."""
        return {entry["key"]: entry for entry in self._folder.entries()}

    @cached_property
    def keys(self) -> list[str]:
        """The keys, in order."""
        return list(self.entries)

    def body(self, key: str) -> bytes:
        """Return an object's bytes."""
        path = self._folder.path(key)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise gone(str(path)) from None


class NoSuchKey(Exception):  # noqa: N818 (the service's own name)
    """There is no such object."""


class Reader:
    """As much of boto3's S3 client as reading takes; it has no method that writes, and is no other service's client."""

    class exceptions:  # noqa: N801 (as boto3 names it)
        """The errors that are caught by their type."""

        NoSuchKey = NoSuchKey

    def __init__(self, buckets: Mapping[str, Bucket]) -> None:
        self._buckets = buckets

    def head_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        """Return an object's own metadata; raises NoSuchKey."""
        entry = self._buckets[Bucket].entries.get(Key)
        if entry is None:
            raise NoSuchKey(Key)
        named = {name.lower(): text for name, text in entry["metadata"].items()}
        return {"Metadata": {name.removeprefix(META): text for name, text in named.items() if name.startswith(META)}}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        """Return an object's bytes and metadata; raises NoSuchKey."""
        return {**self.head_object(Bucket=Bucket, Key=Key), "Body": io.BytesIO(self._buckets[Bucket].body(Key))}

    def get_paginator(self, _operation: str) -> Reader:
        """Return what lists objects."""
        return self

    def paginate(self, *, Bucket: str, Prefix: str, StartAfter: str = "") -> Iterator[dict[str, Any]]:
        """Yield one page: the objects below a prefix, in the order of their keys."""
        bucket = self._buckets[Bucket]
        found = []
        start = max(bisect_right(bucket.keys, StartAfter), bisect_left(bucket.keys, Prefix))
        for key in islice(bucket.keys, start, None):
            if not key.startswith(Prefix):
                break
            entry = bucket.entries[key]
            found.append({"Key": key, "ETag": f'"{entry["etag"]}"', "Size": entry["size"]})
        yield {"Contents": found}
