"""The baseline log's rows: from expectations to Arrow, and back to the arrays that detection judges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mrs.arrays import NORMAL_90, BoolArray, FloatArray, IntArray, date_array, epoch_days, floats
from mrs.contracts import dataset
from mrs.detection.baseline.inputs import Expectation
from mrs.detection.baseline.params import COUNT_SHRINKS_BELOW, COUNTED_BELOW, SALES_FLOOR, SIGMA_RANGE, UNKNOWN_SIGMA
from mrs.detection.baseline.promoted import Promoted
from mrs.detection.refit_periods import settled_by
from mrs.identity import smallest_hashes
from mrs.panels import Grid, SalesPanel

CLASSIFIER = "anomaly_classifier_model_prediction_log"
BASELINE = "baseline_sales_model_prediction_log"


def log_deviation(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Return log(observed / expected), floored; NaN where either is not known or nothing is expected."""
    due = np.where(expected > 0, expected, np.nan)
    return np.asarray(np.log(np.maximum(observed, SALES_FLOOR * due) / due))


def counts_so_far(sales: FloatArray) -> BoolArray:
    """Return S×T: all that is known of the store up to the day are whole numbers, as units and tickets are."""
    whole = np.isnan(sales) | (sales == np.round(sales))
    return np.asarray(np.minimum.accumulate(whole, axis=1))


def no_more_than_counts(z: FloatArray, observed: FloatArray, expected: FloatArray, is_count: BoolArray) -> FloatArray:
    """Return the deviations in sigmas, of small counts no larger than chance makes them.

    A store that sells three pieces a day sells none on every twentieth: in a logarithm that is far off, by Poisson's
    distribution it is not. The tail's probability, half of the value's own counted in (mid-p; Lancaster 1961), is put
    as the normal deviate that is as unlikely.
    """
    small = is_count & (expected > 0) & (expected < COUNTED_BELOW) & ~np.isnan(z)
    if not small.any():
        return z
    from scipy.special import gammaln, ndtri, pdtr, xlogy  # most chains sell more, and need not wait for it

    seen, mean = np.maximum(np.round(observed[small]), 0.0), expected[small]
    fewer = np.where(seen > 0, pdtr(np.maximum(seen - 1, 0.0), mean), 0.0)
    as_many = np.exp(xlogy(seen, mean) - gammaln(seen + 1) - mean)  # as scipy.stats has it, which takes long to import
    by_chance = ndtri(np.clip(fewer + 0.5 * as_many, 1e-12, 1.0 - 1e-12))
    out = z.copy()
    out[small] = np.where(np.abs(by_chance) < np.abs(z[small]), by_chance, z[small])
    return out


def baseline_rows(
    panel: SalesPanel, found: Expectation, wanted: BoolArray, tick: IntArray, model: tuple[str, str]
) -> pa.Table:
    """Return the rows of the wanted stores and days.

    Parameters
    ----------
    panel, found
        What was observed and what was expected, both S×T.
    wanted
        S×T, which of them to write.
    tick
        S×T, the tick that writes each.
    model
        Name and version of the model.
    """
    store, day = np.nonzero(wanted)
    observed, closed = panel.sales[store, day], found.is_closed[store, day]
    log_expected, sigma = found.log_expected[store, day], found.sigma[store, day]
    half = NORMAL_90 * sigma
    expected = np.where(closed, 0.0, np.exp(log_expected))
    shut = closed | panel.is_closed[store, day]
    z = np.where(shut, np.nan, log_deviation(observed, expected) / sigma)
    since = np.full(len(store), -1) if found.level_since is None else found.level_since[store, day]
    before = np.full(panel.sales.shape[1], np.nan) if found.as_before is None else found.as_before
    shared = found.promoted or Promoted.nothing(panel.sales.shape)
    code, spread = shared.code[store, day], shared.spread[store, day]
    z = no_more_than_counts(z, observed, expected, counts_so_far(panel.sales)[store, day])
    columns = {
        "store_id": pa.array(np.array(panel.store_ids, dtype=object)[store], pa.string()),
        "date": date_array(day + panel.first_day),
        "observed_sales": pa.array(observed, from_pandas=True),
        "expected_sales": pa.array(expected),
        "expected_low": pa.array(np.where(closed, 0.0, np.exp(log_expected - half))),
        "expected_high": pa.array(np.where(closed, 0.0, np.exp(log_expected + half))),
        "residual_z": pa.array(z, from_pandas=True),
        "level_since": date_array(since, since < 0),
        "as_before": pa.array(before[day], from_pandas=True),
        "promotion_code": pa.array(code, mask=code == 0),
        "promotion_spread": pa.array(spread, mask=code == 0),
        "model_name": pa.repeat(model[0], len(store)),
        "model_version": pa.repeat(model[1], len(store)),
        "tick": date_array(tick[store, day]),
    }
    schema = dataset(BASELINE).stage_schema
    return pa.table([columns[n] for n in schema.names], schema=schema)


@dataclass(frozen=True)
class PredictionPanel:
    """The baseline log of S stores over T days, as arrays; NaN where there is no row.

    Parameters
    ----------
    store_ids, first_day
        The stores, sorted, and the first day since 1970-01-01.
    observed, expected, z
        S×T; `z` is NaN where a store was closed or nothing is known.
    sigma
        S×T, usual spread of the log deviation; a usual value where there is no row.
    written
        S×T, whether there is a row of the day's own tick.
    settled
        S, True for reference stores: those known when the refit period began; in a large chain, the known stores
        with the smallest hashes.
    level_since
        S×T, first day of the lasting change of level that the expectation stands on; -1 for none.
    as_before
        T, by how much more (log) the whole chain would have sold than expected if it had stood out as on the last day
        with one of the day's names, a month or a year before; NaN where it did not.
    promoted
        Which stores share their promotions.
    """

    store_ids: tuple[str, ...]
    first_day: int
    observed: FloatArray
    expected: FloatArray
    z: FloatArray
    sigma: FloatArray
    written: BoolArray
    settled: BoolArray
    level_since: IntArray
    as_before: FloatArray
    promoted: Promoted

    @property
    def deviation(self) -> FloatArray:
        """S×T, log of observed over expected; NaN where the store was closed or nothing is known.

        Where the day deviates less by its distribution than by its logarithm, as small counts do, it is so much less.
        """
        log = log_deviation(self.observed, self.expected)
        told = self.z * self.sigma
        return np.where(np.isnan(self.z), np.nan, np.where(np.abs(told) < COUNT_SHRINKS_BELOW * np.abs(log), told, log))


def prediction_panel(
    table: pa.Table,
    store_ids: Sequence[str],
    first_day: int,
    days: int,
    anchor: int,
    reference_stores: int | None = None,
) -> PredictionPanel:
    """Return the baseline log as a panel of a fixed span; `reference_stores` caps the number of reference stores.

    Rows about days before their own tick warm up a store that is new; they count from the run's first tick, or from
    the refit after the tick that wrote them.
    """
    layout = Grid(pa.array(list(store_ids), pa.string()), first_day, days)
    cells, tick = layout.cells(table), epoch_days(table["tick"])
    store, day = cells.store, cells.day + first_day
    settled = settled_by(anchor, int(tick.min()) if len(tick) else anchor)
    keep = cells.inside & ((tick == day) | (tick <= settled))
    at = (store[keep], cells.day[keep])

    def grid(values: FloatArray, empty: float) -> FloatArray:
        return layout.filled(*at, values, empty)

    low, high = floats(table["expected_low"])[keep], floats(table["expected_high"])[keep]
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.where(low > 0, np.log(high / np.where(low > 0, low, 1.0)) / (2 * NORMAL_90), UNKNOWN_SIGMA)
    since = np.nan_to_num(floats(table["level_since"].cast(pa.int32())), nan=-1.0)
    known_by_then = np.zeros(len(store_ids), dtype=bool)
    known_by_then[store[(store >= 0) & (day >= first_day) & (tick <= settled)]] = True
    if reference_stores is not None and int(known_by_then.sum()) > reference_stores:
        chosen = smallest_hashes([store_ids[int(i)] for i in np.flatnonzero(known_by_then)], reference_stores)
        known_by_then = np.isin(np.array(store_ids, dtype=object), chosen)
    written = np.zeros((len(store_ids), days), dtype=bool)
    on_its_day = (tick == day)[keep]
    written[at] = on_its_day
    as_before = np.full(days, np.nan)
    as_before[at[1][on_its_day]] = floats(table["as_before"])[keep][on_its_day]  # of a day all rows say the same
    return PredictionPanel(
        tuple(store_ids),
        first_day,
        grid(floats(table["observed_sales"])[keep], np.nan),
        grid(floats(table["expected_sales"])[keep], np.nan),
        grid(floats(table["residual_z"])[keep], np.nan),
        grid(np.clip(sigma, *SIGMA_RANGE), UNKNOWN_SIGMA),
        written,
        known_by_then,
        grid(since[keep], -1.0).astype(np.int64),
        as_before,
        Promoted(
            grid(np.nan_to_num(floats(table["promotion_code"])[keep]), 0.0).astype(np.int64),
            grid(np.nan_to_num(floats(table["promotion_spread"])[keep]), 0.0),
        ),
    )
