"""How well each signal fits each event: timing, reach, untouched neighbours, profile, dose and rarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mrs.arrays import FloatArray, known_or_zero
from mrs.attribution.background import Background
from mrs.attribution.courses import correlation, late, smoothed
from mrs.attribution.episodes import Episodes, episodes, window_of
from mrs.attribution.params import EXPOSED, ONSET_DAYS, PRE_DAYS, STEADY, WINDOW_DAYS
from mrs.attribution.signals import Signal, smooth_step
from mrs.clustering.panel import ResidualPanel
from mrs.clustering.reports import Places, Reports

__all__ = ["WINDOW_DAYS", "Episodes", "Fit", "episodes", "fit_signals", "window_of"]


@dataclass(frozen=True)
class Fit:
    """One row per event, one column per signal; 0 where the signal is silent.

    Parameters
    ----------
    cover
        Mean activity over the event's stores and days, each day counting by what sales moved on it.
    steady
        0 to 1: how far the signal moved on the event's days as a whole, however unremarkable each day is by itself.
    before, after
        Mean activity in the days before the onset and after the end.
    onset
        1 where the signal rises on the day of the onset, less the further off.
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
    others, untouched_share
        Mean deviation of exposed stores that are not in the event, relative to the event's, NaN where there are none;
        and which share they are of all exposed stores.
    idle
        Share of the weeks before in which the signal was active in these stores.
    past_effect
        Mean deviation on such days, shrunken towards 0.
    shift
        Change of the signal from the days before the onset to the event's days, towards the side that counts, in
        standard errors.
    way
        +1 where the signal was above its usual level on the event's days, -1 where it was below.
    dosed
        Correlation of dose and deviation on the event's own days, less where they are few: 0 up to three.
    late
        Share of what sales moved in the event that came before the signal had risen.
    own
        Per report: mean activity in its own store from the event's onset to its own end (reports, signals).
    """

    cover: FloatArray
    steady: FloatArray
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
    untouched_share: FloatArray
    idle: FloatArray
    past_effect: FloatArray
    shift: FloatArray
    way: FloatArray
    dosed: FloatArray
    late: FloatArray
    own: FloatArray


def fit_signals(
    found: Episodes,
    reports: Reports,
    panel: ResidualPanel,
    signals: Sequence[Signal],
    places: Places,
    sampling_weight: FloatArray,
    at_stores: Sequence[AtStores],
    own: FloatArray,
    tick: int,
) -> Fit:
    """Compare every signal with every event; nothing dated after `tick` is looked at.

    Parameters
    ----------
    at_stores
        Each signal at the reports' stores.
    sampling_weight
        (stores,) for how many stores each one stands in the background.
    own
        (reports, signals) as `own_exposure` returns it.
    """
    column = panel.column(tick)
    ratio = window_of(panel.log_ratio, column)
    background = Background.of(found, reports, ratio, places, sampling_weight)
    columns = [
        _fit_one(found, reports, ratio, signal, at_stores[k], background, own[:, k], column)
        for k, signal in enumerate(signals)
    ]
    names = list(Fit.__dataclass_fields__)
    empty = {n: np.zeros((len(found.sign) if n != "own" else len(reports), 0)) for n in names}
    if not columns:
        return Fit(**empty)
    return Fit(**{n: np.column_stack([c[n] for c in columns]) for n in names})


@dataclass(frozen=True)
class AtStores:
    """A signal over the days up to a tick in the stores of the reports, (reports, WINDOW_DAYS) each; 0 where silent."""

    active: FloatArray
    dose: FloatArray
    spread: FloatArray
    gap: FloatArray

    @classmethod
    def of(cls, signal: Signal, reports: Reports, column: int) -> AtStores:
        """Return what of a signal each report's store saw; `column` is the tick's in the signal's matrices."""
        row = signal.row[reports.store]
        silent = (row < 0)[:, None]

        def at(by_unit: FloatArray, otherwise: float = 0.0) -> FloatArray:
            part = window_of(by_unit, column)[row]
            return np.where(silent | np.isnan(part), otherwise, part)

        return cls(at(signal.active), at(signal.dose), at(signal.spread, 1.0), at(signal.gap))


def own_exposure(
    found: Episodes, reports: Reports, signals: Sequence[Signal], at_stores: Sequence[AtStores]
) -> FloatArray:
    """Return (reports, signals) 0 to 1: how far a signal was up in each report's own store, from the event's onset on.

    Parameters
    ----------
    at_stores
        Each signal at the reports' stores.
    """
    since = np.minimum(reports.first, found.first[found.reports.event])
    days = ((found.days >= since[:, None]) & (found.days <= reports.last[:, None])).astype(float)
    share = days / np.maximum(days.sum(axis=1, keepdims=True), 1)
    out = np.zeros((len(reports), len(signals)))
    for k, (signal, seen) in enumerate(zip(signals, at_stores, strict=True)):
        steady = _steady_by_itself(seen.gap, seen.spread, days, signal)
        out[:, k] = np.maximum((seen.active * share).sum(axis=1), steady)
    return out


def _fit_one(
    found: Episodes,
    reports: Reports,
    ratio: FloatArray,
    signal: Signal,
    seen: AtStores,
    background: Background,
    own: FloatArray,
    column: int,
) -> dict[str, FloatArray]:
    """Return the columns of `Fit` for one signal."""
    by_unit = known_or_zero(window_of(signal.active, column))
    active = seen.active
    pooled_active, pooled_gap = found.pooled(active), found.pooled(seen.gap)
    pooled_z = found.pooled(seen.gap / seen.spread)
    length = np.maximum(found.during.sum(axis=1), 1)
    share = found.share_of_days
    own_days = (found.days >= reports.first[:, None]) & (found.days <= reports.last[:, None])
    shift = _shift(pooled_z, signal.spec.side, found)
    pooled_dose = found.pooled(seen.dose)
    around = found.days >= found.first[:, None] - PRE_DAYS
    known = (np.isfinite(found.course) & (found.during > 0)).sum(axis=1)
    return {
        "cover": (pooled_active * share).sum(axis=1),
        "steady": smooth_step(shift, *STEADY) * _level(pooled_gap, signal, found),
        "before": _mean_on(pooled_active, found.before),
        "after": _mean_on(pooled_active, _after(found)),
        "onset": np.maximum(_onset(pooled_active, found), _step_near_onset(pooled_z, signal.spec.side, found)),
        "overlap": _overlap(pooled_active, found),
        "course": np.maximum(
            correlation(found.pooled(seen.dose * active), found, around),
            correlation(smoothed(pooled_dose), found, around),
        ),
        "dose": (pooled_dose * found.during).sum(axis=1) / length,
        "rarity": found.pooled(np.where(own_days, seen.dose / seen.spread, 0.0).max(axis=1)),
        "shift": shift,
        "way": np.sign((pooled_gap * share).sum(axis=1)),
        "dosed": correlation(pooled_dose, found, found.during > 0)
        * np.clip(1.0 - 3.0 / np.maximum(known, 1), 0.0, 1.0),
        "late": late(pooled_active, found),
        "own": own,
        "reach": found.pooled((own > EXPOSED).astype(float)),
        **background.of_signal(signal, by_unit, window_of(signal.gap, column), window_of(signal.spread, column), found),
        **_history(active, ratio[reports.store], found, reports),
    }


def _steady_by_itself(gap: FloatArray, spread: FloatArray, days: FloatArray, signal: Signal) -> FloatArray:
    """Return 0 to 1, how far a signal in a report's own store left its usual level on some days together."""
    n = np.maximum(days.sum(axis=1), 1)
    level, z = (gap * days).sum(axis=1) / n, (gap / spread * days).sum(axis=1) / np.sqrt(n)
    side = signal.spec.side
    level, z = (np.abs(level), np.abs(z)) if side == 0 else (side * level, side * z)
    return smooth_step(z, *STEADY) * smooth_step(level, *signal.spec.matters)


def _level(gap: FloatArray, signal: Signal, found: Episodes) -> FloatArray:
    """Return 0 to 1, how far the mean of the event's days, against the days before, matters for such a signal."""
    change = (gap * found.share_of_days).sum(axis=1) - _mean_on(gap, found.before)
    change = np.abs(change) if signal.spec.side == 0 else signal.spec.side * change
    return smooth_step(change, *signal.spec.matters)


def _shift(unusual: FloatArray, side: int, found: Episodes) -> FloatArray:
    """Return by how many standard errors the signal moved at the onset, towards the side that counts."""
    during, before = found.during, found.before
    n, m = np.maximum(during.sum(axis=1), 1), np.maximum(before.sum(axis=1), 1)
    change = _mean_on(unusual, during) - _mean_on(unusual, before)
    change = np.abs(change) if side == 0 else side * change
    return np.asarray(change / np.sqrt(1 / n + 1 / m))


def _step_near_onset(unusual: FloatArray, side: int, found: Episodes) -> FloatArray:
    """Return 1 where the mean of a signal steps up on the day of the onset, less where it does so trading days off.

    The step at a day compares up to a week from it on with the eight days before it, in standard errors.
    """
    total = np.pad(np.cumsum(unusual, axis=1), ((0, 0), (1, 0)))
    rows, end = np.arange(len(unusual)), unusual.shape[1]
    best = np.zeros(len(unusual))
    at_first = (found.first - found.days[0]).astype(np.int64)
    length = np.clip(found.last - found.first + 1, 1, 7)
    steps, starts = [], []
    for lag in range(-ONSET_DAYS, ONSET_DAYS + 1):
        start = np.clip(at_first + lag, 1, end - 1)
        stop, begin = np.minimum(start + length, end), np.maximum(start - 8, 0)
        n, m = stop - start, start - begin
        change = (total[rows, stop] - total[rows, start]) / n - (total[rows, start] - total[rows, begin]) / m
        change = np.abs(change) if side == 0 else side * change
        steps.append(change / np.sqrt(1 / n + 1 / m))
        starts.append(start)
    if len(rows):
        step = np.column_stack(steps)
        at = step.argmax(axis=1)
        best = found.timeliness[rows, np.column_stack(starts)[rows, at]] * smooth_step(step[rows, at], 2.5, 5.0)
    return np.asarray(best)


def _mean_on(active: FloatArray, inside: FloatArray) -> FloatArray:
    return np.asarray((active * inside).sum(axis=1) / np.maximum(inside.sum(axis=1), 1))


def _after(found: Episodes) -> FloatArray:
    return ((found.days > found.last[:, None]) & (found.days <= found.last[:, None] + 5)).astype(float)


def _onset(active: FloatArray, found: Episodes) -> FloatArray:
    """Return how far the signal rose, and in time: 0 where it did so more than `ONSET_DAYS` from every likely onset."""
    rise = np.diff(active, axis=1, prepend=0.0)
    rise[:, 0] = 0.0
    asked = found.timeliness > np.exp(-(ONSET_DAYS + 0.5) / 2.0)
    near = np.where(asked, np.clip(rise / 0.4, 0, 1) * found.timeliness, 0.0)
    return np.asarray(near.max(axis=1))


def _overlap(active: FloatArray, found: Episodes) -> FloatArray:
    """Return the overlap of activity and event, from before the onset to some days after the end."""
    near = (found.days >= found.first[:, None] - PRE_DAYS) & (found.days <= found.last[:, None] + 5)
    during = found.during
    both = (np.minimum(active, during) * near).sum(axis=1)
    return np.asarray(both / np.maximum((np.maximum(active, during) * near).sum(axis=1), 1.0))


def _history(active: FloatArray, moved: FloatArray, found: Episodes, reports: Reports) -> dict[str, FloatArray]:
    """Return how often the signal was up in the weeks before in the event's stores, and what sales did then."""
    earlier = found.days < reports.first[:, None] - 2
    mine = active * earlier
    up, total = found.pooled(mine.sum(axis=1)), found.pooled(earlier.sum(axis=1).astype(float))
    effect = found.pooled((mine * known_or_zero(moved)).sum(axis=1))
    return {"idle": up / np.maximum(total, 1), "past_effect": effect / (up + 5.0)}
