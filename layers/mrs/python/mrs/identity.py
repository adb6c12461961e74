"""Deterministic identity: SHA-256 over UTF-8, lower-case hex, as Athena computes it too."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8 as 64 lower-case hex digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def hash_of_files(root: Path, files: Iterable[Path]) -> str:
    """Return the SHA-256 of some files below a folder, in this order: their names and their bytes."""
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def instant(day: date) -> str:
    """Return the business date as the instant that ids are made of: `YYYY-MM-DDT00:00:00Z`, always 20 characters."""
    return f"{day:%Y-%m-%d}T00:00:00Z"


def report_id(store_id: str, first_detected_at: date) -> str:
    """Return `hash(store_id || first_detected_at)`, the identity of a minority report."""
    return sha256_hex(store_id + instant(first_detected_at))


def report_group_id(founding_report_id: str, earliest_first_detected_at: date) -> str:
    """Return `hash(report_id || earliest_first_detected_at_in_cohort)`, the identity of a Minority Event."""
    return sha256_hex(founding_report_id + instant(earliest_first_detected_at))


def cluster_id(run_id: str, tick: date, report_ids: Iterable[str]) -> str:
    """Return the identity of a cluster: its run, its tick and its sorted members."""
    return sha256_hex("|".join([run_id, instant(tick), *sorted(report_ids)]))


def row_id(*parts: str) -> str:
    """Return the identity of a row that is the same when all `parts` are (edits, notifications, rereviews)."""
    return sha256_hex("\x1f".join(parts))


def shard_of(store_id: str, shards: int) -> int:
    """Return which of `shards` a store belongs to: stable across machines, releases and row order.

    Shards are ranges of the hash, so that the stores with the smallest hashes lie in the first ones.
    """
    return int(sha256_hex(store_id)[:15], 16) * shards >> 60


def shards_of(store_ids: Sequence[str], shards: int) -> npt.NDArray[np.int64]:
    """Return the shard of each store, as `shard_of` has it, without a large number for each."""
    hashes = b"".join(hashlib.sha256(s.encode()).digest()[:8] for s in store_ids)
    firsts = np.array([-(-(k << 60) // shards) for k in range(1, shards)], np.uint64)
    return np.searchsorted(firsts, (np.frombuffer(hashes, ">u8") >> 4).astype(np.uint64), side="right")


def stores_of_shard(store_ids: Iterable[str], index: int, shards: int) -> list[str]:
    """Return those of the stores that belong to a shard, as `shard_of` has it, without a large number for each."""
    first, beyond = (f"{-(-(i << 60) // shards):015x}" for i in (index, index + 1))
    if index + 1 == shards:
        beyond = "g"
    digest = hashlib.sha256
    return [s for s in store_ids if first <= digest(s.encode()).hexdigest() < beyond]


def smallest_hashes(store_ids: Iterable[str], count: int) -> list[str]:
    """Return the stores with the smallest hashes: a sample of a chain that no sharding and no order changes."""
    return sorted(store_ids, key=lambda s: (sha256_hex(s), s))[:count]


def share_below(store_id: str) -> float:
    """Return the share of all stores, 0 to 1, whose hashes are to be expected up to that of `store_id`."""
    return (int(sha256_hex(store_id)[:13], 16) + 1) / 16**13


def schedule_time(tick: date) -> datetime:
    """Return the logical time at which a tick is written: 06:00 UTC on the morning after the business date."""
    return datetime(tick.year, tick.month, tick.day) + timedelta(days=1, hours=6)  # noqa: DTZ001 (UTC, no zone in files)
