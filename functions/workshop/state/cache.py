"""Caches of a warm function: decoded snapshots and edits of one log store. Everything in them is immutable."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Generic, TypeVar

from mrs.store.objects import TableCache
from mrs.store.snapshots import Snapshot

V = TypeVar("V")
COLUMN_BYTES = 2**30


class LruCache(Generic[V]):
    """Thread-safe LRU cache; concurrent callers share one computation per key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Return the value of a key; `make` computes it if it is not cached."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            making = self._making.setdefault(key, Lock())
        with making:
            if key in self._values:
                return self._values[key]
            value = make()
            with self._lock:
                self._values[key] = value
                self._making.pop(key, None)
                while len(self._values) > self._most:
                    self._values.popitem(last=False)
            return value


@dataclass(frozen=True)
class Cache:
    """The caches of one log store.

    Parameters
    ----------
    edits
        By kind and run: the edits of each edit log object, by its key.
    settled
        By kind and run: the key of the edit log up to which no edit can arrive any more.
    newest
        By run: the newest known snapshot, and the time of the request that found it.
    tried
        The refreshes that were started again.
    past
        The snapshots of past moments.
    hydrated
        By snapshot: hydrated objects and other derived values.
    states
        By snapshot and pending edits: objects with those edits applied.
    listings
        By snapshot and dataset: the log objects that the snapshot sees.
    columns
        Columns of log objects, from which time series are cut.
    """

    edits: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    settled: dict[tuple[str, str], str] = field(default_factory=dict)
    newest: dict[str, tuple[Snapshot, datetime]] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    past: LruCache[Snapshot | None] = field(default_factory=lambda: LruCache(64))
    hydrated: LruCache[Any] = field(default_factory=lambda: LruCache(48))
    states: LruCache[Any] = field(default_factory=lambda: LruCache(16))
    listings: LruCache[Any] = field(default_factory=lambda: LruCache(512))
    columns: TableCache = field(default_factory=lambda: TableCache(COLUMN_BYTES))
