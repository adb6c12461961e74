"""Where an object of the log lies: the key says dataset, run, tick, time of the write and shard."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote, unquote

from mrs.errors import BadInputError

_KEY = re.compile(
    r"logs/(?P<dataset>[a-z_]+)/run_id=(?P<run>[^/]+)/tick=(?P<tick>\d{4}-\d\d-\d\d)/"
    r"(?P<written>\d{8}T\d{9}Z)-(?P<part>[A-Za-z0-9]+)\.parquet"
)
_SHARD = re.compile(r"(\d{3})of(\d{3})")
MILLISECOND = timedelta(milliseconds=1)
"""The step of logical time: what is written after something else is later by one at least."""
COMMON = "common"
"""The part of what is of no store in particular, where there are several shards: each of them reads it."""
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, order=True)
class LogKey:
    """The parts of one log object's key.

    Parameters
    ----------
    dataset, run_id, tick
        The partition.
    written_at
        Logical time of the write, UTC, to the millisecond.
    part
        `000of001` for a shard, or the id of an edit.
    """

    dataset: str
    run_id: str
    tick: date
    written_at: datetime
    part: str

    def __str__(self) -> str:
        stamp = f"{self.written_at:%Y%m%dT%H%M%S}{self.written_at.microsecond // 1000:03d}Z"
        return f"{partition_prefix(self.dataset, self.run_id, self.tick)}{stamp}-{self.part}.parquet"

    @classmethod
    def parse(cls, key: str) -> LogKey | None:
        """Return the parts of `key`, or None where it is not a log object's."""
        m = _KEY.fullmatch(key)
        if m is None:
            return None
        written = datetime.fromisoformat(f"{m['written'][:15]}.{m['written'][15:18]}")
        return cls(m["dataset"], unquote(m["run"]), date.fromisoformat(m["tick"]), written, m["part"])


def shard_part(shard: int, shards: int) -> str:
    """Return the part of a key that names a shard: `000of007`."""
    return f"{shard:03d}of{shards:03d}"


def may_share_stores(part: str, shard: int, shards: int) -> bool:
    """Whether an object of this part may hold stores of a shard: shards are ranges of the hash, and ranges overlap."""
    found = _SHARD.fullmatch(part)
    if found is None:
        return True
    other, others = int(found[1]), int(found[2])
    return other * shards < (shard + 1) * others and shard * others < (other + 1) * shards


def is_shard(part: str) -> bool:
    """Whether the part of a key names a shard."""
    return _SHARD.fullmatch(part) is not None


def home_shard(part: str, shards: int) -> int:
    """Return which of several shards holds the beginning of a part's stores; the first one for what is no shard."""
    found = _SHARD.fullmatch(part)
    return int(found[1]) * shards // int(found[2]) if found else 0


def shards_in(part: str) -> int:
    """Return how many shards the write was cut into, from the part of its key; 1 for anything but a shard."""
    _, _, count = part.rpartition("of")
    return int(count) if count.isdigit() else 1


def run_prefix(dataset: str, run_id: str) -> str:
    """Return the prefix of all of a run's objects of a dataset."""
    return f"logs/{dataset}/run_id={quote(run_id, safe='')}/"


def partition_prefix(dataset: str, run_id: str, tick: date) -> str:
    """Return the prefix of one partition, as Glue and Athena know it."""
    return f"{run_prefix(dataset, run_id)}tick={tick.isoformat()}/"


def checked_run_id(run_id: str) -> str:
    """Return `run_id`, which must be 1 to 64 letters, digits, dots, dashes or underscores.

    Raises
    ------
    BadInputError
        If it is anything else.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise BadInputError(
            f"run_id {run_id[:80]!r}: use 1 to 64 letters, digits, '.', '-' or '_', starting with a letter or digit"
        )
    return run_id
