"""moto's S3 on top of the state folder: what is put is saved there, and contents stay there.

moto's backend holds no more than their names.
"""

from __future__ import annotations

import io
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeKey, S3Backend, s3_backends
from moto.s3.responses import S3Response
from moto.utilities.utils import LowercaseDict
from mrs.store.objects import gone

from local import fast_reads, functions
from local.folders import META, BucketFolder

_CREATE = {"Bucket", "Key", "Body", "IfNoneMatch", "Metadata"}


class FileBuffer(io.RawIOBase):
    """What moto takes for the open file of an object: reads from `path`, holding no descriptor and no bytes."""

    def __init__(self, where: Callable[[], Path]) -> None:
        super().__init__()
        self._where = where  # most of a folder's objects are never read
        self._at = 0

    @cached_property
    def path(self) -> Path:
        """The file."""
        return self._where()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to `offset` from the start, from here or from the end."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence)
        self._at = offset + (self.path.stat().st_size if start is None else start)
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Return up to `size` bytes, all that are left where it is negative."""
        try:
            with open(self.path, "rb", buffering=0) as file:  # noqa: PTH123 (Path.open takes as long as the read)
                if self._at:
                    file.seek(self._at)
                content = file.read(-1 if size is None else size)
        except FileNotFoundError:
            raise gone(str(self.path)) from None
        self._at += len(content)
        return content

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True


def restore(folder: BucketFolder, bucket: str) -> int:
    """Put a folder's objects into moto's (empty) bucket, contents left on disk; return how many."""
    entries = folder.entries()
    keys = _backend().get_bucket(bucket).keys
    for entry, key in zip(entries, _keys(bucket, len(entries)), strict=True):
        key.name, key._etag, key.contentsize = entry["key"], entry["etag"], entry["size"]
        key.last_modified = datetime.fromisoformat(entry["modified"])
        key._metadata = LowercaseDict({**key._metadata, **entry["metadata"]})
        _keep_on_disk(key, partial(folder.path, entry["key"]))
        keys[entry["key"]] = key
    return len(entries)


def _keys(bucket: str, count: int) -> Iterator[Any]:
    """Yield new, empty objects, as moto puts them into the bucket: made as copies of one, for a put takes long."""
    if not count:
        return
    made = _backend().put_object(bucket, "logs/none", b"", disable_notification=True)
    del _backend().get_bucket(bucket).keys["logs/none"]
    for number in range(count):
        key: Any = object.__new__(FakeKey)
        key.__dict__ = {**made.__dict__, "lock": threading.Lock()}
        if made._is_versioned:
            key._version_id = str(uuid.UUID(int=number))
        yield key


@contextmanager
def written_through(folders: Mapping[str, BucketFolder]) -> Iterator[None]:
    """Save every object that is put into one of these buckets before its put is answered.

    All is on the disk before a function answers, and at the end; each object at once of a function that tells others.

    Mends: moto keeps S3 in memory only, and checks `If-None-Match` and puts in two steps, so that two may win.
    """
    one_at_a_time = threading.RLock()

    def save(bucket: str, name: str) -> None:
        if bucket in folders:
            key, folder = _backend().get_bucket(bucket).keys[name], folders[bucket]
            folder.save(key)
            _keep_on_disk(key, partial(folder.path, name))
            if functions.tells_others():
                folder.flush()

    def flush() -> None:
        for folder in folders.values():
            folder.flush()

    with (
        _at_the_end(flush),
        patch.object(functions, "BEFORE_ANSWERING", [flush]),
        patch.object(S3Response, "put_object", _saving_put(save, one_at_a_time)),
        patch.object(S3Backend, "complete_multipart_upload", _saving_multipart(save)),
        patch.object(fast_reads, "PUT", [_creating(save, one_at_a_time)]),
    ):
        yield


@contextmanager
def _at_the_end(flush: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    finally:
        flush()


def _saving_put(save: Callable[[str, str], None], one_at_a_time: threading.RLock) -> Callable[..., Any]:
    put = S3Response.put_object

    def put_object(self: S3Response) -> Any:
        with one_at_a_time:
            answer = put(self)
            save(self.bucket_name, self.parse_key_name())
            return answer

    return put_object


def _creating(
    save: Callable[[str, str], None], one_at_a_time: threading.RLock
) -> Callable[[Mapping[str, Any]], dict[str, Any] | None]:
    """Create an object as moto does; None where it is there already, or more is asked, which moto itself answers."""

    def create(asked: Mapping[str, Any]) -> dict[str, Any] | None:
        bucket, name = _backend().buckets.get(asked["Bucket"]), asked["Key"]
        if bucket is None or asked.keys() != _CREATE or asked["IfNoneMatch"] != "*":
            return None
        with one_at_a_time:
            if isinstance(bucket.keys.get(name), FakeKey):
                return None
            key = _backend().put_object(asked["Bucket"], name, asked["Body"])
            key.set_metadata({f"{META}{name}": text for name, text in asked["Metadata"].items()})
            key.set_acl(bucket.acl)
            save(asked["Bucket"], name)
            return {"ETag": key.etag}

    return create


def _saving_multipart(save: Callable[[str, str], None]) -> Callable[..., Any]:
    complete = S3Backend.complete_multipart_upload

    def complete_multipart_upload(self: S3Backend, bucket_name: str, *args: Any, **kwargs: Any) -> Any:
        key = complete(self, bucket_name, *args, **kwargs)
        if key is not None:
            save(bucket_name, key.name)
        return key

    return complete_multipart_upload


def _keep_on_disk(key: FakeKey, where: Callable[[], Path]) -> None:
    """Let moto read the object from its file.

    Mends: moto holds every object's bytes in memory.
    """
    key._value_buffer = FileBuffer(where)  # type: ignore[assignment]


def _backend() -> S3Backend:
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"]


def keys_of(bucket: str) -> list[str]:
    """Return the keys of moto's bucket."""
    return list(_backend().get_bucket(bucket).keys)
