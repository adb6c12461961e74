"""The real BaselineModel: a ridge per store on log sales, with a slow level, a spread by type of day and a band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import MAD_TO_SIGMA, NORMAL_90, BoolArray, FloatArray, IntArray
from mrs.detection.baseline.borrowing import pooled_profile
from mrs.detection.baseline.design import DAY_TYPES, Design, Float32Array, build_design
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.level import NEVER, slow_level
from mrs.detection.baseline.ridge import gram_of_days, outlying_days, predict, solve, solve_counting, weighted_gram
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.baseline.spread import band_factor, spread_by_type
from mrs.detection.params import (
    BAND_DAYS,
    BAND_TRIM,
    DOUBT_DAYS,
    LEAST_FREEDOM,
    LENT_STRENGTH,
    LEVEL_CLIP_Z,
    LEVEL_DAYS,
    LEVEL_HALF_LIFE_DAYS,
    LEVEL_LEAST_SIGMA,
    LEVEL_PRIOR_DAYS,
    MATURE_DAYS,
    MEMORY_HALF_LIFE_DAYS,
    MOST_OUTLIERS,
    NAMED_DAY_FACTOR,
    OUTLIER_CLIP_Z,
    RIDGE_BLOCK_STORES,
    RIDGE_PENALTIES,
    RIDGE_STEP_DAYS,
    SPREAD_HALF_LIFE_DAYS,
    UNKNOWN_SIGMA,
    YEARLY_DOUBT_POWER,
)

YEARLY = ("season", "trend", "advent", "month_sin", "month_cos")


@dataclass(frozen=True)
class _Fit:
    deviation: FloatArray
    expected_log: FloatArray
    coefficients: FloatArray

    def with_rows(self, rows: IntArray, other: _Fit, moved: FloatArray) -> _Fit:
        """Return the fits with those of some stores taken from another, to sales less what their level moved."""
        deviation, expected = self.deviation.copy(), self.expected_log.copy()
        coefficients = self.coefficients.copy()
        deviation[rows], expected[rows] = other.deviation[rows], other.expected_log[rows] + moved[rows]
        coefficients[rows] = other.coefficients[rows]
        return _Fit(deviation, expected, coefficients)


@dataclass(frozen=True)
class _Past:
    """What the days before the anchor tell of S stores' lasting changes of level.

    Parameters
    ----------
    in_run
        S×B of the B days before the anchor: those away from the level for so long that they are an event, or a change
        of level that has not lasted long enough yet.
    moved
        S×T, log, by how much lasting changes have moved the level by that day.
    since
        S, first day (since 1970-01-01) of the last such change, `NEVER` for none.
    """

    in_run: BoolArray
    moved: FloatArray
    since: IntArray


class SeasonalRidge:
    """Ridge regression per store on log sales, fitted to what was known before an anchor.

    Parameters
    ----------
    memory_half_life
        Days after which a day counts half in the fit.
    level_half_life, level_strength, level_clip
        The slow level: its half-life in days, the number of days it takes to be half believed, and how many sigmas a
        day may deviate and still count.
    outlier_clip
        Days that deviate more are left out of the second fit, unless they have a name.
    """

    name = "seasonal_ridge"
    version = "1"

    def __init__(
        self,
        memory_half_life: float = MEMORY_HALF_LIFE_DAYS,
        level_half_life: float = LEVEL_HALF_LIFE_DAYS,
        level_strength: float = LEVEL_PRIOR_DAYS,
        level_clip: float = LEVEL_CLIP_Z,
        outlier_clip: float = OUTLIER_CLIP_Z,
    ) -> None:
        self._memory = memory_half_life
        self._level = (level_half_life, level_strength, level_clip)
        self._clip = outlier_clip

    def expect(self, inputs: BaselineInputs) -> Expectation:
        """Return what the stores were expected to sell; see the protocol."""
        panel = inputs.panel
        settled = inputs.anchor if inputs.peers is None else inputs.peers.anchor
        design = build_design(panel, inputs.layout, inputs.promotions, inputs.calendar, inputs.anchor, settled)
        before = inputs.anchor - panel.first_day
        usable = panel.trading & ~panel.late & ~inputs.flagged
        usable[:, :before] |= (panel.trading & ~inputs.flagged)[:, :before]
        log_sales = np.log(np.where(panel.trading, panel.sales, 1.0))
        known = usable[:, :before].sum(axis=1).astype(np.float64)
        profile = np.zeros((len(known), len(design.names)))
        if inputs.peers is not None and bool(np.any(known < MATURE_DAYS)):
            short_history = known < MATURE_DAYS
            profile[short_history] = self._borrowed(
                inputs.peers, inputs.layout.stores.take(np.flatnonzero(short_history))
            )
        fit = self._fit(design, log_sales, usable, before, profile, np.arange(len(known)))
        past = self._past(inputs, fit, usable, before)
        changed = np.flatnonzero((past.in_run | (past.moved[:, :before] != 0)).any(axis=1))
        if len(changed):
            usable[:, :before] &= ~past.in_run
            again = self._fit(design, log_sales - past.moved, usable, before, profile, changed)
            fit = fit.with_rows(changed, again, past.moved)
        return self._expectation(inputs, design, fit, usable, before, past)

    def _borrowed(self, peers: BaselineInputs, stores: StoreTable) -> FloatArray:
        """Return S×F: the pooled coefficients that short-history stores are shrunk to."""
        panel, before = peers.panel, peers.anchor - peers.panel.first_day
        design = build_design(panel, peers.layout, peers.promotions, peers.calendar, peers.anchor, peers.anchor)
        usable = panel.trading & ~peers.flagged
        log_sales = np.log(np.where(panel.trading, panel.sales, 1.0))
        nothing = np.zeros((len(usable), len(design.names)))
        fit = self._fit(design, log_sales, usable, before, nothing, np.arange(len(usable)))
        known = usable[:, :before].sum(axis=1).astype(np.float64)
        return pooled_profile(fit.coefficients, known, peers.layout.stores, stores)

    def _past(self, inputs: BaselineInputs, fit: _Fit, usable: BoolArray, before: int) -> _Past:
        """Return what the days before the anchor tell of lasting changes of level."""
        start = max(0, before - LEVEL_DAYS)
        deviation = np.where(inputs.panel.trading, fit.deviation, np.nan)[:, :before]
        sigma = _usual_size(np.where(usable[:, :before], deviation, np.nan))
        seen = _seen(inputs, usable)[:, start:before]
        found = slow_level(deviation[:, start:], sigma, usable[:, start:before], seen, *self._level)
        in_run, moved = np.zeros(deviation.shape, dtype=bool), np.zeros(usable.shape)
        in_run[:, start:], moved[:, start:before] = found.in_run(), found.moved
        if before > start:
            moved[:, before:] = found.moved[:, -1:]
        since = found.stands_since
        return _Past(in_run, moved, np.where(since == NEVER, NEVER, since + start + inputs.panel.first_day))

    def _fit(
        self,
        design: Design,
        log_sales: FloatArray,
        usable: BoolArray,
        before: int,
        profile: FloatArray,
        wanted: IntArray,
    ) -> _Fit:
        """Return the fits of the `wanted` stores, NaN for all others."""
        stores, days = log_sales.shape
        age = before - 1 - np.arange(before)
        weight = usable[:, :before] * 0.5 ** (age / self._memory)
        centre = np.sum(weight * log_sales[:, :before], axis=1) / np.maximum(weight.sum(axis=1), 1e-9)
        penalty = _penalties(design.names, usable[:, :before].sum(axis=1))
        out = _Fit(np.full((stores, days), np.nan), np.full((stores, days), np.nan), np.zeros(penalty.shape))
        begin = (
            np.where(usable[:, :before].any(axis=1), usable[:, :before].argmax(axis=1), before - 1)
            // RIDGE_STEP_DAYS
            * RIDGE_STEP_DAYS
        )
        for start in np.unique(begin[wanted]):
            members = wanted[begin[wanted] == start]
            for rows in np.split(members, range(RIDGE_BLOCK_STORES, len(members), RIDGE_BLOCK_STORES)):
                features = design.block(rows, int(start))
                target = log_sales[rows, start:] - centre[rows, None]
                counts, named = weight[rows, start:], design.named[rows, start:before]
                lent = predict(features, profile[rows])
                total = np.maximum(counts.sum(axis=1), 1e-9)
                lent -= (np.sum(lent[:, : before - start] * counts, axis=1) / total)[:, None]
                coefficients, inflation = self._solve(features, target - lent, counts, named, penalty[rows])
                out.coefficients[rows] = coefficients + profile[rows]
                expected = lent + predict(features, coefficients)
                deviation = target - expected
                deviation[:, : before - start] *= inflation[:, None]
                out.expected_log[rows, start:], out.deviation[rows, start:] = expected + centre[rows, None], deviation
        return out

    def _solve(
        self, features: Float32Array, target: FloatArray, weight: FloatArray, named: BoolArray, penalty: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the coefficients of a block, outliers left out, and by how much its residuals are too small."""
        days = weight.shape[1]
        past, goal = features[:, :, :days], np.where(weight > 0, target[:, :days], 0.0)
        gram, moment = weighted_gram(past, goal, weight)
        off = np.where(weight > 0, np.abs(goal - predict(past, solve(gram, moment, penalty))), np.nan)
        limit = self._clip * MAD_TO_SIGMA * np.nan_to_num(_median(off), nan=1.0)
        at, real = outlying_days(off, limit, named, min(MOST_OUTLIERS, days))
        dropped = np.where(real, np.take_along_axis(weight, at, axis=1), 0.0)
        less_gram, less_moment = gram_of_days(past, goal, dropped, at)
        coefficients, effective = solve_counting(gram - less_gram, moment - less_moment, penalty)
        share = effective / np.maximum(weight.sum(axis=1), 1.0)
        return coefficients, 1.0 / np.maximum(1.0 - share, LEAST_FREEDOM)

    def _expectation(
        self, inputs: BaselineInputs, design: Design, fit: _Fit, usable: BoolArray, before: int, past: _Past
    ) -> Expectation:
        deviation = np.where(inputs.panel.trading, fit.deviation, np.nan)
        known = np.where(usable, deviation, np.nan)
        sigma0 = _usual_size(known[:, :before])
        start = max(0, before - LEVEL_DAYS)
        seen = _seen(inputs, usable)
        found = slow_level(deviation[:, start:], sigma0, usable[:, start:], seen[:, start:], *self._level)
        level, since = np.zeros(deviation.shape), np.broadcast_to(past.since[:, None], deviation.shape).copy()
        level[:, start:] = found.level
        newer = found.since != NEVER
        since[:, start:][newer] = found.since[newer] + start + inputs.panel.first_day
        off = known - level
        age = np.maximum(before - 1 - np.arange(before), 0)
        recent = np.broadcast_to(0.5 ** (age / SPREAD_HALF_LIFE_DAYS), (len(off), before))
        ordinary = np.where(design.named[:, :before], np.nan, off[:, :before])
        by_type = spread_by_type(ordinary, design.day_type[:, :before], DAY_TYPES, recent)
        sigma = np.take_along_axis(by_type, design.day_type, axis=1)
        standard = (ordinary / sigma[:, :before])[:, -BAND_DAYS:]
        factor = BAND_TRIM * band_factor(standard)[:, None] / NORMAL_90
        doubt = np.sqrt(1.0 + DOUBT_DAYS / np.maximum(usable[:, :before].sum(axis=1), 1.0))[:, None]
        sigma = sigma * factor * doubt * np.where(design.named, NAMED_DAY_FACTOR, 1.0)
        return Expectation(
            log_expected=fit.expected_log + level,
            sigma=sigma,
            is_closed=design.expected_closed,
            days_known=_per_day(usable[:, :before].sum(axis=1), deviation.shape[1]),
            level_since=since,
            may_be_combined=True,
        )


def _seen(inputs: BaselineInputs, usable: BoolArray) -> BoolArray:
    """Return S×T: days of which the sales were known in time, called anomalous or not."""
    before = inputs.anchor - inputs.panel.first_day
    seen = usable | (inputs.panel.trading & inputs.flagged)
    seen[:, :before] |= inputs.panel.trading[:, :before]
    return seen


def _usual_size(deviation: FloatArray) -> FloatArray:
    """Return S: the MAD of the deviations as a standard deviation."""
    return np.maximum(MAD_TO_SIGMA * np.nan_to_num(_median(np.abs(deviation)), nan=UNKNOWN_SIGMA), LEVEL_LEAST_SIGMA)


def _per_day(values: FloatArray, days: int) -> FloatArray:
    return np.repeat(values.astype(np.float64)[:, None], days, axis=1)


def _median(values: FloatArray) -> FloatArray:
    """Return the median of each row, NaN left out; NaN where nothing is left."""
    count = np.sum(~np.isnan(values), axis=1)
    ordered = np.sort(np.where(np.isnan(values), np.inf, values), axis=1)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[:, None], axis=1)[:, 0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, values.shape[1] - 1)[:, None], axis=1)[:, 0]
    return np.where(count > 0, 0.5 * (low + high), np.nan)


def _penalties(names: tuple[str, ...], known: FloatArray) -> FloatArray:
    """Return S×F: what repeats yearly is not believed before most of a year is known."""
    base = np.array([next((v for k, v in RIDGE_PENALTIES.items() if name.startswith(k)), 1.0) for name in names])
    yearly = np.array([name.startswith(YEARLY) for name in names])
    short_history = np.clip(MATURE_DAYS / np.maximum(known, 1.0), 1.0, None) ** YEARLY_DOUBT_POWER
    held = np.where(known < MATURE_DAYS, LENT_STRENGTH, 1.0)[:, None] * base[None, :]
    return np.asarray(held * np.where(yearly[None, :], short_history[:, None], 1.0))
