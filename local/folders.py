"""S3's content in the state folder: every object a plain file, every put one line of an append-only index.

A file is written under another name and renamed, then its line follows in a second index, of what may not have reached
the disk yet. `flush` lets all of it reach the disk at once, and then moves the lines to the first index. A killed
process, a full disk or a power cut leaves whole objects, each with all that were put before it: who reads looks at each
object of the second index, and believes it up to the first that is not whole.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from moto.s3.models import FakeKey

INDEX = "index.jsonl"
UNFLUSHED = "index.unflushed.jsonl"
META = "x-amz-meta-"
"""What moto puts before the names of an object's own metadata."""
KEPT_BUCKETS = {"LogBucket": "log", "LandingBucket": "landing"}
"""Outputs of the stack that name the buckets whose content is kept, and their folders. Query results are not kept."""
_PLAIN = re.compile(r"(?!.*(?:^|/)\.*(?:/|$))[\w=/.-]+", re.ASCII)
"""A key that is a path as it stands: no part of it is empty, or dots alone."""


class BucketFolder:
    """One bucket's folder: `<folder>/<key>` for each object, and the index."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._unflushed: list[bytes] = []

    def entries(self) -> list[dict[str, Any]]:
        """Return the newest index entry of each key, by key; a line torn by a crash was never acknowledged."""
        new = list(self._whole())  # first: a writer may flush them in between
        newest = {entry["key"]: entry for entry in (*self._flushed(), *new)}
        return [newest[key] for key in sorted(newest)]

    def _flushed(self) -> Iterator[dict[str, Any]]:
        yield from (entry for entry in map(_parsed, _lines(self._folder / INDEX)) if entry)

    def _whole(self) -> Iterator[dict[str, Any]]:
        """Yield the entries of what may not have reached the disk, up to the first of which that is so."""
        for line in _lines(self._folder / UNFLUSHED):
            entry = _parsed(line)
            if not entry or not _is_whole(self.path(entry["key"]), entry):
                return
            yield entry

    def path(self, key: str) -> Path:
        """Return the file of an object; a key cannot lead out of the folder."""
        if _PLAIN.fullmatch(key):
            return self._folder / "objects" / key
        parts = [quote(part, safe=" =+,@:~!$&'()") if part.strip(".") else f"%{part}" for part in key.split("/")]
        return self._folder.joinpath("objects", *parts)

    def save(self, key: FakeKey) -> None:
        """Write a new object through; it outlives this process, and a power cut once flushed."""
        path = self.path(key.name)
        half = path.with_name(f".{threading.get_ident()}.{os.getpid()}.tmp")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            half.write_bytes(key.value)
            half.rename(path)
        except OSError:  # a full disk
            half.unlink(missing_ok=True)
            raise
        entry = {
            "key": key.name,
            "size": key.size,
            "etag": key.etag.strip('"'),
            "modified": key.last_modified.isoformat(),
            "metadata": dict(key.metadata),
        }
        line = json.dumps(entry, ensure_ascii=False).encode()
        with self._lock:
            with (self._folder / UNFLUSHED).open("ab") as index:
                index.write(line + b"\n")
            self._unflushed.append(line)

    def flush(self) -> None:
        """Let all that was saved outlive a power cut. For many small objects one flush takes as long as for one."""
        with self._flushing:  # of two at once the second would take lines for flushed that came since it looked
            with self._lock:
                lines = list(self._unflushed)
            if not lines:
                return
            _to_disk(self._folder)
            with self._lock:
                _append(self._folder / INDEX, lines)
                del self._unflushed[: len(lines)]
                _replace(self._folder / UNFLUSHED, self._unflushed)

    def recover(self) -> None:
        """Take over what an earlier process left unflushed, if it is whole: for the folder's writer, as it begins."""
        self._unflushed = [json.dumps(entry, ensure_ascii=False).encode() for entry in self._whole()]
        self.flush()
        (self._folder / UNFLUSHED).unlink(missing_ok=True)


def _replace(index: Path, lines: list[bytes]) -> None:
    """Leave these lines in an index; it is not there if there are none."""
    if not lines:
        index.unlink(missing_ok=True)
        return
    half = index.with_suffix(".tmp")
    half.write_bytes(b"".join(line + b"\n" for line in lines))
    half.replace(index)


def _lines(index: Path) -> list[bytes]:
    return index.read_bytes().splitlines() if index.exists() else []


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return found


def _is_whole(path: Path, entry: dict[str, Any]) -> bool:
    """Whether a file is what was put; of an upload in parts, whose ETag is no hash of it, whether it is as long."""
    if not path.exists() or path.stat().st_size != entry["size"]:
        return False
    return "-" in entry["etag"] or hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == entry["etag"]


def _append(index: Path, lines: list[bytes]) -> None:
    with index.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":  # a crash tore the last line
                file.write(b"\n")
        file.write(b"".join(line + b"\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())


def _to_disk(folder: Path) -> None:
    """Let all that was written to the folder's file system outlive a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        synced = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        if synced is None:  # not Linux
            os.sync()
        elif synced(opened):
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(folder))
    finally:
        os.close(opened)
