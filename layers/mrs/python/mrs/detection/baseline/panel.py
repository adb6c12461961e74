"""Sales as dense arrays of stores × days, made from the Arrow log without a loop over rows; nothing is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import BoolArray, FloatArray, IntArray, codes_in, epoch_days, floats, sorted_ids


@dataclass(frozen=True)
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
        S×T, True where the store is said to be closed.
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

    @property
    def seen(self) -> BoolArray:
        """Where a value is known."""
        return ~np.isnan(self.sales)

    @property
    def trading(self) -> BoolArray:
        """Where the store sold something while not closed."""
        return (np.nan_to_num(self.sales) > 0) & ~self.is_closed


def sales_panel(
    table: pa.Table, first_day: int, last_day: int, *, category: str | None = None, store_ids: Sequence[str] = ()
) -> SalesPanel:
    """Return the sales log as a panel over `first_day` to `last_day`, both inclusive.

    Parameters
    ----------
    table
        Rows of `sales_timeseries_data`, in any order, one per store, date and category.
    first_day, last_day
        Days since 1970-01-01; rows outside are left out.
    category
        Only this category; None: the sum over all.
    store_ids
        The stores wanted, sorted; empty: those of the table.
    """
    known = list(store_ids) or sorted_ids(table["store_id"])
    width = last_day - first_day + 1
    if category is not None:
        table = table.filter(pc.equal(table["category"], category))
    store, day, tick = codes_in(table["store_id"], known), epoch_days(table["date"]), epoch_days(table["tick"])
    first_tick = np.full(len(known), np.iinfo(np.int64).max)
    np.minimum.at(first_tick, store[store >= 0], tick[store >= 0])
    keep = (store >= 0) & (day >= first_day) & (day <= last_day)
    store, day, tick = store[keep], day[keep], tick[keep]
    sales = floats(table["sales"])[keep]
    shut = pc.fill_null(pc.invert(table["is_open"]), False).to_numpy()[keep].astype(bool)
    cell = store * width + day - first_day
    count = len(known) * width
    alone = np.bincount(cell, minlength=1).max() <= 1
    order = np.arange(len(cell)) if alone else np.lexsort((sales, cell))
    cell, value = cell[order], sales[order]
    has = ~np.isnan(value)
    total = np.bincount(cell[has], weights=value[has], minlength=count).astype(np.float64)
    total[np.bincount(cell[has], minlength=count) == 0] = np.nan
    rows, shut_rows = np.bincount(cell, minlength=count), np.bincount(cell, weights=shut[order], minlength=count)
    late_rows = np.bincount(cell, weights=(tick > np.maximum(day, first_tick[store]))[order], minlength=count)
    shape = (len(known), width)
    return SalesPanel(
        store_ids=tuple(known),
        first_day=first_day,
        sales=total.reshape(shape),
        is_closed=((shut_rows == rows) & (rows > 0)).reshape(shape),
        late=(late_rows > 0).reshape(shape),
        first_tick=first_tick,
    )
