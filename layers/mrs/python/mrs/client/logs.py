"""What of a run's logs is in force at a moment, and which hydrated states there are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.client.sources import Source, in_parallel, parquet
from mrs.errors import BadInputError
from mrs.store.keys import LogKey, checked_run_id, run_prefix, shards_in
from mrs.store.weeks import SALES, WEEKS, HeldWeeks, is_week

EVENTS, REPORTS = "minority_events_log", "minority_reports"
HYDRATED = (SALES, EVENTS, REPORTS)
KEYS: Mapping[str, tuple[str, ...]] = {
    "stores_data": ("store_id",),
    "promotions_data": ("promotion_id", "start_date", "end_date", "retailer", "region", "store_id", "category"),
    "calendar_data": ("start_date", "end_date", "name", "kind", "region", "store_id"),
    "context_signals_data": ("feed", "signal", "date", "store_id", "region", "category", "source"),
    "sales_timeseries_data": ("store_id", "date", "category"),
}
"""The logs that models want beside the hydrated datasets, and the key within which their newest row is in force."""


@dataclass(frozen=True, order=True)
class HydratedState:
    """One hydrated state of a run: its business date, when it was written (UTC), and the keys of its objects.

    Of the sales it is the object that says which write holds each week, but in states of earlier releases.
    """

    tick: date
    written_at: datetime
    keys: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Logs:
    """The logs of one run.

    Parameters
    ----------
    source
        The bucket that they lie in.
    run_id
        The run.
    """

    source: Source
    run_id: str

    def states(self, as_of: datetime | None = None) -> list[HydratedState]:
        """Return the whole hydrated states that were written by a moment (UTC), the newest last."""
        found: dict[tuple[date, datetime], dict[str, tuple[str, ...]]] = defaultdict(dict)
        for name, stored in [(name, name) for name in HYDRATED] + [(SALES, WEEKS)]:
            parts: dict[tuple[date, datetime], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
            for key in self._keys(stored, as_of):
                if is_week(key.part):
                    continue
                parts[(key.tick, key.written_at)][shards_in(key.part)].append(str(key))
            for at, by_count in parts.items():
                whole = [tuple(keys) for count, keys in sorted(by_count.items()) if len(keys) == count]
                if whole:
                    found[at][name] = whole[0]
        return [HydratedState(*at, keys) for at, keys in sorted(found.items()) if len(keys) == len(HYDRATED)]

    def state(self, as_of: datetime | None = None) -> HydratedState:
        """Return the newest whole hydrated state that was written by a moment.

        Raises
        ------
        BadInputError
            If there is none.
        """
        states = self.states(as_of)
        if not states:
            when = f" by {as_of}Z" if as_of else ""
            raise BadInputError(f"run {self.run_id} had published nothing{when}; run it first, or ask for a later time")
        return states[-1]

    def hydrated(self, state: HydratedState, name: str) -> pa.Table:
        """Return a hydrated dataset's rows in a state."""
        if name == SALES:
            sales = self._sales_of(state)
            if not sales.num_columns:
                raise BadInputError(f"run {self.run_id} had no sales yet at {state.tick}")
            return sales
        return pa.concat_tables(in_parallel(lambda key: parquet(self.source.read(key)), state.keys[name]))

    def _sales_of(self, state: HydratedState, first: date | None = None, before: date | None = None) -> pa.Table:
        """Return a state's sales from a date on and before another, every row as written when the state was."""
        filters = [("date", "<", before)] if before else []
        filters += [("date", ">=", first)] if first else []
        keys = list(state.keys[SALES])
        if (key := LogKey.parse(keys[0])) is not None and key.dataset == WEEKS:
            held = HeldWeeks.of(parquet(self.source.read(keys[0])))
            weeks = [w for w in sorted(held.written) if before is None or w < before]
            keys = [str(held.key(self.run_id, w)) for w in weeks if first is None or w + timedelta(days=6) >= first]
        tables = in_parallel(lambda key: parquet(self.source.read(key), None, filters), keys)
        if not tables:
            return pa.table({})
        rows = pa.concat_tables(tables, promote_options="default")
        at = rows.schema.get_field_index("written_at")
        stamp = pa.repeat(pa.scalar(state.written_at, rows.schema.field(at).type), rows.num_rows)
        return rows.set_column(at, rows.schema.field(at), stamp)

    def table(self, name: str, as_of: datetime | None = None) -> pa.Table:
        """Return a hydrated dataset's rows in the newest state of a moment."""
        return self.hydrated(self.state(as_of), name)

    def newest(self, as_of: datetime | None = None) -> tuple[date, datetime] | None:
        """Return tick and time of writing of the newest state; None where there is none."""
        states = self.states(as_of)
        return (states[-1].tick, states[-1].written_at) if states else None

    def sales(self, as_of: datetime | None = None, first: date | None = None) -> pa.Table:
        """Return the newest word on each store-day: dates that have left the window come from older states.

        Parameters
        ----------
        as_of
            As it was known at this moment, UTC.
        first
            The earliest date to return; None for all that were ever hydrated.
        """
        begins: date | None = None
        tables = []
        for state in reversed(self.states(as_of)):
            if first is not None and begins is not None and begins <= first:
                break
            table = self._sales_of(state, first, begins)
            if table.num_rows:
                begins = pc.min(table["date"]).as_py()
                tables.append(table.append_column("tick", pa.repeat(pa.scalar(state.tick), table.num_rows)))
        if not tables:
            self.state(as_of)
            raise BadInputError(f"run {self.run_id} has no sales from {first} on")
        return pa.concat_tables(tables, promote_options="default")

    def log(self, name: str, as_of: datetime | None = None, columns: Sequence[str] | None = None) -> pa.Table | None:
        """Return the rows of a log in force, of some columns; None where there is nothing."""
        keys = [str(key) for key in self._keys(name, as_of)]
        wanted = None if columns is None else list(dict.fromkeys([*KEYS[name], "written_at", *columns]))
        tables = in_parallel(lambda key: parquet(self.source.read(key), wanted), keys)
        return newest(pa.concat_tables(tables), KEYS[name]) if tables else None

    def manifest(self, as_of: datetime | None = None) -> dict[str, Any] | None:
        """Return the manifest of the newest state; None where it was written before there were any."""
        state = self.state(as_of)
        keys = self.source.keys(f"manifests/run_id={self.run_id}/tick={state.tick}/")
        stamp = f"{state.written_at:%Y%m%dT%H%M%S}"
        mine = [key for key in keys if key.rpartition("/")[2].startswith(stamp) and key.endswith(".json")]
        return dict(json.loads(self.source.read(mine[-1]))) if mine else None

    def _keys(self, name: str, as_of: datetime | None) -> list[LogKey]:
        parsed = (LogKey.parse(key) for key in self.source.keys(run_prefix(name, self.run_id)))
        return [key for key in parsed if key is not None and (as_of is None or key.written_at <= as_of)]


def newest(table: pa.Table, by: Sequence[str]) -> pa.Table:
    """Return the row of each group that was written last; groups agree in all of `by`, nulls included."""
    if table.num_rows < 2:
        return table
    table = table.sort_by("written_at")
    numbered = table.select(list(by)).append_column("row", pa.array(np.arange(table.num_rows)))
    last = numbered.group_by(list(by)).aggregate([("row", "max")])["row_max"]
    return table.take(last.combine_chunks().sort())


def active_run(source: Source) -> str:
    """Return the id of the active run.

    Raises
    ------
    BadInputError
        If no run was ever made active.
    """
    keys = [key for key in map(LogKey.parse, source.keys("logs/demo_run_config/")) if key is not None]
    if not keys:
        raise BadInputError("there is no active run yet; name one with run_id=")
    newest_key = max(keys, key=lambda key: (key.written_at, key.run_id))
    return checked_run_id(newest_key.run_id)
