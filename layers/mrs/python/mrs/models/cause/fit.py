"""How well each signal fits each event: timing, reach, spared neighbours, course, dose and rarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mrs.models.cause.signals import Signal, to_scale
from mrs.models.similarity.panel import FloatArray, IntArray, ResidualPanel
from mrs.models.similarity.reports import Places, Reports

WINDOW_DAYS = 42
PRE_DAYS = 10
_LEAST_EFFECT = 0.08
_EXPOSED = 0.4
_FEW_CONTROLS = 5


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


@dataclass(frozen=True)
class Fit:
    """One row per event, one column per signal; 0 where the signal is silent.

    Parameters
    ----------
    cover
        Mean activity over the event's stores and days.
    before, after
        Mean activity in the days before the onset and after the end.
    onset
        1 where activity begins on the day of the onset, less the further off.
    overlap
        Days of activity and days of the event, their intersection over their union.
    course
        Correlation of dose and deviation from before the onset to the tick.
    dose, rarity
        Mean dose (in the signal's scale) and the largest distance from usual in spreads, on the event's days.
    precision
        Mean deviation of all exposed stores of the same regions, relative to the event's: 1 where all that saw the
        signal moved alike, 0 where a signal passed without effect.
    contrast
        The same for exposed less unexposed stores.
    reach
        Share of the event's stores that saw the signal.
    others
        Mean deviation of exposed stores that are not in the event, relative to the event's; NaN where there are none.
    idle
        Share of the weeks before in which the signal was active in these stores.
    past_effect
        Mean deviation on such days, shrunken towards 0.
    shift
        Change of the signal from the days before the onset to the event's days, towards the side that counts, in
        standard errors.
    way
        +1 where the signal was above its usual level on the event's days, -1 where it was below.
    own
        Per report: mean activity in its own store on its own days (reports, signals).
    """

    cover: FloatArray
    before: FloatArray
    after: FloatArray
    onset: FloatArray
    overlap: FloatArray
    course: FloatArray
    dose: FloatArray
    rarity: FloatArray
    precision: FloatArray
    contrast: FloatArray
    reach: FloatArray
    others: FloatArray
    idle: FloatArray
    past_effect: FloatArray
    shift: FloatArray
    way: FloatArray
    own: FloatArray


def fit_signals(
    found: Episodes, reports: Reports, panel: ResidualPanel, signals: Sequence[Signal], places: Places, tick: int
) -> Fit:
    """Compare every signal with every event; nothing dated after `tick` is looked at."""
    column = panel.column(tick)
    ratio = window_of(panel.log_ratio, column)
    background = _Background.of(found, reports, ratio, places)
    columns = [_fit_one(found, reports, ratio, s, background, column) for s in signals]
    names = list(Fit.__dataclass_fields__)
    empty = {n: np.zeros((len(found.sign) if n != "own" else len(reports), 0)) for n in names}
    if not columns:
        return Fit(**empty)
    return Fit(**{n: np.column_stack([c[n] for c in columns]) for n in names})


def _fit_one(
    found: Episodes, reports: Reports, ratio: FloatArray, signal: Signal, background: _Background, column: int
) -> dict[str, FloatArray]:
    """Return the columns of `Fit` for one signal."""
    row = signal.row[reports.store]
    silent = (row < 0)[:, None]
    by_unit = np.nan_to_num(window_of(signal.active, column))
    active = np.where(silent, 0.0, by_unit[row])
    dose = np.where(silent, 0.0, np.nan_to_num(window_of(signal.dose, column))[row])
    spread = np.where(silent, 1.0, np.nan_to_num(window_of(signal.spread, column), nan=1.0)[row])
    gap = to_scale(window_of(signal.value, column), signal.spec) - window_of(signal.usual, column)
    gap = np.where(silent, 0.0, np.nan_to_num(gap)[row])
    pooled_active, pooled_dose = found.pooled(active), found.pooled(dose * active)
    during = found.during
    length = np.maximum(during.sum(axis=1), 1)
    own_days = (found.days >= reports.first[:, None]) & (found.days <= reports.last[:, None])
    own = (active * own_days).sum(axis=1) / np.maximum(own_days.sum(axis=1), 1)
    return {
        "cover": (pooled_active * during).sum(axis=1) / length,
        "before": _mean_between(pooled_active, found, found.first - PRE_DAYS, found.first - 2),
        "after": _mean_between(pooled_active, found, found.last + 1, found.last + 5),
        "onset": _onset(pooled_active, found),
        "overlap": _overlap(pooled_active, found),
        "course": _correlation(pooled_dose, found),
        "dose": (pooled_dose * during).sum(axis=1) / length,
        "rarity": found.pooled(np.where(own_days, dose / spread, 0.0).max(axis=1)),
        "shift": _shift(found.pooled(gap / spread), signal.spec.side, found),
        "way": np.sign((found.pooled(gap * active) * during).sum(axis=1)),
        "own": own,
        "reach": found.pooled((own > _EXPOSED).astype(float)),
        **background.of_signal(signal, by_unit, found),
        **_history(active, ratio[reports.store], found, reports),
    }


def _shift(unusual: FloatArray, side: int, found: Episodes) -> FloatArray:
    """Return by how many standard errors the signal moved at the onset, towards the side that counts."""
    during = found.during
    before = (found.days < found.first[:, None] - 1) & (found.days >= found.first[:, None] - PRE_DAYS)
    n, m = np.maximum(during.sum(axis=1), 1), np.maximum(before.sum(axis=1), 1)
    change = (unusual * during).sum(axis=1) / n - (unusual * before).sum(axis=1) / m
    change = np.abs(change) if side == 0 else side * change
    return np.asarray(change / np.sqrt(1 / n + 1 / m))


def _mean_between(active: FloatArray, found: Episodes, begin: IntArray, end: IntArray) -> FloatArray:
    inside = (found.days >= begin[:, None]) & (found.days <= end[:, None])
    return np.asarray((active * inside).sum(axis=1) / np.maximum(inside.sum(axis=1), 1))


def _onset(active: FloatArray, found: Episodes) -> FloatArray:
    """Return exp(-gap / 2 days) between the event's onset and the nearest rise of the signal at most 4 days off."""
    rise = np.diff(active, axis=1, prepend=0.0)
    rise[:, 0] = 0.0
    gap = np.abs(found.days - found.first[:, None])
    near = np.where(gap <= 4, np.clip(rise / 0.4, 0, 1) * np.exp(-gap / 2.0), 0.0)
    return np.asarray(near.max(axis=1))


def _overlap(active: FloatArray, found: Episodes) -> FloatArray:
    """Return the overlap of activity and event, from before the onset to some days after the end."""
    near = (found.days >= found.first[:, None] - PRE_DAYS) & (found.days <= found.last[:, None] + 5)
    during = found.during
    both = (np.minimum(active, during) * near).sum(axis=1)
    return np.asarray(both / np.maximum((np.maximum(active, during) * near).sum(axis=1), 1.0))


def _correlation(dose: FloatArray, found: Episodes) -> FloatArray:
    """Return the correlation of dose and deviation over the days from before the onset to the tick."""
    inside = (found.days >= found.first[:, None] - PRE_DAYS) & np.isfinite(found.course)
    n = np.maximum(inside.sum(axis=1, keepdims=True), 1)
    x = np.where(inside, dose, 0.0)
    y = np.where(inside, np.nan_to_num(found.course) * found.sign[:, None], 0.0)
    x = np.where(inside, x - x.sum(axis=1, keepdims=True) / n, 0.0)
    y = np.where(inside, y - y.sum(axis=1, keepdims=True) / n, 0.0)
    scale = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    return np.where(scale > 1e-9, (x * y).sum(axis=1) / np.maximum(scale, 1e-9), 0.0)


def _history(active: FloatArray, moved: FloatArray, found: Episodes, reports: Reports) -> dict[str, FloatArray]:
    """Return how often the signal was up in the weeks before in the event's stores, and what sales did then."""
    earlier = found.days < reports.first[:, None] - 2
    mine = active * earlier
    up, total = found.pooled(mine.sum(axis=1)), found.pooled(earlier.sum(axis=1).astype(float))
    effect = found.pooled((mine * np.nan_to_num(moved)).sum(axis=1))
    return {"idle": up / np.maximum(total, 1), "past_effect": effect / (up + 5.0)}


@dataclass(frozen=True)
class _Background:
    """What the stores around each event did on its days: prepared once, used for every signal.

    Parameters
    ----------
    window
        (events,) row of the event's days among the distinct spans of days.
    share_of
        (spans, WINDOW_DAYS) weights that average over a span.
    moved, known
        (spans, stores) mean deviation on the days of a span, and whether there is any.
    region, in_region
        (stores, regions) and (events, regions): where stores and events are; the first region is "not known".
    pair_event, pair_store
        Every store of every event, once.
    scale
        (events,) the event's own deviation, signed.
    """

    window: IntArray
    share_of: FloatArray
    moved: FloatArray
    known: NDArray[np.bool_]
    region: FloatArray
    in_region: FloatArray
    pair_event: IntArray
    pair_store: IntArray
    scale: FloatArray

    @classmethod
    def of(cls, found: Episodes, reports: Reports, ratio: FloatArray, places: Places) -> _Background:
        spans, window = np.unique(np.column_stack((found.first, found.last)), axis=0, return_inverse=True)
        inside = ((found.days >= spans[:, :1]) & (found.days <= spans[:, 1:])).astype(float)
        n = inside @ np.isfinite(ratio).T.astype(float)
        moved = (inside @ np.clip(np.nan_to_num(ratio), -1, 1).T) / np.maximum(n, 1)
        region = np.zeros((len(places.region), len(places.regions) + 1))
        region[np.arange(len(places.region)), places.region + 1] = 1.0
        pair = np.unique(found.reports.event * len(places.region) + reports.store)
        return cls(
            window=window.ravel(),
            share_of=inside / np.maximum(inside.sum(axis=1, keepdims=True), 1),
            moved=moved,
            known=n > 0,
            region=region,
            in_region=(found.reports.total(region[reports.store]) > 0).astype(float),
            pair_event=pair // len(places.region),
            pair_store=pair % len(places.region),
            scale=found.sign.astype(np.float64) * np.maximum(np.abs(np.clip(found.size, -1, 1)), _LEAST_EFFECT),
        )

    def of_signal(self, signal: Signal, by_unit: FloatArray, found: Episodes) -> dict[str, FloatArray]:
        """Return `precision`, `contrast` and `others` of a signal."""
        seen = (self.share_of @ by_unit.T > _EXPOSED)[:, signal.row] if len(by_unit) else np.zeros_like(self.known)
        exposed = seen & (signal.row >= 0) & self.known
        spared = ~exposed & self.known
        n_exposed, sum_exposed = self._by_region(exposed.astype(float)), self._by_region(exposed * self.moved)
        n_spared, sum_spared = self._by_region(spared.astype(float)), self._by_region(spared * self.moved)
        few = n_spared < _FEW_CONTROLS
        n_spared = np.where(few, spared.sum(axis=1)[self.window], n_spared)
        sum_spared = np.where(few, (spared * self.moved).sum(axis=1)[self.window], sum_spared)
        mean_exposed = sum_exposed / np.maximum(n_exposed, 1)
        usual = sum_spared / np.maximum(n_spared, 1)
        seen_any = n_exposed > 0
        at = self.window[self.pair_event], self.pair_store
        n_inside = np.bincount(self.pair_event, weights=exposed[at], minlength=len(self.scale))
        sum_inside = np.bincount(self.pair_event, weights=exposed[at] * self.moved[at], minlength=len(self.scale))
        n_other = n_exposed - n_inside
        other = (sum_exposed - sum_inside) / np.maximum(n_other, 1) / self.scale
        return {
            "precision": np.where(seen_any, np.clip(mean_exposed / self.scale, -0.5, 1.5), 0.0),
            "contrast": np.where(seen_any, np.clip((mean_exposed - usual) / self.scale, -0.5, 1.5), 0.0),
            "others": np.where(n_other > 0.5, np.clip(other, -0.5, 1.5), np.nan),
        }

    def _by_region(self, values: FloatArray) -> FloatArray:
        """Return per event the sum over the stores of its regions."""
        totals = values @ self.region
        return np.asarray((totals[self.window] * self.in_region).sum(axis=1))
