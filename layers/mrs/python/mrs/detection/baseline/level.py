"""The slow level of a store's sales, and the lasting changes that set it to where the sales have settled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray, days_first, days_last
from mrs.detection.baseline.params import AWAY_Z, LASTING_DAYS, RECENT_WEIGHT, RUN_DAYS, RUN_LEAK_DAYS, SETTLED_SHARE

NEVER = -1


@dataclass(frozen=True)
class LevelState:
    """Where the level of S stores stands after some days: all that later days need of them.

    Parameters
    ----------
    days
        How many days have gone by; columns count from the first of them.
    total, weight
        S, the weighted sum of the ordinary days and their weight.
    side, run, begun, summed, count, recent
        S, of the run of days away from the level: its side, length and first column, the sum and number of its days,
        and the mean of its last ones.
    since
        S, first column of the lasting change that the level stands on, `NEVER` for none.
    """

    days: int
    total: FloatArray
    weight: FloatArray
    side: IntArray
    run: IntArray
    begun: IntArray
    since: IntArray
    summed: FloatArray
    count: FloatArray
    recent: FloatArray

    @classmethod
    def start(cls, stores: int) -> LevelState:
        """Return the state before any day."""
        total, weight, summed, count, recent = np.zeros((5, stores))
        side, run, begun = np.zeros((3, stores), dtype=np.int64)
        return cls(0, total, weight, side, run, begun, np.full(stores, NEVER), summed, count, recent)


@dataclass(frozen=True)
class Levels:
    """The level of S stores on each of T days, from the days before it.

    Parameters
    ----------
    level
        S×T, log; 0 where nothing was known before.
    since
        S×T, first day (column) of the lasting change that the level stands on, `NEVER` if it stands on none.
    moved
        S×T, by how much the lasting changes that the T days tell had moved the level by that day.
    run, begun
        S×T, the length of the run of days away from the level that the day is in, and its first day; 0 for none, and
        for a run that became a lasting change.
    after
        The state after the last day.
    """

    level: FloatArray
    since: IntArray
    moved: FloatArray
    run: IntArray
    begun: IntArray
    after: LevelState

    def in_run(self) -> BoolArray:
        """Return S×T: the days that belong to a run of at least `RUN_DAYS`, as the T days tell it."""
        out = np.zeros(self.run.shape, dtype=bool)
        going, first = np.zeros(len(out), dtype=bool), np.full(len(out), NEVER)
        for day in range(self.run.shape[-1] - 1, -1, -1):
            grown = self.run[:, day] >= RUN_DAYS
            first = np.where(grown & ~going, self.begun[:, day], first)
            going = (going | grown) & (day >= first)
            out[:, day] = going
        return out

    def changes(self, first_day: int, before: int) -> LastingChanges:
        """Return the changes among `before` days from `first_day` on, of which the T days are the last."""
        stores, days = self.level.shape
        in_run, moved = np.zeros((stores, before), dtype=bool), np.zeros((stores, before))
        in_run[:, before - days :], moved[:, before - days :] = self.in_run(), self.moved
        since = self.after.since
        return LastingChanges(in_run, moved, np.where(since == NEVER, NEVER, since + before - days + first_day))


@dataclass(frozen=True)
class LastingChanges:
    """What the B days before an anchor tell of S stores' lasting changes of level.

    Parameters
    ----------
    in_run
        S×B, days away from the level for so long that they are an event, or a change of level that has not lasted long
        enough yet.
    moved
        S×B, log, by how much lasting changes have moved the level by that day.
    since
        S, first day (since 1970-01-01) of the last such change, `NEVER` for none.
    """

    in_run: BoolArray
    moved: FloatArray
    since: IntArray


def slow_level(
    deviation: FloatArray,
    sigma: FloatArray,
    usable: BoolArray,
    seen: BoolArray,
    half_life: float,
    strength: float,
    clip: float,
    state: LevelState | None = None,
) -> Levels:
    """Return the level that the days before each day give: an exponentially weighted mean of the ordinary ones.

    A day counts while it is usable and deviates less than `clip` sigmas from the level so far, so that an anomaly
    moves the level little. Where sales stay away to one side for `LASTING_DAYS` trading days and have settled there,
    the level restarts from those days (the reset of an exponentially weighted forecast by a tracking signal;
    Trigg 1964), whether they were called anomalous or not.

    Parameters
    ----------
    deviation
        S×T, log; NaN where nothing was sold.
    sigma
        S, usual spread of the deviation.
    usable, seen
        S×T, days that may move the level, and all days of which the sales were known in time.
    half_life, strength, clip
        In days; in days that the level takes to be half believed; in sigmas.
    state
        Where the days before have left the level, if there are any: the answer is that of all days together.
    """
    stores, days = deviation.shape
    keep = 0.5 ** (1.0 / half_life)
    state = state or LevelState.start(stores)
    gone, total, weight = state.days, state.total, state.weight
    shape = (days, stores)
    level, moved, stands = np.empty(shape), np.zeros(shape), np.empty(shape, dtype=np.int64)
    runs, begins_at = np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.int64)
    known = ~np.isnan(deviation)
    value, there = days_first(np.where(known, deviation, 0.0)), days_first(known & seen)
    ordinary, added = days_first(known & usable), np.where(there, value, 0.0)
    far, away = clip * sigma, AWAY_Z * sigma
    side, run, begun, since = state.side, state.run, state.begun, state.since
    summed, count, recent = state.summed, state.count, state.recent
    for day in range(days):
        now = total / (weight + strength)
        level[day], stands[day] = now, since
        off = value[day] - now
        size, toward = np.abs(off), np.sign(off).astype(np.int64)
        good = ordinary[day] & ~(size >= far)
        total, weight = total * keep + np.where(good, value[day], 0.0), weight * keep + good
        rests = run == 0
        on = there[day] & (size >= away) & (rests | (toward == side))
        begins = on & rests
        if begins.any():
            side, begun = np.where(begins, toward, side), np.where(begins, gone + day, begun)
            summed, count = np.where(begins, 0.0, summed), np.where(begins, 0.0, count)
            recent = np.where(begins, value[day], recent)
        run = np.where(on, run + 1, np.where(there[day], np.maximum(run - RUN_LEAK_DAYS, 0), run))
        summed, count = summed + added[day], count + there[day]
        recent = np.where(there[day], recent + RECENT_WEIGHT * (value[day] - recent), recent)
        runs[day], begins_at[day] = run, begun
        lasts = run >= LASTING_DAYS
        if not lasts.any():
            continue
        mean = summed / np.maximum(count, 1.0)
        lasts &= np.abs(recent - mean) <= SETTLED_SHARE * np.abs(mean - now)
        for i in np.flatnonzero(lasts):
            first = max(begun[i] - gone, 0)
            moved[first:, i] += mean[i] - now[i]
            runs[first : day + 1, i] = 0
        weight = np.where(lasts, count, weight)
        total = np.where(lasts, mean * (count + strength), total)
        since, run = np.where(lasts, begun, since), np.where(lasts, 0, run)
    after = LevelState(gone + days, total, weight, side, run, begun, since, summed, count, recent)
    return Levels(days_last(level), days_last(stands), days_last(moved), days_last(runs), days_last(begins_at), after)
