"""Sets objects of a closed state folder aside, and brings them back or lets them go: the one place that deletes.

Only ever what can be made again from the logs. An index of what was set aside is written first and removed last, so
that an interruption in between can be undone.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from local.folders import INDEX, BucketFolder

ASIDE = "aside"


class Aside:
    """What of one bucket's folder is set aside.

    Parameters
    ----------
    folder
        The bucket's folder.
    wanted
        Which keys may be set aside, and are deleted where they stand in the way of those that come back.
    """

    def __init__(self, folder: Path, wanted: Callable[[str], bool]) -> None:
        self._folder = folder
        self._wanted = wanted
        self._store = folder / ASIDE

    @property
    def is_there(self) -> bool:
        """Whether something is set aside: a rebuild is under way, or was interrupted."""
        return (self._store / INDEX).exists()

    def path(self, key: str) -> Path:
        """Return where an object that is set aside lies."""
        return self._store / BucketFolder(self._folder).path(key).relative_to(self._folder)

    def take(self) -> list[str]:
        """Set the wanted objects aside and return their keys."""
        bucket = BucketFolder(self._folder)
        bucket.recover()
        entries = bucket.entries()
        taken = [e for e in entries if self._wanted(e["key"])]
        write_index(self._store / INDEX, taken)
        for entry in taken:
            _move(bucket.path(entry["key"]), self.path(entry["key"]))
        write_index(self._folder / INDEX, [e for e in entries if not self._wanted(e["key"])])
        return [str(e["key"]) for e in taken]

    def bring_back(self) -> None:
        """Put everything back as it was, and remove what was rebuilt in the meantime."""
        bucket = BucketFolder(self._folder)
        bucket.recover()
        taken = BucketFolder(self._store).entries()
        kept = [e for e in bucket.entries() if not self._wanted(e["key"])]
        before = {e["key"] for e in taken}
        for key in (e["key"] for e in bucket.entries() if self._wanted(e["key"])):
            if key not in before or self.path(key).exists():
                bucket.path(key).unlink(missing_ok=True)
        for entry in taken:
            if self.path(entry["key"]).exists():
                _move(self.path(entry["key"]), bucket.path(entry["key"]))
        write_index(self._folder / INDEX, sorted([*kept, *taken], key=lambda e: e["key"]))
        shutil.rmtree(self._store)

    def let_go(self) -> None:
        """Delete what is set aside: it has been rebuilt."""
        shutil.rmtree(self._store)


def _move(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    old.replace(new)


def write_index(index: Path, entries: Iterable[dict[str, Any]]) -> None:
    """Replace an index: whole, or not at all."""
    index.parent.mkdir(parents=True, exist_ok=True)
    half = index.with_suffix(".tmp")
    with half.open("wb") as file:
        for entry in entries:
            file.write(json.dumps(entry, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    half.replace(index)
