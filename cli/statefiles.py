"""The log objects of a closed state folder, as files: what was written, when, and whether it is still what it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from mrs.contracts import Dataset, dataset
from mrs.store.canonical import content_hash
from mrs.store.keys import LogKey
from mrs.store.objects import HASH_METADATA

from local.folders import BucketFolder

LOG_FOLDER, LANDING_FOLDER = "log", "landing"


@dataclass(frozen=True)
class LogFile:
    """One log object.

    Parameters
    ----------
    name, key
        Its key, as text and in parts.
    path
        Its file.
    written_hash
        The content hash that it was written with.
    landed_at
        When it was written, by the machine's clock: the order in which things happened.
    """

    name: str
    key: LogKey
    path: Path
    written_hash: str
    landed_at: datetime

    @property
    def dataset(self) -> Dataset:
        """The dataset that it belongs to."""
        return dataset(self.key.dataset)

    def read(self) -> pa.Table:
        """Return its rows."""
        return pq.ParquetFile(self.path).read(use_threads=False)

    def actual_hash(self) -> str:
        """Return the hash of the content that the file holds now; empty where it cannot be read."""
        try:
            return content_hash(self.dataset, self.read())
        except (pa.ArrowException, OSError):
            return ""


def log_files(state_dir: Path, wanted: Callable[[LogKey], bool] = lambda _: True) -> list[LogFile]:
    """Return a state's log objects, in the order of their keys."""
    folder = BucketFolder(state_dir / LOG_FOLDER)
    return list(_files(folder, wanted))


def _files(folder: BucketFolder, wanted: Callable[[LogKey], bool]) -> Iterator[LogFile]:
    for entry in folder.entries():
        key = LogKey.parse(entry["key"])
        if key is not None and wanted(key):
            written_hash = entry["metadata"].get(f"x-amz-meta-{HASH_METADATA}", "")
            landed_at = datetime.fromisoformat(entry["modified"])
            yield LogFile(entry["key"], key, folder.path(entry["key"]), written_hash, landed_at)
