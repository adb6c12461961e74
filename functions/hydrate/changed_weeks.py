"""Find the weeks of `attribution_ready_sales` that have changed; earlier ticks hold all others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.store.keys import LogKey
from mrs.store.log_store import LogStore
from mrs.store.objects import StoredObject, in_parallel
from mrs.store.snapshots import Snapshot
from mrs.store.weeks import HeldWeeks, monday

DATED = ("baseline_sales_model_prediction_log", "sales_timeseries_data", "ingest_rejections_log")
"""Logs whose rows are about the store-day of their date."""
OF_REPORTS = ("MRDL", "MRPAL", "MRFL")
"""Logs whose rows are about every day of their report."""
BEGAN = "landing_feeds_log"
"""Its first tick is the run's."""
OF_ANY_TICK = (BEGAN, "MRDL")
"""Logs of which ticks before the window count too."""
SOURCES = (*DATED, *OF_REPORTS, BEGAN)
"""All logs that `attribution_ready_sales.sql` reads, but for the health of stages: MRDL's keys say as much."""
MADE_OF = ("began_at", "last_detected_at", "store_id", "anomaly_score")

Found = tuple[LogKey, StoredObject]


@dataclass(frozen=True)
class Sources:
    """The objects of the logs that a state sees, in its window (`OF_ANY_TICK`: of all ticks)."""

    logs: LogStore
    state: Snapshot
    found: dict[str, list[Found]]

    @classmethod
    def of(cls, logs: LogStore, state: Snapshot, first: date) -> Sources:
        """List them; `first` is the first day of the window."""

        def sees(key: LogKey) -> bool:
            return key.tick < state.tick or key.written_at <= state.written_at

        def listed(name: str) -> list[Found]:
            begin = None if name in OF_ANY_TICK else first
            return logs.find(dataset(name), state.run_id, first=begin, last=state.tick, visible=sees)

        return cls(logs, state, dict(zip(SOURCES, in_parallel(listed, SOURCES), strict=True)))

    def count(self, state: Snapshot | None = None, first: date | None = None) -> int:
        """Return how many were written by the time of a state, this one or one before it, in its window."""
        by = state or self.state
        keys = (key for name, found in self.found.items() for key, _ in found if _is_since(name, key, first))
        return sum(key.tick <= by.tick and key.written_at <= by.written_at for key in keys)

    def began(self) -> date | None:
        """Return the run's first tick; None where nothing has landed in it."""
        return min((key.tick for key, _ in self.found[BEGAN]), default=None)

    def first_judged_again(self) -> date | None:
        """Return the first tick that detection has answered more than once; None where it was once each."""
        answers: dict[date, set[object]] = {}
        for key, _ in self.found["MRDL"]:
            answers.setdefault(key.tick, set()).add(key.written_at)
        return min((tick for tick, times in answers.items() if len(times) > 1), default=None)

    def new_since(self, base: Snapshot, name: str) -> list[Found]:
        """Return the objects of the ticks of which one came after a state: what they said before may be undone."""
        found = self.found[name]
        ticks = {k.tick for k, _ in found if k.tick > base.tick or k.written_at > base.written_at}
        return [(key, stored) for key, stored in found if key.tick in ticks]

    def values(self, found: Iterable[Found], name: str, column: str) -> pa.Array:
        """Return the distinct values of a column in some objects of a log."""
        others = [c for c in dataset(name).file_schema.names if c != column]
        tables = self.logs.objects.get_tables([stored for _, stored in found], others)
        kind = dataset(name).schema.field(column).type
        return pc.unique(pa.chunked_array([c for t in tables for c in t[column].cast(kind).chunks], kind)).drop_null()


def _is_since(name: str, key: LogKey, first: date | None) -> bool:
    return first is None or name in OF_ANY_TICK or key.tick >= first


def held_by(logs: LogStore, base: Snapshot | None, sources: Sources, first: date) -> HeldWeeks | None:
    """Return the weeks of the state before, if this one may go on from them.

    It may not where objects have come since that are older than that state by their keys: a tick was run out of order.
    Nor where the window reaches further back than that state's did.

    Parameters
    ----------
    logs, base, sources
        The logs, the state that was published before, if one was, and what is there now.
    first
        First day of that state's window by today's settings.
    """
    held = base.weeks(logs) if base else None
    return held if held and held.n_objects is not None and held.n_objects == sources.count(base, first) else None


def changed_weeks(sources: Sources, base: Snapshot, reports: pa.Table) -> set[date]:
    """Return the Mondays of the weeks that may be others than in the state before.

    Parameters
    ----------
    sources, base
        What is there now, and the state before.
    reports
        All reports as they are now, with what each is made of.
    """
    days: set[date] = set()
    for name in DATED:
        days.update(sources.values(sources.new_since(base, name), name, "date").to_pylist())
    about = [sources.values(sources.new_since(base, name), name, "report_id") for name in OF_REPORTS]
    before = base.read(sources.logs, "minority_reports")
    ids = pa.concat_arrays([*about, _others(reports, before)])
    return {monday(day) for day in days} | _weeks_of(ids, (reports, before))


def _others(now: pa.Table, before: pa.Table) -> pa.Array:
    """Return the reports that only one of two states has, or that have other days or another score in them."""
    a, b = (zip(*(table[c].to_pylist() for c in ("report_id", *MADE_OF)), strict=True) for table in (now, before))
    return pa.array(sorted({report_id for report_id, *_ in {*a} ^ {*b}}), pa.string())


def _weeks_of(report_ids: pa.Array, states: Sequence[pa.Table]) -> set[date]:
    """Return the weeks of the days of some reports, in any of the states."""
    spans: set[tuple[date, date]] = set()
    for table in states:
        own = table.filter(pc.is_in(table["report_id"], value_set=report_ids))
        first, last = (own[c].cast(pa.date32()) for c in ("first_detected_at", "last_detected_at"))
        spans.update(zip(pc.coalesce(own["began_at"], first).to_pylist(), last.to_pylist(), strict=True))
    return {
        monday(first) + timedelta(weeks=n)
        for first, last in spans
        for n in range((monday(last) - monday(first)).days // 7 + 1)
    }
