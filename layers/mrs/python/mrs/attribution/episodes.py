"""Reports pooled into their events: direction, days, size and course of each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mrs.arrays import FloatArray, IntArray
from mrs.attribution.params import PRE_DAYS, WINDOW_DAYS
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
    course
        (events, WINDOW_DAYS) mean log effect over the stores; NaN where all were closed.
    days
        The dates of the columns, days since the epoch.
    """

    reports: Grouping
    sign: IntArray
    first: IntArray
    last: IntArray
    size: FloatArray
    course: FloatArray
    days: IntArray

    @cached_property
    def during(self) -> FloatArray:
        """(events, WINDOW_DAYS) 1 on the days of the event."""
        return ((self.days >= self.first[:, None]) & (self.days <= self.last[:, None])).astype(float)

    @cached_property
    def share_of_days(self) -> FloatArray:
        """(events, WINDOW_DAYS) weights of the event's days, by what sales moved on each; they sum to 1."""
        moved = np.clip(np.nan_to_num(self.course) * self.sign[:, None], 0.0, 1.5)
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
    found = Episodes(group, sign, first, last, np.zeros(len(group.size)), course, days)
    inside = found.during * np.isfinite(course)
    size = np.where(inside > 0, np.nan_to_num(course), 0.0).sum(axis=1) / np.maximum(inside.sum(axis=1), 1)
    return replace(found, size=size)
