"""What a mail tells of an event, read from the logs: its state at the tick, its sentence, its sales."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import epoch_day, floats, sorted_unique
from mrs.contracts import dataset
from mrs.panels import Grid, half_width_of_sum, mean_correlation
from mrs.store.executions import config_at
from mrs.store.log_store import LogStore

EVENTS = dataset("minority_events_log")
REPORTS = dataset("minority_reports")
BASELINE = dataset("baseline_sales_model_prediction_log")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Series:
    """Sales of an event's stores, summed, a value a day; NaN where nothing is known.

    `half_width` is that of the sum's 90 % interval; it takes into account that stores err together.
    """

    dates: tuple[date, ...]
    observed: Floats
    expected: Floats
    half_width: Floats


@dataclass(frozen=True)
class Facts:
    """What is told of one alert: its row, its event as hydrated (empty where it is not there), sentence and series.

    `currency` is what its amounts are in; None if nobody has said.
    """

    alert: Mapping[str, Any]
    event: Mapping[str, Any]
    sentence: str | None
    series: Series | None
    currency: str | None = None


@dataclass
class FactBook:
    """The facts of a run's alerts; each tick's tables are read once.

    Parameters
    ----------
    logs, run_id
        The run.
    chart_days
        Days of sales that a series shows, the alert's tick being the last.
    """

    logs: LogStore
    run_id: str
    chart_days: int
    _tables: dict[tuple[str, date, date], pa.Table] = field(default_factory=dict)
    _currencies: dict[tuple[date, datetime], str | None] = field(default_factory=dict)

    def of(self, alert: Mapping[str, Any]) -> Facts:
        """Return the facts of an alert, as they stood at its tick."""
        tick = alert["tick"]
        events = self._read(EVENTS.name, tick, tick)
        found = events.filter(pc.equal(events["report_group_id"], alert["event_id"])).to_pylist()
        event = found[0] if found else {}
        sentence = json.loads(event.get("evidence") or "{}").get("sentence")
        said = sentence if isinstance(sentence, str) else None
        return Facts(alert, event, said, self._series(alert), self._currency(event))

    def _currency(self, event: Mapping[str, Any]) -> str | None:
        if not event:
            return None
        at = (event["tick"], event["written_at"])
        if at not in self._currencies:
            self._currencies[at] = config_at(self.logs, self.run_id, *at).get("currency")
        return self._currencies[at]

    def _series(self, alert: Mapping[str, Any]) -> Series | None:
        tick: date = alert["tick"]
        reports = self._read(REPORTS.name, tick, tick)
        stores = pc.unique(reports.filter(pc.equal(reports["report_group_id"], alert["event_id"]))["store_id"])
        first = tick - timedelta(days=self.chart_days - 1)
        rows = self._read(BASELINE.name, first, tick)
        rows = rows.filter(pc.is_in(rows["store_id"], value_set=stores))
        if rows.num_rows == 0:
            return None
        return _summed(rows, [first + timedelta(days=i) for i in range(self.chart_days)])

    def _read(self, name: str, first: date, last: date) -> pa.Table:
        key = (name, first, last)
        if key not in self._tables:
            self._tables[key] = self.logs.read(dataset(name), self.run_id, first=first, last=last)
        return self._tables[key]


def _summed(rows: pa.Table, dates: list[date]) -> Series:
    grid = Grid(sorted_unique(rows["store_id"]), epoch_day(dates[0]), len(dates))
    cells = grid.cells(rows)
    at = np.flatnonzero(cells.inside)
    place = (cells.store[at], cells.day[at])
    observed, expected, low, high = (
        grid.filled(*place, floats(rows[name])[at])
        for name in ("observed_sales", "expected_sales", "expected_low", "expected_high")
    )
    seen, there = np.isfinite(observed), np.isfinite(expected)
    rho = mean_correlation(observed - expected, high - low, seen & there)
    half = half_width_of_sum(np.where(there, (high - low) / 2, 0.0), rho)
    return Series(
        tuple(dates),
        np.where(seen.any(axis=0), np.nansum(observed, axis=0), np.nan),
        np.where(there.any(axis=0), np.nansum(expected, axis=0), np.nan),
        np.where(there.any(axis=0), half, np.nan),
    )
