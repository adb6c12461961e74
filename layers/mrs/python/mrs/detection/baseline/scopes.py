"""Dated entries with a scope (promotions, calendar) laid out as stores × days, as far as they were known in time."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from zlib import crc32

import numpy as np
import pyarrow as pa

from mrs.arrays import BoolArray, FloatArray, IntArray, codes_in, epoch_days, floats

Place = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class StoreTable:
    """What is known of S stores, in the order of `store_ids`; codes are -1 and coordinates NaN where not known."""

    store_ids: tuple[str, ...]
    retailers: tuple[str | None, ...]
    regions: tuple[str | None, ...]
    latitude: FloatArray
    longitude: FloatArray

    def take(self, rows: IntArray) -> StoreTable:
        """Return the stores at `rows`."""
        at = [int(i) for i in rows]
        return StoreTable(
            tuple(self.store_ids[i] for i in at),
            tuple(self.retailers[i] for i in at),
            tuple(self.regions[i] for i in at),
            self.latitude[rows],
            self.longitude[rows],
        )

    def members(self, place: Place) -> IntArray:
        """Return the positions of the stores that a scope (retailer, region, store; None covers all) holds."""
        if place not in self._members:
            retailer, region, store = place
            found = [
                i
                for i, s in enumerate(self.store_ids)
                if (retailer is None or self.retailers[i] == retailer)
                and (region is None or self.regions[i] == region)
                and (store is None or s == store)
            ]
            self._members[place] = np.array(found, dtype=np.int64)
        return self._members[place]

    @cached_property
    def _members(self) -> dict[Place, IntArray]:
        """Scopes that were looked up: they recur in every layout of the stores."""
        return {}


def store_table(table: pa.Table, store_ids: Sequence[str]) -> StoreTable:
    """Return the rows of `stores_data` in the order of `store_ids`; a store without a row has nothing known."""
    row = np.full(len(store_ids), -1)
    code = codes_in(table["store_id"], store_ids)
    row[code[code >= 0]] = np.flatnonzero(code >= 0)

    def text(name: str) -> tuple[str | None, ...]:
        values = table[name].to_pylist()
        return tuple(values[r] if r >= 0 else None for r in row)

    def number(name: str) -> FloatArray:
        values = np.append(floats(table[name]), np.nan)
        return np.asarray(values[row])

    return StoreTable(tuple(store_ids), text("retailer"), text("region"), number("latitude"), number("longitude"))


@dataclass(frozen=True)
class Entry:
    """One promotion or calendar entry: whom it covers, from when to when, and from which day on it was known."""

    place: Place
    start: int
    end: int
    known_from: int
    label: str
    kind: str
    depth: float = float("nan")

    @property
    def code(self) -> int:
        """A number of its own, the same wherever it is read and for all whom the same promotion covers."""
        return crc32(repr((self.start, self.end, self.label, self.kind, self.depth)).encode())


def promotion_entries(table: pa.Table, anchor: int) -> list[Entry]:
    """Return the promotions, in a fixed order; one that was told before the anchor counts as always known.

    The label is the mechanic, the kind says whether a promotion is of a category only.
    """
    kinds = ["of a category" if c is not None else "" for c in table["category"].to_pylist()]
    retailers = table["retailer"].to_pylist()
    return _entries(table, anchor, retailers, table["mechanic"].to_pylist(), kinds, floats(table["depth"]))


def calendar_entries(table: pa.Table, anchor: int) -> list[Entry]:
    """Return the calendar's entries, in a fixed order; one that was told before the anchor counts as always known."""
    nothing = np.full(table.num_rows, np.nan)
    names, kinds = table["name"].to_pylist(), table["kind"].to_pylist()
    return _entries(table, anchor, [None] * table.num_rows, names, kinds, nothing)


def _entries(
    table: pa.Table,
    anchor: int,
    retailers: Sequence[str | None],
    labels: Sequence[str | None],
    kinds: Sequence[str | None],
    depths: FloatArray,
) -> list[Entry]:
    start, end, tick = epoch_days(table["start_date"]), epoch_days(table["end_date"]), epoch_days(table["tick"])
    regions, stores = table["region"].to_pylist(), table["store_id"].to_pylist()
    first = int(tick.min()) if len(tick) else 0
    found = [
        Entry(
            (retailers[i], regions[i], stores[i]),
            int(start[i]),
            int(end[i]),
            -(2**31) if tick[i] <= max(first, anchor - 1) else int(tick[i]),
            labels[i] or "",
            kinds[i] or "",
            float(depths[i]),
        )
        for i in range(table.num_rows)
    ]
    return sorted(found, key=_order)


def _order(entry: Entry) -> tuple[object, ...]:
    place, depth = tuple(p or "" for p in entry.place), -1.0 if np.isnan(entry.depth) else entry.depth
    return entry.start, entry.end, entry.label, entry.kind, place, entry.known_from, depth


Name = TypeVar("Name", bound=Hashable)
MARKS_REACH_DAYS = 3
"""Days before its start and after its end at which an entry may be marked."""


@dataclass(frozen=True)
class Layout:
    """Lays entries out over a span of days for the stores of a table: first for each scope, then for its stores."""

    stores: StoreTable
    first_day: int
    days: int

    @property
    def shape(self) -> tuple[int, int]:
        """Stores and days."""
        return len(self.stores.store_ids), self.days

    def near(self, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries that may be marked on one of the days."""
        first, last = self.first_day - MARKS_REACH_DAYS, self.first_day + self.days + MARKS_REACH_DAYS
        return [e for e in entries if e.end >= first and e.start < last]

    def marked(
        self, marks: Iterable[tuple[Name, Entry, int, int]], names: Iterable[Name] = ()
    ) -> dict[Name, BoolArray]:
        """Return by name S×T: where an entry is marked.

        Parameters
        ----------
        marks
            A name, an entry, and from which to which day (since 1970-01-01) it is marked; for its stores, as far as it
            was known.
        names
            Those that are returned though nothing is marked.
        """
        lines: dict[tuple[Name, Place], BoolArray] = {}
        for name, entry, first, last in marks:
            low, high = self._within(entry, first, last)
            if low <= high:
                line = lines.get((name, entry.place))
                if line is None:
                    line = lines[name, entry.place] = np.zeros(self.days, dtype=bool)
                line[low : high + 1] = True
        out = {name: np.zeros(self.shape, dtype=bool) for name in names}
        for (name, place), line in lines.items():
            members = self.stores.members(place)
            if len(members):
                if name not in out:
                    out[name] = np.zeros(self.shape, dtype=bool)
                out[name][members] |= line
        return out

    def counted(
        self, marks: Iterable[tuple[str, Hashable, Entry, int, int]], names: Iterable[str]
    ) -> dict[str, FloatArray]:
        """Return by name S×T: how many entries are marked, those of one group less and less: log₂(1 + n) of n.

        Parameters
        ----------
        marks
            A name, a group, an entry, and from which to which day (since 1970-01-01) it is marked; for its stores, as
            far as it was known.
        names
            Those that are returned.
        """
        lines: dict[tuple[str, Hashable, Place], FloatArray] = {}
        for name, group, entry, first, last in marks:
            low, high = self._within(entry, first, last)
            if low <= high:
                line = lines.get((name, group, entry.place))
                if line is None:
                    line = lines[name, group, entry.place] = np.zeros(self.days)
                line[low : high + 1] += 1
        out = {name: np.zeros(self.shape) for name in names}
        for (name, _, place), line in lines.items():
            members = self.stores.members(place)
            if len(members):
                out[name][members] += np.log2(1 + line)
        return out

    def cells(self, entry: Entry, first: int, last: int) -> tuple[IntArray, IntArray]:
        """Return the stores of an entry, and the days from one to another, as far as it was known: their positions."""
        low, high = self._within(entry, first, last)
        return self.stores.members(entry.place), np.arange(low, high + 1)

    def deepest(self, entries: Iterable[Entry]) -> FloatArray:
        """Return S×T: the depth of the entries on their days, the largest where several meet; NaN elsewhere."""
        out = np.full(self.shape, np.nan)
        for entry in entries:
            low, high = self._within(entry, entry.start, entry.end)
            if low <= high:
                at = (self.stores.members(entry.place)[:, None], np.arange(low, high + 1)[None, :])
                out[at] = np.fmax(out[at], entry.depth)
        return out

    def _within(self, entry: Entry, first: int, last: int) -> tuple[int, int]:
        low = max(first, entry.known_from, self.first_day) - self.first_day
        return low, min(last, self.first_day + self.days - 1) - self.first_day
