"""Time series of a report's store, and of an event's stores: sales, expected sales, score, context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.errors import BadInputError
from mrs.panels import half_width_of_sum, mean_correlation

from functions.workshop.objects.context_feeds import Place, context_of
from functions.workshop.objects.filters import EventWindow, Window
from functions.workshop.objects.series_models import EventSeries, Line, ReportSeries, Signal, StoreLine
from functions.workshop.state import columns
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.view import View

BEFORE, AFTER = timedelta(days=56), timedelta(days=14)
LATEST = timedelta(days=45)
MOST_DAYS, MOST_STORE_DAYS = 1500, 15_000
EPOCH = date(1970, 1, 1)
BASELINE = dataset("baseline_sales_model_prediction_log")
SCORES = dataset("anomaly_classifier_model_prediction_log")
SALES = dataset("sales_timeseries_data")
PREDICTED = ("expected_sales", "expected_low", "expected_high", "observed_sales")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """Values by store (rows) and day (columns); NaN if unknown.

    Parameters
    ----------
    first
        The first day, in days since 1970-01-01.
    observed, expected, low, high, score, is_anomalous, price
        The values, shape (stores, days).
    """

    first: int
    observed: Floats
    expected: Floats
    low: Floats
    high: Floats
    score: Floats
    is_anomalous: Floats
    price: Floats

    def line(self, store: int) -> Line:
        """Return one store's values."""
        return self._line(*(a[store] for a in self._all()))

    def total(self) -> Line:
        """Return the sum over the stores; on each day, over those whose sales are known.

        The band takes into account that stores err together; see `mrs.panels.half_width_of_sum`.
        """
        both = ~np.isnan(self.observed) & ~np.isnan(self.expected)
        predicted = ~np.isnan(self.expected).all(axis=0)
        counted = np.where(predicted, both, ~np.isnan(self.observed))
        known = counted.any(axis=0)
        observed = np.where(known, np.where(counted, self.observed, 0.0).sum(axis=0), np.nan)
        expected = np.where(predicted & known, np.where(both, self.expected, 0.0).sum(axis=0), np.nan)
        rho = mean_correlation(self.observed - self.expected, self.high - self.low, both & (self.is_anomalous != 1))
        below = half_width_of_sum(np.where(both, self.expected - self.low, 0.0), rho)
        above = half_width_of_sum(np.where(both, self.high - self.expected, 0.0), rho)
        score, anomalous = (np.fmax.reduce(a, axis=0, initial=np.nan) for a in (self.score, self.is_anomalous))
        return self._line(observed, expected, expected - below, expected + above, score, anomalous)

    def prices(self) -> list[Signal]:
        """Return the price level as a signal: the geometric mean over the stores; empty if no sales have a price.

        Each store enters as its deviation from its own mean price, so that a store without a price on a day does not
        move the level.
        """
        log = np.log(self.price)
        known = ~np.isnan(log)
        if not known.any():
            return []
        own = log[known.any(axis=1)]
        usual = np.nanmean(own, axis=1, keepdims=True)
        days = np.flatnonzero(known.any(axis=0))
        level = np.exp(np.nanmean((own - usual)[:, days], axis=0) + usual.mean())
        dates = [EPOCH + timedelta(days=self.first + int(d)) for d in days]
        values = [round(float(v), 6) for v in level]
        return [
            Signal(
                feed="unified_sales_data", signal="price", source=None, category=None, scope="store",
                dates=dates, values=values,
            )
        ]  # fmt: skip

    def _all(self) -> tuple[Floats, ...]:
        return self.observed, self.expected, self.low, self.high, self.score, self.is_anomalous

    def _line(self, *values: Floats) -> Line:
        observed, expected, low, high, score = (_listed(v) for v in values[:5])
        anomalous = [None if np.isnan(v) else bool(v) for v in values[5]]
        dates = [EPOCH + timedelta(days=self.first + i) for i in range(len(observed))]
        return Line(
            dates=dates, observed=observed, expected=expected, low=low, high=high, score=score, is_anomalous=anomalous
        )


def _listed(values: Floats) -> list[float | None]:
    return [None if np.isnan(v) else round(float(v), 6) for v in values]


def of_report(view: View, report_id: str, window: Window) -> ReportSeries:
    """Return the time series of a report's store.

    Raises
    ------
    NotFoundError
        If the state has no such report.
    """
    row = view.row(REPORTS, report_id)
    first, last = _window(row, window, view.tick())
    panel = _panel(view, [row["store_id"]], first, last)
    around = context_of(view, [_place(row)], first, last)
    around["signals"] += panel.prices()
    return ReportSeries(
        report_id=report_id,
        store_id=row["store_id"],
        first_detected_at=row["first_detected_at"].date(),
        last_detected_at=row["last_detected_at"].date(),
        line=panel.line(0),
        state=view.described(),
        **around,
    )


def of_event(view: View, group: str, window: EventWindow) -> EventSeries:
    """Return the time series of an event's stores: their sum, and the stores that deviate most in money.

    Raises
    ------
    NotFoundError
        If the state has no such event.
    """
    row = view.row(EVENTS, group)
    first, last = _window(row, window, view.tick())
    if window.stores * (last - first).days > MOST_STORE_DAYS:
        raise BadInputError(f"{window.stores} stores over {(last - first).days} days are too many; ask for fewer")
    members = _members(view, group)
    stores = sorted(members)
    panel = _panel(view, stores, first, last)
    money = {s: sum(r["sales_delta"] for r in members[s]) for s in stores}
    shown = sorted(stores, key=lambda s: (-abs(money[s]), s))[: window.stores]
    around = context_of(view, [_place(rows[0]) for rows in members.values()], first, last)
    around["signals"] += panel.prices()
    return EventSeries(
        report_group_id=group,
        first_detected_at=row["first_detected_at"].date(),
        last_detected_at=row["last_detected_at"].date(),
        total=panel.total(),
        stores=[_store_line(panel, stores.index(s), s, members[s]) for s in shown],
        n_stores=len(stores),
        state=view.described(),
        **around,
    )


def _store_line(panel: Panel, at: int, store: str, reports: Sequence[Mapping[str, Any]]) -> StoreLine:
    return StoreLine(
        store_id=store,
        region=reports[0]["region"],
        report_ids=[r["report_id"] for r in reports],
        sales_delta=sum(r["sales_delta"] for r in reports),
        line=panel.line(at),
    )


def _members(view: View, group: str) -> dict[str, list[dict[str, Any]]]:
    """Return an event's reports by store."""
    table = view.objects(REPORTS).table
    names = ["report_id", "store_id", "region", "retailer", "sales_delta"]
    found: dict[str, list[dict[str, Any]]] = {}
    for report in table.filter(pc.equal(table["report_group_id"], group)).select(names).to_pylist():
        found.setdefault(report["store_id"], []).append(report)
    return found


def _place(row: Mapping[str, Any]) -> Place:
    return Place(row["store_id"], row["region"], row["retailer"])


def _window(row: Mapping[str, Any], window: Window, tick: date) -> tuple[date, date]:
    first = window.first or row["first_detected_at"].date() - BEFORE
    last = window.last or min(row["last_detected_at"].date() + AFTER, tick)
    if not first <= last or (last - first).days > MOST_DAYS:
        raise BadInputError(f"from {first} to {last}: ask for 1 to {MOST_DAYS} days, the first before the last")
    return first, last


def _panel(view: View, stores: Sequence[str], first: date, last: date) -> Panel:
    shape = (len(stores), (last - first).days + 1)
    grids = {name: np.full(shape, np.nan) for name in (*PREDICTED, "sales", "anomaly_score", "is_anomalous")}
    grid = _Grid(stores, (first - EPOCH).days, shape[1])
    for name in (BASELINE, SCORES):
        values = PREDICTED if name is BASELINE else ("anomaly_score", "is_anomalous")
        found = columns.objects_in_force(view, name, first, last)
        for table in columns.columns_of(view, found, ("store_id", "date", *values)):
            rows, store, day = grid.places(table)
            for value in values:
                grids[value][store, day] = columns.numbers(table, value)[rows]
    grids["price"] = np.full(shape, np.nan)
    _fill_sales(view, grid, grids["sales"], grids["price"], first, last)
    sales, known = grids["sales"], grids["observed_sales"]
    return Panel(
        grid.first,
        np.where(np.isnan(sales), known, sales),
        grids["expected_sales"],
        grids["expected_low"],
        grids["expected_high"],
        grids["anomaly_score"],
        grids["is_anomalous"],
        grids["price"],
    )


def _fill_sales(view: View, grid: _Grid, into: Floats, price: Floats, first: date, last: date) -> None:
    """Fill in sales, summed over categories, and their mean price; a later tick's row replaces an earlier one."""
    every = columns.objects_in_force(view, SALES)
    if not every:
        return
    begun = every[0][0].tick
    found = [(k, s) for k, s in every if k.tick == begun or first <= k.tick <= last + LATEST]
    parts = []
    for table in columns.columns_of(view, found, ("store_id", "date", "category", "sales", "price")):
        rows, store, day = grid.places(table)
        values = [columns.numbers(table, name)[rows] for name in ("sales", "price")]
        parts.append((store, day, columns.text(table, "category")[rows], *values))
    store, day, category, sold, paid = (np.concatenate(column) for column in zip(*parts, strict=True))
    coded = pa.array(category, pa.string()).dictionary_encode()
    kind = pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy()
    key = (store * into.shape[1] + day) * (len(coded.dictionary) + 1) + kind
    _, from_behind = np.unique(key[::-1], return_index=True)
    store, day, sold, paid = (column[::-1][from_behind] for column in (store, day, sold, paid))
    _put_mean(np.log(np.where(paid > 0, paid, np.nan)), store, day, price)
    np.exp(price, out=price)
    known = ~np.isnan(sold)
    into[store[known], day[known]] = 0.0
    np.add.at(into, (store[known], day[known]), sold[known])


def _put_mean(values: Floats, store: npt.NDArray[np.int64], day: npt.NDArray[np.int64], into: Floats) -> None:
    """Fill in the mean of the known values of each store and day."""
    known = ~np.isnan(values)
    total, count = np.zeros(into.shape), np.zeros(into.shape)
    np.add.at(total, (store[known], day[known]), values[known])
    np.add.at(count, (store[known], day[known]), 1.0)
    np.divide(total, count, out=into, where=count > 0)


class _Grid:
    """Places the rows of a table in a panel."""

    def __init__(self, stores: Sequence[str], first: int, days: int) -> None:
        self.first, self._days = first, days
        self._stores = {store: at for at, store in enumerate(stores)}

    def places(self, table: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return the numbers of the rows that belong in the panel, with their store and day."""
        day = columns.days(table) - self.first
        inside = columns.is_one_of(table, "store_id", self._stores) & (day >= 0) & (day < self._days)
        rows = np.flatnonzero(inside)
        names = columns.text(table.take(rows), "store_id").tolist() if len(rows) else []
        return rows, np.array([self._stores[n] for n in names], dtype=np.int64), day[rows]
