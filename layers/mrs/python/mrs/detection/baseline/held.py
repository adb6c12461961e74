"""What an expectation lacks on days that no fit has seen: measured on the peers, in the refit periods before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mrs.arrays import NORMAL_90, FloatArray, IntArray
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.recent import recent_distance, weight_of
from mrs.detection.baseline.repeats import repeated_days
from mrs.detection.params import (
    HELD_LEAST_STORE_DAYS,
    HELD_PERIODS,
    HELD_PRIOR_DAYS,
    HELD_RANGE,
    HELD_STORES,
    HELD_WEEKDAY_PRIOR_DAYS,
)
from mrs.models.protocols import BaselineModel


@dataclass(frozen=True)
class Held:
    """What the peers' days before say of an expectation.

    Parameters
    ----------
    first_day, repeats
        T days from a day since 1970-01-01 on: by how much (log) the chain moves on each, as it did on such days before.
    weight
        Which part of the distance to the last same weekdays is added.
    scale
        7, for each weekday (Monday first) what the band must be multiplied by.
    """

    first_day: int
    repeats: FloatArray
    weight: float
    scale: FloatArray

    def applied(self, inputs: BaselineInputs, found: Expectation) -> Expectation:
        """Return the expectation of some stores with all that is said."""
        day = np.arange(found.sigma.shape[1]) + inputs.panel.first_day
        sigma = found.sigma * self.scale[(day + 3) % 7][None, :]
        if not found.may_be_combined:
            return replace(found, sigma=sigma)
        at = day - self.first_day
        inside = (at >= 0) & (at < len(self.repeats))
        repeats = np.where(inside, self.repeats[np.where(inside, at, 0)], 0.0)
        found = replace(found, log_expected=found.log_expected + repeats[None, :])
        moved = found.log_expected + self.weight * recent_distance(inputs, found)
        return replace(found, log_expected=moved, sigma=sigma)


def held_out(baseline: BaselineModel, peers: BaselineInputs, step: int, least_history: int) -> Held:
    """Return what the peers' refit periods before say, each expected from the days before it alone.

    Parameters
    ----------
    baseline
        Who expects.
    peers
        Stores of the whole chain, chosen without regard to shards, with what was known when the refit period began.
    step
        Days of a refit period.
    least_history
        Trading days that an expectation needs.
    """
    off, distance, weekday = [np.zeros(0)], [np.zeros(0)], [np.zeros(0, dtype=np.int64)]
    peers = peers.take(np.arange(min(len(peers.panel.store_ids), HELD_STORES)), peers.anchor)
    panel = peers.panel
    repeats, combined = np.zeros(panel.sales.shape[1]), False
    for k in range(1, HELD_PERIODS + 1):
        anchor = peers.anchor - k * step
        if not len(panel.store_ids) or anchor - panel.first_day <= 0:
            break
        then_known = replace(peers, anchor=anchor, peers=None)
        found = baseline.expect(then_known)
        if k == 1:
            combined = found.may_be_combined
            repeats = repeated_days(peers, found) if combined else repeats
        found = replace(found, log_expected=found.log_expected + repeats[None, :])
        then = slice(anchor - panel.first_day, anchor - panel.first_day + step)
        sigma = found.sigma[:, then]
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (np.log(panel.sales[:, then]) - found.log_expected[:, then]) / sigma
        there = panel.trading[:, then] & ~found.is_closed[:, then] & np.isfinite(z)
        there &= found.days_known[:, then] >= least_history
        off.append(z[there])
        distance.append((recent_distance(then_known, found)[:, then] / sigma)[there])
        weekday.append(np.broadcast_to((np.arange(step) + anchor + 3) % 7, there.shape)[there])
    every, apart = np.concatenate(off), np.concatenate(distance)
    weight = weight_of(apart, every) if combined else 0.0
    scale = _scale(np.abs(every - weight * apart), np.concatenate(weekday), len(panel.store_ids))
    return Held(panel.first_day, repeats, weight, scale)


def _scale(size: FloatArray, weekday: IntArray, stores: int) -> FloatArray:
    """Return by weekday what a band must be multiplied by to hold 90 % of some store-days, of that size in sigmas."""
    if len(size) < HELD_LEAST_STORE_DAYS:
        return np.ones(7)
    overall = _drawn(float(np.quantile(size, 0.9)) / NORMAL_90, len(size) / stores, 1.0, HELD_PRIOR_DAYS)
    scale = np.full(7, overall)
    for k in range(7):
        own = size[weekday == k]
        if len(own) >= HELD_LEAST_STORE_DAYS:
            scale[k] = _drawn(
                float(np.quantile(own, 0.9)) / NORMAL_90, len(own) / stores, overall, HELD_WEEKDAY_PRIOR_DAYS
            )
    return np.asarray(np.clip(scale, *HELD_RANGE))


def _drawn(own: float, days: float, centre: float, strength: float) -> float:
    return float(np.exp((days * np.log(own) + strength * np.log(centre)) / (days + strength)))
