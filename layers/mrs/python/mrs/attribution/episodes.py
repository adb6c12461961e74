"""Reports pooled into their events: direction, days, size and course of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mrs.arrays import FloatArray, IntArray, known_or_zero
from mrs.attribution.params import (
    BEGAN_DAYS,
    BEGAN_PRIOR,
    CLEAR_PAUSE,
    FOUND_TOO_HIGH,
    LOOK_BACK_FROM_ONSET,
    PRE_DAYS,
    REGIONAL_NOISE,
    WINDOW_DAYS,
)
from mrs.clustering.panel import ResidualPanel
from mrs.clustering.reports import Reports


@dataclass(frozen=True)
class Grouping:
    """Which reports belong to which event, laid out for fast sums.

    Parameters
    ----------
    event
        (reports,) the event's row, 0, 1, … without gaps.
    order, start
        Reports sorted by event, and where each event begins in that order.
    size
        (events,) number of reports.
    """

    event: IntArray
    order: IntArray
    start: IntArray
    size: IntArray

    @classmethod
    def of(cls, event: IntArray) -> Grouping:
        """Return the grouping that `event` describes."""
        size = np.bincount(event).astype(np.int64)
        return cls(event, np.argsort(event, kind="stable"), np.cumsum(size) - size, size)

    def total(self, values: FloatArray) -> FloatArray:
        """Return the sum over each event's reports of values given per report."""
        if not len(self.size):
            return np.zeros((0, *values.shape[1:]))
        return np.asarray(np.add.reduceat(values[self.order], self.start, axis=0))

    def mean(self, values: FloatArray) -> FloatArray:
        """Return the mean over each event's reports of values given per report."""
        return self.total(values) / self.size.reshape(-1, *([1] * (values.ndim - 1)))

    def lower_quantile(self, values: IntArray, q: float) -> IntArray:
        """Return the lower `q` quantile of integer values in each event."""
        ordered = values[np.lexsort((values, self.event))]
        return ordered[self.start + np.floor(q * (self.size - 1)).astype(np.int64)] if len(values) else values

    def lower_median(self, values: FloatArray) -> FloatArray:
        """Return the lower median in each event of values given per report."""
        ordered = values[np.lexsort((values, self.event))]
        return ordered[self.start + (self.size - 1) // 2] if len(values) else values


@dataclass(frozen=True)
class Episodes:
    """Events at a tick, as pooled over their reports; one row per event.

    Parameters
    ----------
    reports
        Which reports belong to which event.
    sign, first, last, size
        Direction, typical onset and end (days since the epoch), mean log effect on the days of the event.
    credible
        `size` less what a deviation found in noisy sales overstates.
    course
        (events, WINDOW_DAYS) mean log effect over the stores; NaN where all were closed.
    may_have_begun
        (events, WINDOW_DAYS) 0 to 1: how far the event may have begun on a day before its onset was found.
    began
        The day by which it had begun as probably as not, `first` at the latest (days since the epoch).
    days
        The dates of the columns, days since the epoch.
    """

    reports: Grouping
    sign: IntArray
    first: IntArray
    last: IntArray
    size: FloatArray
    credible: FloatArray
    course: FloatArray
    may_have_begun: FloatArray
    began: IntArray
    days: IntArray

    @cached_property
    def during(self) -> FloatArray:
        """(events, WINDOW_DAYS) 1 on the days of the event."""
        return ((self.days >= self.first[:, None]) & (self.days <= self.last[:, None])).astype(float)

    @cached_property
    def trading_days_from_onset(self) -> IntArray:
        """(events, WINDOW_DAYS) trading days from the onset to each day, negative before it.

        What happens on closed days takes effect on the next open one, so both are as far from the onset. All days count
        where no sales are known on any day of the event.
        """
        open_days = np.isfinite(self.course)
        open_days |= ~(open_days & (self.during > 0)).any(axis=1, keepdims=True)
        before = np.cumsum(open_days, axis=1) - open_days
        at_onset = np.where(self.days == self.first[:, None], before, 0).sum(axis=1, keepdims=True)
        return np.asarray(before - at_onset)

    @cached_property
    def before(self) -> FloatArray:
        """(events, WINDOW_DAYS) 1 on the days before the event may have begun, with one trading day left between."""
        near = self.days >= self.first[:, None] - PRE_DAYS
        since = np.logical_or.accumulate(self.may_have_begun > 0.5, axis=1)
        return (near & (self.trading_days_from_onset <= -2) & ~since).astype(float)

    @cached_property
    def timeliness(self) -> FloatArray:
        """(events, WINDOW_DAYS) 1 where a rise of a signal on that day is in time, less the further from the onset.

        It is near any day on which the event may have begun, as far as it may have: exp(-gap / 2 trading days).
        """
        began = np.maximum(self.may_have_begun, self.days == self.first[:, None])
        scale = np.exp(self.trading_days_from_onset / 2.0)
        after = np.maximum.accumulate(began * scale, axis=1) / scale
        before = np.maximum.accumulate((began / scale)[:, ::-1], axis=1)[:, ::-1] * scale
        return np.asarray(np.maximum(after, before))

    @cached_property
    def share_of_days(self) -> FloatArray:
        """(events, WINDOW_DAYS) weights of the event's days, by what sales moved on each; they sum to 1."""
        moved = np.clip(known_or_zero(self.course) * self.sign[:, None], 0.0, 1.5)
        height = np.maximum(np.abs(self.size), 0.05)[:, None]
        known = np.isfinite(self.course) | ~(np.isfinite(self.course) & (self.during > 0)).any(axis=1, keepdims=True)
        weight = self.during * known * np.maximum(moved, 0.2 * height)
        return np.asarray(weight / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9))

    def pooled(self, values: FloatArray) -> FloatArray:
        """Return the mean over each event's reports of values given per report."""
        return self.reports.mean(values)


def window_of(matrix: FloatArray, column: int) -> FloatArray:
    """Return the WINDOW_DAYS columns that end at `column`, padded with NaN at the beginning."""
    begin = max(column - WINDOW_DAYS + 1, 0)
    part = matrix[:, begin : column + 1]
    missing = WINDOW_DAYS - part.shape[1]
    return part if not missing else np.hstack((np.full((len(part), missing), np.nan), part))


def episodes(reports: Reports, event: IntArray, panel: ResidualPanel, tick: int) -> Episodes:
    """Pool reports into their events.

    Parameters
    ----------
    event
        Per report, the code of its event, 0, 1, … without gaps.
    """
    group = Grouping.of(event)
    days = np.arange(tick - WINDOW_DAYS + 1, tick + 1)
    ratio = window_of(panel.log_ratio, panel.column(tick))[reports.store]
    known = np.isfinite(ratio)
    n = group.total(known.astype(float))
    course = np.where(n > 0, group.total(np.where(known, ratio, 0.0)) / np.maximum(n, 1), np.nan)
    first = np.maximum(group.lower_quantile(reports.first, 0.5), days[0] + PRE_DAYS)
    last = np.maximum(group.lower_quantile(reports.last, 0.75), first)
    sign = np.where(group.total(reports.sign.astype(float)) >= 0, 1, -1).astype(np.int64)
    spread = window_of(panel.spread, panel.column(tick))[reports.store]
    zero = np.zeros(len(group.size))
    found = Episodes(group, sign, first, last, zero, zero, course, np.zeros_like(course), first, days)
    inside = found.during * np.isfinite(course)
    size = np.where(inside > 0, known_or_zero(course), 0.0).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
    error = FOUND_TOO_HIGH * group.mean(_error_of_reports(reports, spread, days))
    found = replace(found, size=size, credible=size * size**2 / np.maximum(size**2 + error**2, 1e-12))
    noise = group.total(np.where(known, known_or_zero(spread) ** 2, 0.0)) / np.maximum(n, 1) ** 2 + REGIONAL_NOISE**2
    odds = _odds_before(found, noise)
    return replace(found, may_have_begun=_may_have_begun(odds), began=_began(found, odds))


def _odds_before(found: Episodes, noise: FloatArray) -> FloatArray:
    """Return (events, days) the log odds that an event began on each day before the one on which it was found.

    Where sales are noisy, days pass until a deviation is found. Going back from there, each day's log odds of having
    the event's effect against none add up (CUSUM, Page 1954). What was before a clear pause was another event: -inf.

    Parameters
    ----------
    noise
        (events, days) variance of the course.
    """
    height = np.abs(found.credible)[:, None]
    course = known_or_zero(found.course) * found.sign[:, None]
    odds = np.where(np.isfinite(found.course), height / noise * (course - height / 2), 0.0)
    earlier = (found.days < found.first[:, None]) & (found.days >= found.first[:, None] - LOOK_BACK_FROM_ONSET)
    total = np.cumsum(np.where(earlier, odds, 0.0)[:, ::-1], axis=1)
    best = np.maximum.accumulate(np.maximum(total, 0.0), axis=1)
    before_pause = np.logical_or.accumulate(best - total > CLEAR_PAUSE, axis=1)
    return np.where(earlier, np.where(before_pause, -np.inf, total)[:, ::-1], -np.inf)


def _may_have_begun(odds: FloatArray) -> FloatArray:
    """Return (events, days) 0 to 1: an event began where the odds are largest, or nearly, if they are for it at all."""
    most = np.max(odds, axis=1, keepdims=True, initial=0.0)
    return np.where(odds > 0, np.exp(odds - most) * -np.expm1(-np.maximum(odds, 0.0)), 0.0)


def _began(found: Episodes, odds: FloatArray) -> IntArray:
    """Return (events,) the median of the days on which an event may have begun, that on which it was found among them.

    The days before count `BEGAN_PRIOR` times their odds, and only the last `BEGAN_DAYS` of them.
    """
    before = np.where(found.days >= found.first[:, None] - BEGAN_DAYS, odds + np.log(BEGAN_PRIOR), -np.inf)
    every = np.where(found.days == found.first[:, None], 0.0, before)
    chance = np.exp(every - every.max(axis=1, keepdims=True))
    reached = np.cumsum(chance, axis=1) >= 0.5 * chance.sum(axis=1, keepdims=True)
    return np.asarray(found.days[reached.argmax(axis=1)])


def _error_of_reports(reports: Reports, spread: FloatArray, days: IntArray) -> FloatArray:
    """Return the standard error of each report's mean deviation; 0 where its store's spread is not known."""
    own = (days >= reports.first[:, None]) & (days <= reports.last[:, None]) & np.isfinite(spread)
    n = np.maximum(own.sum(axis=1), 1)
    return np.asarray(np.where(own, spread, 0.0).sum(axis=1) / n / np.sqrt(n))
