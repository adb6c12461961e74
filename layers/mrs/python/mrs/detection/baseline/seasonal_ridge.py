"""The real BaselineModel: a ridge per store on log sales, with a slow level, a spread by type of day and a band."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from mrs.arrays import MAD_TO_SIGMA, NORMAL_90, BoolArray, FloatArray, IntArray, with_rows
from mrs.detection.baseline.borrowing import pooled_profile
from mrs.detection.baseline.design import (
    DAY_TYPES,
    LEAD_DAYS,
    Design,
    Float32Array,
    build_design,
    expected_closings,
)
from mrs.detection.baseline.inputs import BaselineInputs, Expectation, Lenders
from mrs.detection.baseline.level import NEVER, LastingChanges, Levels, slow_level
from mrs.detection.baseline.openings import days_open, is_unconfirmed, opening_days, season_doubt
from mrs.detection.baseline.params import (
    BAND_DAYS,
    BAND_TRIM,
    LEAST_FREEDOM,
    LEVEL_CLIP_Z,
    LEVEL_DAYS,
    LEVEL_HALF_LIFE_DAYS,
    LEVEL_LEAST_SIGMA,
    LEVEL_PRIOR_DAYS,
    MATURE_DAYS,
    MEMORY_HALF_LIFE_DAYS,
    MOST_OUTLIERS,
    OUTLIER_CLIP_Z,
    RIDGE_BLOCK_STORES,
    RIDGE_STEP_DAYS,
    SPREAD_HALF_LIFE_DAYS,
    STEP_AHEAD_DAYS,
    UNKNOWN_SIGMA,
)
from mrs.detection.baseline.penalties import is_yearly, penalties
from mrs.detection.baseline.ridge import (
    held,
    inverse_of,
    outlying_days,
    predict,
    weighted_gram,
    without_days,
)
from mrs.detection.baseline.ridge_fit import PastExpected, RidgeFit
from mrs.detection.baseline.spread import band_factor, spread_by_type
from mrs.panels import SalesPanel
from mrs.threads import two_at_a_time


@dataclass(frozen=True)
class _Fit:
    deviation: FloatArray
    expected_log: FloatArray
    coefficients: FloatArray
    centre: FloatArray
    lent: FloatArray


@dataclass(frozen=True)
class _Standing:
    """How far S stores usually deviate, and their slow level on the last `LEVEL_DAYS` days before the anchor."""

    size: FloatArray
    levels: Levels


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
        return self.ahead(inputs, self.fit(inputs))

    def fit(self, inputs: BaselineInputs) -> RidgeFit:
        """Return what the days before the anchor say."""
        panel = inputs.panel
        lends = inputs.lenders or inputs.peers
        settled = inputs.anchor if lends is None else lends.anchor
        before = inputs.anchor - panel.first_day
        opened = opening_days(panel.trading[:, :before], panel.first_day, inputs.begun)
        design = _design_of(inputs, inputs.anchor, settled, opened)
        usable = (panel.trading & ~inputs.flagged)[:, :before]
        log_sales = panel.log_sales[:, :before]
        known = usable.sum(axis=1).astype(np.float64)
        open_for = days_open(opened, inputs.anchor)
        profile, doubt = np.zeros((len(known), len(design.names))), np.ones(len(known))
        young = np.flatnonzero((known < MATURE_DAYS) | is_unconfirmed(open_for))
        if lends is not None and len(young):
            peers = lends if isinstance(lends, Lenders) else self.lenders(lends)
            profile[young] = pooled_profile(
                peers.coefficients, peers.known, peers.stores, inputs.layout.stores.take(young)
            )
            profile[(known >= MATURE_DAYS)[:, None] & ~is_yearly(design.names)] = 0.0
            doubt = season_doubt(open_for)
        fit = self._fit(design, np.arange(len(known)), log_sales, usable, profile, doubt)
        standing = self._standing(panel.trading[:, :before], fit.deviation, usable)
        past = standing.levels.changes(panel.first_day, before)
        changed = np.flatnonzero((past.in_run | (past.moved != 0)).any(axis=1))
        if len(changed):
            usable &= ~past.in_run
            moved = past.moved[changed]
            again = self._fit(
                design, changed, log_sales[changed] - moved, usable[changed], profile[changed], doubt[changed]
            )
            theirs = self._standing(panel.trading[changed, :before], again.deviation, usable[changed])
            fit = with_rows(fit, changed, replace(again, expected_log=again.expected_log + moved))
            standing = with_rows(standing, changed, theirs)
        return self._made(panel, design, profile, fit, past, standing, usable, settled, opened)

    def ahead(self, inputs: BaselineInputs, fit: RidgeFit) -> Expectation:
        """Return what the stores were expected to sell from the fit's anchor on, and before it if the fit still knows.

        The fit's stores are those of the inputs. Of the days before the anchor the inputs need only tell whether a
        store traded, but for the last weeks (`SalesPanel.outlined`).
        """
        panel = inputs.panel
        before, days = fit.anchor - panel.first_day, panel.sales.shape[1]
        begin = max(0, days - -(-(days - before + LEAD_DAYS) // STEP_AHEAD_DAYS) * STEP_AHEAD_DAYS)
        design = _design_of(inputs, fit.anchor, fit.settled, fit.opened, begin)
        expected = self._predicted(design, fit)[:, before - begin :]
        trading, flagged = panel.trading[:, before:], inputs.flagged[:, before:]
        usable = trading & ~panel.late[:, before:] & ~flagged
        deviation = np.where(
            trading, panel.log_sales[:, before:] - fit.moved[:, None] - fit.centre[:, None] - expected, np.nan
        )
        found = slow_level(deviation, fit.size, usable, usable | (trading & flagged), *self._level, state=fit.level)
        first = panel.first_day + max(0, before - LEVEL_DAYS)
        later = design.since(before - begin)
        past = fit.past or PastExpected.nothing(len(expected), before)
        log_expected = expected + fit.centre[:, None] + fit.moved[:, None] + found.level
        since = np.where(found.since != NEVER, found.since + first, fit.since[:, None])
        return Expectation(
            log_expected=np.hstack([past.log_expected, log_expected]),
            sigma=np.hstack([past.sigma, fit.sigma(later.day_type, later.named)]),
            is_closed=expected_closings(panel),
            days_known=_per_day(fit.known, days),
            level_since=np.hstack([past.since, since]),
            may_be_combined=True,
        )

    def _predicted(self, design: Design, fit: RidgeFit) -> FloatArray:
        """Return S×T: what the features of some days say beyond the mean."""
        out = np.empty((len(fit.known), design.shared.shape[1]))

        def predict_block(rows: IntArray) -> None:
            features = design.block(rows, 0)
            lent = _lent(features, fit.profile[rows]) - fit.lent[rows, None]
            out[rows] = lent + predict(features, fit.coefficients[rows])

        two_at_a_time(predict_block, _blocks(np.arange(len(out))))
        return out

    def lenders(self, peers: BaselineInputs) -> Lenders:
        """Return what short-history stores are shrunk to."""
        panel, before = peers.panel, peers.anchor - peers.panel.first_day
        opened = opening_days(panel.trading[:, :before], panel.first_day, peers.begun)
        design = _design_of(peers, peers.anchor, peers.anchor, opened)
        usable = (panel.trading & ~peers.flagged)[:, :before]
        log_sales = panel.log_sales[:, :before]
        nothing = np.zeros((len(usable), len(design.names)))
        fit = self._fit(design, np.arange(len(usable)), log_sales, usable, nothing, np.ones(len(usable)))
        known = usable.sum(axis=1).astype(np.float64)
        return Lenders(peers.anchor, peers.layout.stores, fit.coefficients, known)

    def _standing(self, trading: BoolArray, deviation: FloatArray, usable: BoolArray) -> _Standing:
        """Return where stores stand, by their deviations on the days before the anchor (S×B)."""
        start = max(0, usable.shape[1] - LEVEL_DAYS)
        size = _usual_size(np.where(usable & trading, deviation, np.nan))
        off = np.where(trading, deviation, np.nan)[:, start:]
        return _Standing(size, slow_level(off, size, usable[:, start:], trading[:, start:], *self._level))

    def _fit(
        self,
        design: Design,
        at: IntArray,
        log_sales: FloatArray,
        usable: BoolArray,
        profile: FloatArray,
        doubt: FloatArray,
    ) -> _Fit:
        """Return the fits of some stores, which are those at `at` of the design, to the days of `log_sales`."""
        stores, before = log_sales.shape
        age = before - 1 - np.arange(before)
        weight = usable * 0.5 ** (age / self._memory)
        centre = np.sum(weight * log_sales, axis=1) / np.maximum(weight.sum(axis=1), 1e-9)
        penalty = penalties(design.names, usable.sum(axis=1), doubt)
        out = _Fit(
            np.full((stores, before), np.nan),
            np.full((stores, before), np.nan),
            np.zeros(penalty.shape),
            centre,
            np.zeros(stores),
        )
        begin = np.where(usable.any(axis=1), usable.argmax(axis=1), before - 1) // RIDGE_STEP_DAYS * RIDGE_STEP_DAYS

        live = design.live(before)[at]

        def fit_block(rows: IntArray) -> None:
            start, wanted = int(begin[rows[0]]), np.flatnonzero(live[rows[0]])  # what never happened says nothing
            cells = np.ix_(rows, wanted)
            features = design.block(at[rows], start, wanted)
            target = log_sales[rows, start:] - centre[rows, None]
            counts, named = weight[rows, start:], design.named[at[rows], start:before]
            lent = _lent(features, profile[cells])[:, : before - start]
            total = np.maximum(counts.sum(axis=1), 1e-9)
            out.lent[rows] = np.sum(lent * counts, axis=1) / total
            lent -= out.lent[rows, None]
            coefficients, inflation = self._solve(features, target - lent, counts, named, penalty[cells])
            out.coefficients[cells] = coefficients
            expected = lent + predict(features, coefficients)[:, : before - start]
            out.deviation[rows, start:] = (target - expected) * inflation[:, None]
            out.expected_log[rows, start:] = expected + centre[rows, None]

        alike = defaultdict[tuple[int, bytes], list[int]](list)
        for store, kind in enumerate(zip(begin.tolist(), map(bytes, np.packbits(live, axis=1)), strict=True)):
            alike[kind].append(store)
        two_at_a_time(fit_block, (rows for members in alike.values() for rows in _blocks(np.array(members))))
        return out

    def _solve(
        self, features: Float32Array, target: FloatArray, weight: FloatArray, named: BoolArray, penalty: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the coefficients of a block, outliers left out, and by how much its residuals are too small."""
        days = weight.shape[1]
        past, goal = features[:, :, :days], np.where(weight > 0, target, 0.0)
        gram, moment = weighted_gram(past, goal, weight)
        inverse = inverse_of(held(gram, penalty))
        off = np.where(weight > 0, np.abs(goal - predict(past, np.matmul(inverse, moment[..., None])[..., 0])), np.nan)
        limit = self._clip * MAD_TO_SIGMA * np.nan_to_num(_median(off), nan=1.0)
        at, real = outlying_days(off, limit, named, min(MOST_OUTLIERS, days))
        root = np.sqrt(np.where(real, np.take_along_axis(weight, at, axis=1), 0.0))
        dropped = np.take_along_axis(past, at[:, None, :], axis=2).astype(np.float64) * root[:, None, :]
        coefficients, diagonal = without_days(inverse, moment, dropped, np.take_along_axis(goal, at, axis=1) * root)
        effective = np.maximum(np.sum(1.0 - diagonal * penalty, axis=1), 0.0)
        share = effective / np.maximum(weight.sum(axis=1), 1.0)
        return coefficients, 1.0 / np.maximum(1.0 - share, LEAST_FREEDOM)

    def _made(
        self,
        panel: SalesPanel,
        design: Design,
        profile: FloatArray,
        fit: _Fit,
        past: LastingChanges,
        standing: _Standing,
        usable: BoolArray,
        settled: int,
        opened: IntArray,
    ) -> RidgeFit:
        """Return the fit with where the slow level stands, how far days spread, and what was expected of the past."""
        before = usable.shape[1]
        start = max(0, before - LEVEL_DAYS)
        known, found = np.where(usable & panel.trading[:, :before], fit.deviation, np.nan), standing.levels
        level, since = np.zeros(known.shape), np.broadcast_to(past.since[:, None], known.shape).copy()
        level[:, start:] = found.level
        newer = found.since != NEVER
        since[:, start:][newer] = found.since[newer] + start + panel.first_day
        off = known - level
        age = np.maximum(before - 1 - np.arange(before), 0)
        recent = 0.5 ** (age / SPREAD_HALF_LIFE_DAYS)
        day_type, named = design.day_type[:, :before], design.named[:, :before]
        ordinary = np.where(named, np.nan, off)
        by_type = spread_by_type(ordinary, day_type, DAY_TYPES, recent)
        standard = ordinary[:, -BAND_DAYS:] / np.take_along_axis(by_type, day_type[:, -BAND_DAYS:], axis=1)
        factor = BAND_TRIM * band_factor(standard) / NORMAL_90
        made = RidgeFit(
            anchor=panel.first_day + before,
            settled=settled,
            names=design.names,
            coefficients=fit.coefficients,
            profile=profile,
            centre=fit.centre,
            lent=fit.lent,
            moved=past.moved[:, -1] if before else np.zeros(len(profile)),
            since=past.since,
            opened=opened,
            size=standing.size,
            spread=by_type,
            factor=factor,
            known=usable.sum(axis=1).astype(np.float64),
            level=found.after,
        )
        return replace(made, past=PastExpected(fit.expected_log + level, made.sigma(day_type, named), since))


def _design_of(inputs: BaselineInputs, anchor: int, settled: int, opened: IntArray, begin: int = 0) -> Design:
    layout, promotions, calendar = inputs.layout, inputs.promotions, inputs.calendar
    return build_design(inputs.panel, layout, promotions, calendar, anchor, settled, opened, begin)


def _blocks(rows: IntArray) -> list[IntArray]:
    return np.split(rows, range(RIDGE_BLOCK_STORES, len(rows), RIDGE_BLOCK_STORES))


def _lent(features: Float32Array, profile: FloatArray) -> FloatArray:
    """Return b×T: what is borrowed; most stores borrow nothing."""
    return predict(features, profile) if profile.any() else np.zeros((len(features), features.shape[-1]))


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
