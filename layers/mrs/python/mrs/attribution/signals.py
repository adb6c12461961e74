"""Signals as matrices: each value against what was usual for it in the weeks before, as known at the time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mrs.arrays import (
    MAD_TO_SIGMA,
    NORMAL_UPPER_DECILE,
    FloatArray,
    IntArray,
    codes_in,
    epoch_days,
    floats,
    known_or_zero,
    sorted_unique,
)
from mrs.attribution.params import (
    LEAST_ELSEWHERE,
    LEAST_KNOWN_DAYS,
    RUN_DAYS,
    SEASON_FOLLOWED,
    USUAL_DAYS,
)
from mrs.attribution.signal_specs import SPECS, SignalSpec
from mrs.clustering.reports import Places

DAYS_TO_TODAY = np.arange(USUAL_DAYS) - USUAL_DAYS
"""The days before a day, counted from it."""
BLOCK_ROWS = 500
"""Units that are looked at together where each takes much memory for a moment."""
_NAMED, _READ = ("feed", "signal"), ("source", "store_id", "region", "date", "value")


@dataclass(frozen=True)
class Signal:
    """One signal over units (stores, regions, or the whole country) and days.

    Parameters
    ----------
    spec, source
        What it is; the platform or competitor where it has several, else "".
    row
        (stores,) the unit whose values apply to each store, -1 for none.
    value
        (units, days) as it was reported; NaN where not known.
    usual, spread
        (units, days) centre and one spread of the `USUAL_DAYS` before each day, in the signal's scale.
    dose
        (units, days) distance from usual towards the side that counts, in the signal's scale; 0 where not known.
    active
        (units, days) 0 to 1: how far the signal counts as unusual.
    """

    spec: SignalSpec
    source: str
    row: IntArray
    value: FloatArray
    usual: FloatArray
    spread: FloatArray
    dose: FloatArray
    active: FloatArray

    @cached_property
    def gap(self) -> FloatArray:
        """(units, days) distance from usual, in the signal's scale; NaN where not known."""
        return to_scale(self.value, self.spec) - self.usual

    @property
    def name(self) -> str:
        """Name with its source."""
        return f"{self.spec.name}/{self.source}" if self.source else self.spec.name


def smooth_step(x: FloatArray, low: float, high: float) -> FloatArray:
    """Return 0 below `low`, 1 above `high`, and a smooth rise between."""
    at = np.clip((x - low) / (high - low), 0.0, 1.0)
    return np.asarray(at * at * (3 - 2 * at))


def to_scale(value: FloatArray, spec: SignalSpec) -> FloatArray:
    """Return the value in the scale in which it is compared."""
    if spec.scale != "log":
        return value
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.log(np.maximum(value + spec.offset, 1e-6))


def from_scale(value: FloatArray, spec: SignalSpec) -> FloatArray:
    """Return a value of the scale as it is reported."""
    if spec.scale == "log":
        return np.maximum(np.exp(value) - spec.offset, 0.0)
    return np.maximum(value, 0.0) if spec.scale == "rain" else value


def judged(
    spec: SignalSpec, source: str, row: IntArray, value: FloatArray, elsewhere: FloatArray | None = None
) -> Signal:
    """Judge each value against the days before it, or beside what is elsewhere where it is more unusual so.

    Most of what is chance in a temperature all regions of a country share: a place much colder than the others is cold,
    however mild its country is. What a country shares still counts by itself.

    Parameters
    ----------
    elsewhere
        (days,) in the signal's scale, what the regions have in common; NaN where it is not known.
    """
    scaled = to_scale(value, spec)
    found = _against_days_before(scaled, spec)
    if elsewhere is not None:
        apart = _against_days_before(scaled - elsewhere, spec)
        is_same_way = (scaled - elsewhere - apart[0]) * (scaled - found[0]) > 0
        better = is_same_way & (apart[-1] > found[-1])
        apart = (apart[0] + elsewhere, *apart[1:])
        found = tuple(np.where(better, a, b) for a, b in zip(apart, found, strict=True))
    return Signal(spec, source, row, value, *found)


def _against_days_before(scaled: FloatArray, spec: SignalSpec) -> tuple[FloatArray, ...]:
    """Return what is usual, its spread, the dose and the activity, as `Signal` has them."""
    usual, spread = _usual(scaled, spec)
    dose, active = dose_and_activity(scaled - usual, spread, spec)
    return usual, spread, dose, np.maximum(active, _active_in_runs(scaled - usual, dose, spread, spec))


def dose_and_activity(distance: FloatArray, spread: FloatArray, spec: SignalSpec) -> tuple[FloatArray, FloatArray]:
    """Return how far values are from usual towards the side that counts, and 0 to 1 how far each counts as unusual."""
    distance = known_or_zero(distance)
    dose = np.abs(distance) if spec.side == 0 else np.maximum(spec.side * distance, 0.0)
    spread_or_none = np.where(np.isfinite(spread), spread, np.inf)
    return dose, smooth_step(dose / spread_or_none, *spec.unusual) * smooth_step(dose, *spec.matters)


def _active_in_runs(distance: FloatArray, dose: FloatArray, spread: FloatArray, spec: SignalSpec) -> FloatArray:
    """Return 0 to 1: how far the mean of a day and the days before it counts as unusual.

    In a signal that scatters, such as spend, days together tell what none of them does by itself: the error of a mean
    falls with the root of their number. A day that is usual by itself is not part of a run.
    """
    distance, spread = known_or_zero(distance), np.where(np.isfinite(spread), spread, np.inf)
    mean = sum(np.pad(distance, ((0, 0), (k, 0)))[:, : distance.shape[1]] for k in range(RUN_DAYS)) / RUN_DAYS
    level = np.abs(mean) if spec.side == 0 else np.maximum(spec.side * mean, 0.0)
    is_part = smooth_step(dose, 0.0, spec.matters[1])
    return np.asarray(
        smooth_step(level * np.sqrt(RUN_DAYS) / spread, *spec.unusual) * smooth_step(level, *spec.matters) * is_part
    )


def flagged(spec: SignalSpec, row: IntArray, flag: FloatArray) -> Signal:
    """Return a signal that is its own activity: 0 for no entry in the calendar, 1 for one out of the ordinary."""
    zero = np.zeros_like(flag)
    return Signal(spec, "", row, flag, zero, zero + 1.0, flag, flag)


def _usual(scaled: FloatArray, spec: SignalSpec) -> tuple[FloatArray, FloatArray]:
    """Return median and robust spread of the days before each day; NaN where fewer than a week is known.

    The first `USUAL_DAYS` columns serve as history only.
    """
    usual, spread = np.full_like(scaled, np.nan), np.full_like(scaled, np.nan)
    if scaled.shape[1] <= USUAL_DAYS:
        return usual, spread
    for start in range(0, len(scaled), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        windows = sliding_window_view(scaled[block], USUAL_DAYS, axis=1)[:, :-1]
        usual[block, USUAL_DAYS:], spread[block, USUAL_DAYS:] = _centre_and_spread(windows, spec)
    return usual, np.maximum(spread, spec.least_spread)


def _centre_and_spread(windows: FloatArray, spec: SignalSpec) -> tuple[FloatArray, FloatArray]:
    known = np.isfinite(windows).sum(axis=2)
    if spec.moves_with_season:
        windows = windows - SEASON_FOLLOWED * _trend(windows)[..., None] * DAYS_TO_TODAY
    centre = quantile(windows, known, 0.5)
    if spec.scale == "rain":
        return centre, (quantile(windows, known, 0.9) - centre + spec.least_spread) / NORMAL_UPPER_DECILE
    return centre, MAD_TO_SIGMA * quantile(np.abs(windows - centre[..., None]), known, 0.5)


def _trend(windows: FloatArray) -> FloatArray:
    """Return the slope a day of the known values along the last axis, by least squares; 0 where fewer than two are."""
    known = np.isfinite(windows)
    n = np.maximum(known.sum(axis=2), 1)
    day = np.where(known, DAYS_TO_TODAY - (known @ DAYS_TO_TODAY / n)[..., None], 0.0)
    square = (day**2).sum(axis=2)
    return np.asarray((day * known_or_zero(windows)).sum(axis=2) / np.where(square > 0, square, 1.0))


def quantile(windows: FloatArray, known: IntArray, q: float) -> FloatArray:
    """Return a quantile of the known values along the last axis; NaN where fewer than a week is known."""
    ordered = np.sort(windows, axis=2)
    at = q * np.maximum(known - 1, 0)
    low, high = np.floor(at).astype(np.int64), np.ceil(at).astype(np.int64)
    below = np.take_along_axis(ordered, low[..., None], axis=2)[..., 0]
    above = np.take_along_axis(ordered, high[..., None], axis=2)[..., 0]
    return np.where(known >= LEAST_KNOWN_DAYS, below + (at - low) * (above - below), np.nan)


def context_signals(
    context: pa.Table, places: Places, store_ids: pa.Array, first_day: int, n_days: int
) -> list[Signal]:
    """Return every daily signal in `context_signals_data`, in a fixed order."""
    day = epoch_days(context["date"]) - first_day
    inside = (day >= 0) & (day < n_days)
    context = context.select([*_NAMED, *_READ])
    context = context if inside.all() else context.filter(pa.array(inside))
    found = []
    for spec in SPECS:
        named = pc.and_(pc.equal(context["signal"], spec.name), pc.equal(context["feed"], spec.feed))
        rows = context.select(_READ).filter(named)
        if not rows.num_rows:
            continue
        source = pc.fill_null(rows["source"], "")
        if spec.name == "spend":
            source = pc.list_element(pc.split_pattern(source, "/"), 0)
        elif spec.name != "competitor_availability":
            source = pa.chunked_array([pa.repeat("", rows.num_rows)])
        for name in sorted_unique(source).to_pylist():
            part = rows.filter(pc.equal(source, name))
            row, value = _units(part, places, store_ids, first_day, n_days, adds=spec.name in ("spend", "mentions"))
            elsewhere = _in_common(part, first_day, n_days) if spec.moves_with_season else None
            found.append(judged(spec, name, row, value, elsewhere))
    return found


def _in_common(rows: pa.Table, first_day: int, n_days: int) -> FloatArray:
    """Return the median of the regions on each day, whether they have stores or not; NaN of fewer than a few."""
    rows = rows.filter(pc.and_(pc.is_null(rows["store_id"]), pc.is_valid(rows["region"])))
    names = sorted_unique(rows["region"])
    value = np.full((len(names), n_days), np.nan)
    value[codes_in(rows["region"], names), epoch_days(rows["date"]) - first_day] = floats(rows["value"])
    known = np.isfinite(value).sum(axis=0)
    enough = known >= LEAST_ELSEWHERE
    out = np.full(n_days, np.nan)
    out[enough] = np.nanmedian(value[:, enough], axis=0)
    return out


def _units(
    rows: pa.Table, places: Places, store_ids: pa.Array, first_day: int, n_days: int, adds: bool
) -> tuple[IntArray, FloatArray]:
    """Pivot one signal: a store takes its own rows, else its region's, else the country's.

    Several rows of one unit and day (categories, campaigns) are summed or averaged.
    """
    n_stores, n_regions = len(store_ids), len(places.regions)
    store, region = codes_in(rows["store_id"], store_ids), codes_in(rows["region"], places.regions)
    no_store, no_region = np.asarray(rows["store_id"].is_null()), np.asarray(rows["region"].is_null())
    unit = np.where(store >= 0, store, np.where(no_store & (region >= 0), n_stores + region, -1))
    unit = np.where(no_store & no_region, n_stores + n_regions, unit)
    day, value = epoch_days(rows["date"]) - first_day, floats(rows["value"])
    use = (unit >= 0) & np.isfinite(value)
    total, count = np.zeros((n_stores + n_regions + 1, n_days)), np.zeros((n_stores + n_regions + 1, n_days))
    np.add.at(total, (unit[use], day[use]), value[use])
    np.add.at(count, (unit[use], day[use]), 1.0)
    if adds and count[-1].any():
        total[n_stores:-1] += total[-1]
        count[n_stores:-1] += count[-1] * (count[n_stores:-1].any(axis=1, keepdims=True))
    with np.errstate(invalid="ignore"):
        matrix = np.where(count > 0, total if adds else total / np.maximum(count, 1), np.nan)
    has_rows: NDArray[np.bool_] = np.any(count > 0, axis=1)
    own = np.arange(n_stores)
    of_region = np.where(places.region >= 0, n_stores + places.region, n_stores + n_regions)
    row = np.where(has_rows[own], own, np.where(has_rows[of_region], of_region, n_stores + n_regions))
    row = np.where(has_rows[row], row, -1)
    used = np.unique(row[row >= 0])
    place = np.full(len(has_rows), -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    return np.where(row >= 0, place[row], -1), matrix[used]


def sources(signals: Sequence[Signal]) -> frozenset[str]:
    """Return the feeds that have at least one signal."""
    return frozenset(s.spec.feed for s in signals)
