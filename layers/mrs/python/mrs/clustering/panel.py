"""Store × day matrices of how far sales were from their expectation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mrs.arrays import NORMAL_90, BoolArray, FloatArray, epoch_days, floats, sorted_unique
from mrs.panels import Grid

LOG_RATIO_LIMIT = 3.0
PANEL_COLUMNS = ("observed_sales", "expected_sales", "expected_high", "residual_z")
"""What a panel is pivoted from, beside the key of the baseline log."""


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


def all_stores(*tables: pa.Table | None) -> pa.Array:
    """Return the ids of the stores that any of the tables names, sorted; a table may be absent."""
    columns = [t["store_id"] for t in tables if t is not None]
    return sorted_unique(pa.chunked_array([chunk for c in columns for chunk in c.chunks], pa.string()))


def is_known(baseline: pa.Table) -> BoolArray:
    """Return which baseline rows tell a deviation: the store was open, sold what is known, and was expected to."""
    known = np.isfinite(floats(baseline["residual_z"])) & np.isfinite(floats(baseline["observed_sales"]))
    return np.asarray(known & (floats(baseline["expected_sales"]) > 0))


def residual_panel(baseline: pa.Table, first_day: int, last_day: int, store_ids: pa.Array) -> ResidualPanel:
    """Pivot baseline rows dated `first_day` to `last_day` for the stores given.

    Where a store and date were predicted in more than one tick, the newest tick counts.
    """
    grid = Grid(store_ids, first_day, last_day - first_day + 1)
    cells = grid.cells(baseline)
    use = np.flatnonzero(cells.inside & is_known(baseline))
    use = use[np.argsort(epoch_days(baseline["tick"])[use], kind="stable")]
    rows = baseline.take(pa.array(use))
    observed, expected, high = (floats(rows[c]) for c in ("observed_sales", "expected_sales", "expected_high"))
    floor = np.exp(-LOG_RATIO_LIMIT)
    log_ratio = np.log(np.clip(observed / expected, floor, 1 / floor))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.clip(np.log(np.maximum(high, 1e-9) / expected) / NORMAL_90, 0.02, 1.0)
    place = (cells.store[use], cells.day[use])
    return ResidualPanel(store_ids, first_day, grid.filled(*place, log_ratio), grid.filled(*place, spread))
