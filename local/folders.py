"""S3's content in the state folder: every object a plain file, every put one line of an append-only index.

A file is written under another name and renamed, then its index line follows, each on the disk before the next: a
killed process, a full disk or a power cut leaves whole objects.
"""

from __future__ import annotations

import json
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mrs.errors import DamagedObjectError

if TYPE_CHECKING:
    from moto.s3.models import FakeKey

INDEX = "index.jsonl"
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

    def entries(self) -> list[dict[str, Any]]:
        """Return the newest index entry of each key, by key; a line torn by a crash was never acknowledged."""
        newest: dict[str, dict[str, Any]] = {}
        index = self._folder / INDEX
        if index.exists():
            for line in index.read_bytes().splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                newest[entry["key"]] = entry
        return [newest[key] for key in sorted(newest)]

    def path(self, key: str) -> Path:
        """Return the file of an object; a key cannot lead out of the folder."""
        if _PLAIN.fullmatch(key):
            return self._folder / "objects" / key
        parts = [quote(part, safe=" =+,@:~!$&'()") if part.strip(".") else f"%{part}" for part in key.split("/")]
        return self._folder.joinpath("objects", *parts)

    def save(self, key: FakeKey) -> Path:
        """Write a new object through, and return its file."""
        path = self.path(key.name)
        half = path.with_name(f".{threading.get_ident()}.{os.getpid()}.tmp")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with half.open("wb") as file:
                file.write(key.value)
                file.flush()
                os.fsync(file.fileno())
            half.rename(path)
        except OSError:  # a full disk
            half.unlink(missing_ok=True)
            raise
        _folder_to_disk(path.parent)
        entry = {
            "key": key.name,
            "size": key.size,
            "etag": key.etag.strip('"'),
            "modified": key.last_modified.isoformat(),
            "metadata": dict(key.metadata),
        }
        self._append(json.dumps(entry, ensure_ascii=False).encode())
        return path

    def _append(self, line: bytes) -> None:
        index = self._folder / INDEX
        with self._lock, index.open("ab+") as file:
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a crash tore the last line
                    line = b"\n" + line
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())


def gone(path: Path) -> DamagedObjectError:
    """Return the error of an object that the index holds and whose file somebody took away."""
    return DamagedObjectError(
        f"{path} is not there, though it was written. Put back the copy; a hydrated dataset is made again by mrs "
        "rebuild, a log by running its ticks in a new state"
    )


def _folder_to_disk(folder: Path) -> None:
    """Let a rename in the folder outlive a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
