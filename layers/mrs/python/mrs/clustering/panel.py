"""Store × day matrices of how far sales were from their expectation; the one place that pivots the baseline log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

LOG_RATIO_LIMIT = 3.0
PANEL_COLUMNS = ("observed_sales", "expected_sales", "expected_high", "residual_z")
"""What a panel is pivoted from, beside the key of the baseline log."""
_Z90 = 1.6448536269514722


@dataclass(frozen=True)
class ResidualPanel:
    """Deviations of every store over consecutive days.

    Parameters
    ----------
    store_ids
        Sorted, unique; row `i` of the matrices is `store_ids[i]`.
    first_day
        The date of column 0, as days since the epoch.
    log_ratio
        (stores, days) log of observed over expected sales, clipped to ±3; NaN where closed or not known.
    spread
        (stores, days) usual spread of `log_ratio`, one standard deviation; NaN like it.
    """

    store_ids: pa.StringArray
    first_day: int
    log_ratio: FloatArray
    spread: FloatArray

    @property
    def n_days(self) -> int:
        """Number of days, the columns."""
        return int(self.log_ratio.shape[1])

    def column(self, day: int) -> int:
        """Return the column of `day` (days since the epoch)."""
        return day - self.first_day


def epoch_day(day: date) -> int:
    """Return `day` as days since 1970-01-01."""
    return int(day.toordinal()) - 719163


def epoch_days(column: pa.ChunkedArray | pa.Array) -> IntArray:
    """Return a date or timestamp column as days since the epoch; nulls are not allowed."""
    values = pc.cast(pc.cast(column, pa.date32()), pa.int32())
    return np.asarray(
        values.to_numpy(zero_copy_only=False) if isinstance(values, pa.Array) else values.to_numpy()
    ).astype(np.int64)


def codes_of(column: pa.ChunkedArray | pa.Array, vocabulary: pa.Array) -> IntArray:
    """Return the position of each value in `vocabulary`, -1 where it is null or not in it."""
    found = pc.fill_null(pc.index_in(column, value_set=vocabulary), -1)
    return np.asarray(found).astype(np.int64)


def sorted_unique(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return the distinct values in order, without null."""
    values = pc.unique(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)
    values = values.drop_null()
    return values.take(pc.sort_indices(values))


def floats(column: pa.ChunkedArray | pa.Array) -> FloatArray:
    """Return a numeric column as float64, null as NaN."""
    return np.asarray(
        pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False)
        if isinstance(column, pa.Array)
        else pc.cast(column, pa.float64()).to_numpy(),
        dtype=np.float64,
    )


def all_stores(*tables: pa.Table | None) -> pa.Array:
    """Return the ids of the stores that any of the tables names, sorted; a table may be absent."""
    columns = [t["store_id"] for t in tables if t is not None]
    return sorted_unique(pa.chunked_array([chunk for c in columns for chunk in c.chunks], pa.string()))


def is_known(baseline: pa.Table) -> NDArray[np.bool_]:
    """Return which baseline rows tell a deviation: the store was open, sold what is known, and was expected to."""
    known = np.isfinite(floats(baseline["residual_z"])) & np.isfinite(floats(baseline["observed_sales"]))
    return np.asarray(known & (floats(baseline["expected_sales"]) > 0))


def residual_panel(baseline: pa.Table, first_day: int, last_day: int, store_ids: pa.Array) -> ResidualPanel:
    """Pivot baseline rows dated `first_day` to `last_day` for the stores given.

    Where a store and date were predicted in more than one tick, the newest tick counts.
    """
    shape = (len(store_ids), last_day - first_day + 1)
    log_ratio, spread = np.full(shape, np.nan), np.full(shape, np.nan)
    day, store = epoch_days(baseline["date"]), codes_of(baseline["store_id"], store_ids)
    observed, expected = floats(baseline["observed_sales"]), floats(baseline["expected_sales"])
    high = floats(baseline["expected_high"])
    use = np.flatnonzero((day >= first_day) & (day <= last_day) & (store >= 0) & is_known(baseline))
    use = use[np.argsort(epoch_days(baseline["tick"])[use], kind="stable")]
    floor = np.exp(-LOG_RATIO_LIMIT)
    ratio = np.log(np.clip(observed[use] / expected[use], floor, 1 / floor))
    rows, columns = store[use], day[use] - first_day
    log_ratio[rows, columns] = ratio
    with np.errstate(divide="ignore", invalid="ignore"):
        spread[rows, columns] = np.clip(np.log(np.maximum(high[use], 1e-9) / expected[use]) / _Z90, 0.02, 1.0)
    return ResidualPanel(store_ids, first_day, log_ratio, spread)
