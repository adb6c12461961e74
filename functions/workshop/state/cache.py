"""What a warm function keeps: decoded states and edits, which are immutable, of the log store that they came from."""

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


class Recent(Generic[V]):
    """The values used last, up to a number; each is made once, whoever else asks for it meanwhile."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._making: dict[Hashable, Lock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], V]) -> V:
        """Return the value of a key, made now if it is not there."""
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
class Memory:
    """The caches of one log store.

    Parameters
    ----------
    edits
        Each edit log object's edits, by kind, run and key.
    settled
        Per edit log and run: the key up to which no edit can come any more.
    newest
        The newest snapshot that is known of each run, and since which request.
    past
        The snapshots of past moments.
    tried
        Refreshes that were started anew.
    hydrated, states
        Hydrated objects and what else a snapshot holds, and objects with pending edits done.
    listings
        The objects of a dataset that a snapshot sees.
    columns
        What time series are cut from.
    """

    edits: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    settled: dict[tuple[str, str], str] = field(default_factory=dict)
    newest: dict[str, tuple[Snapshot, datetime]] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    past: Recent[Snapshot | None] = field(default_factory=lambda: Recent(64))
    hydrated: Recent[Any] = field(default_factory=lambda: Recent(48))
    states: Recent[Any] = field(default_factory=lambda: Recent(16))
    listings: Recent[Any] = field(default_factory=lambda: Recent(512))
    columns: TableCache = field(default_factory=lambda: TableCache(COLUMN_BYTES))
