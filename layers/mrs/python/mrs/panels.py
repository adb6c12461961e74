"""Logs as dense stores × days arrays: the one place where rows of a log are put on a grid. Gaps stay NaN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import BoolArray, FloatArray, IntArray, codes_in, epoch_days, floats, sorted_ids


@dataclass(frozen=True)
class Grid:
    """S stores by T consecutive days.

    Parameters
    ----------
    store_ids
        The stores, sorted and distinct; row `i` of an array is store `i`.
    first_day
        The date of column 0, as days since 1970-01-01.
    days
        T, the number of columns.
    """

    store_ids: pa.Array
    first_day: int
    days: int

    @property
    def shape(self) -> tuple[int, int]:
        """(S, T)."""
        return len(self.store_ids), self.days

    def cells(self, table: pa.Table) -> Cells:
        """Return the cell of each row of a table with `store_id` and `date`."""
        store, day = codes_in(table["store_id"], self.store_ids), epoch_days(table["date"]) - self.first_day
        return Cells(store, day, (store >= 0) & (day >= 0) & (day < self.days))

    def filled(self, store: IntArray, day: IntArray, values: FloatArray, empty: float = np.nan) -> FloatArray:
        """Return an (S, T) array of `empty` with the values put in; of several for one cell, the last counts."""
        out = np.full(self.shape, empty)
        out[store, day] = values
        return out


@dataclass(frozen=True)
class Cells:
    """The row and column on a grid of each of N table rows, and whether it lies on the grid at all."""

    store: IntArray
    day: IntArray
    inside: BoolArray


@dataclass(frozen=True, eq=False)
class SalesPanel:
    """Daily sales of some stores over a span of days.

    Parameters
    ----------
    store_ids
        The S stores, sorted.
    first_day
        Days since 1970-01-01 of the first of the T days.
    sales
        S×T, the sum over categories; NaN where nothing is known.
    is_closed
        S×T, True where the store is said to be closed and sold nothing; sales speak louder than a flag.
    late
        S×T, True where the value became known after its own date (and not in the store's first tick).
    first_tick
        S, the first tick at which anything is known of the store.
    """

    store_ids: tuple[str, ...]
    first_day: int
    sales: FloatArray
    is_closed: BoolArray
    late: BoolArray
    first_tick: IntArray

    def take(self, rows: IntArray) -> SalesPanel:
        """Return the stores at `rows`."""
        return SalesPanel(
            tuple(self.store_ids[int(i)] for i in rows),
            self.first_day,
            self.sales[rows],
            self.is_closed[rows],
            self.late[rows],
            self.first_tick[rows],
        )

    def outlined(self, day: int) -> SalesPanel:
        """Return the panel with amounts that, before a day (since 1970-01-01), only tell their sign and wholeness.

        They are ±1, ±½ of those that are no whole numbers, and 0.
        """
        at = max(0, day - self.first_day)
        sales, old = self.sales.copy(), self.sales[:, :at]
        sales[:, :at] = np.where(np.isnan(old), np.nan, np.sign(old) * np.where(old == np.round(old), 1.0, 0.5))
        return replace(self, sales=sales)

    def until(self, day: int) -> SalesPanel:
        """Return the days before a day (since 1970-01-01)."""
        at = slice(0, day - self.first_day)
        return replace(self, sales=self.sales[:, at], is_closed=self.is_closed[:, at], late=self.late[:, at])

    @cached_property
    def seen(self) -> BoolArray:
        """Where a value is known."""
        return ~np.isnan(self.sales)

    @cached_property
    def trading(self) -> BoolArray:
        """Where the store sold something."""
        return (self.sales > 0) & ~self.is_closed

    @cached_property
    def log_sales(self) -> FloatArray:
        """S×T, the natural logarithm of the sales; 0 where the store did not trade."""
        return np.asarray(np.log(np.where(self.trading, self.sales, 1.0)))


def sales_panel(
    table: pa.Table,
    first_day: int,
    last_day: int,
    *,
    category: str | None = None,
    store_ids: Sequence[str] = (),
    since: IntArray | None = None,
) -> SalesPanel:
    """Return the sales log as a panel over `first_day` to `last_day`, both inclusive.

    Parameters
    ----------
    table
        Rows of `sales_timeseries_data`, in any order, one per store, date and category.
    first_day, last_day
        Days since 1970-01-01; rows outside are left out.
    category
        Only this category; the sum over all if None.
    store_ids
        The stores wanted, sorted; those of the table if empty.
    since
        S, from which tick each of `store_ids` is known, where earlier rows than the table's tell; None if none do.
    """
    known = list(store_ids) or sorted_ids(table["store_id"])
    grid = Grid(pa.array(known, pa.string()), first_day, last_day - first_day + 1)
    if category is not None:
        table = table.filter(pc.equal(table["category"], category))
    cells, tick = grid.cells(table), epoch_days(table["tick"])
    store, keep = cells.store, cells.inside
    first_tick = np.full(len(known), np.iinfo(np.int64).max)
    np.minimum.at(first_tick, store[store >= 0], tick[store >= 0])
    first_tick = first_tick if since is None else np.minimum(first_tick, since)
    store, day, tick = store[keep], cells.day[keep], tick[keep]
    sales = floats(table["sales"])[keep]
    shut = pc.fill_null(pc.invert(table["is_open"]), False).to_numpy()[keep].astype(bool)
    cell = store * grid.days + day
    count = len(known) * grid.days
    rows = np.bincount(cell, minlength=count)
    late = tick > np.maximum(day + first_day, first_tick[store])
    order = np.lexsort((sales, cell)) if rows.max(initial=0) > 1 else slice(None)  # sums in an order of their own
    at, value = cell[order], sales[order]
    has = ~np.isnan(value)
    total = np.bincount(at[has], weights=value[has], minlength=count).astype(np.float64)
    total[np.bincount(at[has], minlength=count) == 0] = np.nan
    shut_rows, late_rows = (np.bincount(cell[which], minlength=count) for which in (shut, late))
    return SalesPanel(
        store_ids=tuple(known),
        first_day=first_day,
        sales=total.reshape(grid.shape),
        is_closed=((shut_rows == rows) & (rows > 0) & ~(total > 0)).reshape(grid.shape),
        late=(late_rows > 0).reshape(grid.shape),
        first_tick=first_tick,
    )


ENOUGH_DAYS = 14
"""Ordinary days from which on the correlation of stores is estimated."""


def mean_correlation(deviation: FloatArray, width: FloatArray, ordinary: BoolArray) -> float:
    """Return the mean correlation of stores' deviations on ordinary days, from 0 to 1; 1 where such days are too few.

    Parameters
    ----------
    deviation, width
        S×T, observed minus expected sales, and the width of their 90 % interval.
    ordinary
        S×T, the store-days that count.
    """
    usable = ordinary & (width > 0)
    scaled = np.divide(deviation, width, out=np.zeros_like(width), where=usable)
    n = usable.sum(axis=0)
    if (n > 1).sum() < ENOUGH_DAYS:
        return 1.0
    squares = (scaled**2).sum(axis=0)
    pairs = (scaled.sum(axis=0) ** 2 - squares)[n > 1].sum() / (n * (n - 1))[n > 1].sum()
    return float(np.clip(pairs / (squares.sum() / n.sum()), 0.0, 1.0)) if squares.sum() > 0 else 1.0


def half_width_of_sum(half_widths: FloatArray, rho: float) -> FloatArray:
    """Return the half-width of each day's sum over stores whose deviations correlate by `rho`.

    It is √((1 − ρ) Σd² + ρ (Σd)²): independence at ρ = 0, the plain sum at ρ = 1.
    """
    alone, plain = (half_widths**2).sum(axis=0), half_widths.sum(axis=0) ** 2
    return np.asarray(np.sqrt((1 - rho) * alone + rho * plain), dtype=np.float64)
