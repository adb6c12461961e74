"""What an expectation lacks on days that no fit has seen: measured on the peers, in the refit periods before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mrs.arrays import NORMAL_90, FloatArray
from mrs.detection.anomaly.inputs import AnomalyInputs
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.params import (
    HELD_LEAST_STORE_DAYS,
    HELD_PERIODS,
    HELD_PRIOR_DAYS,
    HELD_RANGE,
    HELD_WEEKDAY_PRIOR_DAYS,
)
from mrs.detection.baseline.promoted import promoted
from mrs.detection.baseline.recent import recent_distance, weight_of
from mrs.detection.baseline.repeats import Repeats, repeated_days
from mrs.detection.calibration.past_events import chance_of_quiet
from mrs.detection.context import context_of
from mrs.models.protocols import BaselineModel


@dataclass(frozen=True)
class Held:
    """What the peers' days before say of an expectation.

    Parameters
    ----------
    first_day, repeats
        T days from a day since 1970-01-01 on: what earlier days say of how the chain moves on each.
    weight
        Which part of the distance to the last same weekdays is added.
    scale
        7, for each weekday (Monday first) what the band must be multiplied by.
    """

    first_day: int
    repeats: Repeats
    weight: float
    scale: FloatArray

    def applied(self, inputs: BaselineInputs, found: Expectation) -> Expectation:
        """Return the expectation of some stores with all that is said."""
        day = np.arange(found.sigma.shape[1]) + inputs.panel.first_day
        at = day - self.first_day
        inside = (at >= 0) & (at < len(self.repeats.expected))
        at = np.where(inside, at, 0)
        as_before = np.where(inside, self.repeats.as_before[at], np.nan)
        sigma = found.sigma * self.scale[(day + 3) % 7][None, :]
        shared = promoted(inputs.layout, inputs.promotions, inputs.anchor)
        found = replace(found, sigma=sigma, as_before=as_before, promoted=shared)
        if not found.may_be_combined:
            return found
        repeats = np.where(inside, self.repeats.expected[at], 0.0)
        found = replace(found, log_expected=found.log_expected + repeats[None, :])
        return replace(found, log_expected=found.log_expected + self.weight * recent_distance(inputs, found))


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
    panel, stores = peers.panel, len(peers.panel.store_ids)
    repeats, combined = Repeats.nothing(panel.sales.shape[1]), False
    off, distance, sigma = ([np.zeros((stores, 0))] for _ in range(3))
    first = peers.anchor
    for k in range(1, HELD_PERIODS + 1):
        anchor = peers.anchor - k * step
        if not stores or anchor - panel.first_day <= 0:
            break
        first, then_known = anchor, replace(peers, anchor=anchor, peers=None)
        found = baseline.expect(then_known)
        if k == 1:
            combined = found.may_be_combined
            repeats = repeated_days(peers, found)
        found = replace(found, log_expected=found.log_expected + repeats.expected[None, :])
        then = slice(anchor - panel.first_day, anchor - panel.first_day + step)
        there = panel.trading[:, then] & ~found.is_closed[:, then] & (found.days_known[:, then] >= least_history)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (np.log(panel.sales[:, then]) - found.log_expected[:, then]) / found.sigma[:, then]
        off.insert(0, np.where(there & np.isfinite(z), z, np.nan))
        distance.insert(0, recent_distance(then_known, found)[:, then] / found.sigma[:, then])
        sigma.insert(0, found.sigma[:, then])
    every, apart = np.hstack(off), np.hstack(distance)
    there = ~np.isnan(every)
    weight = weight_of(apart[there], every[there]) if combined else 0.0
    every -= weight * apart
    return Held(panel.first_day, repeats, weight, _scale(every, _quiet(peers, every, np.hstack(sigma), first), first))


def _quiet(peers: BaselineInputs, off: FloatArray, sigma: FloatArray, first: int) -> FloatArray:
    """Return S×D: the chance that a day from `first` on is a quiet one, by all peers' deviations in sigmas; 0: none."""
    stores, context = np.arange(len(off)), context_of(first, *off.shape)
    there = ~np.isnan(off)
    every = np.ones(len(off), dtype=bool)
    if not there.any():
        return there.astype(np.float64)
    return chance_of_quiet(AnomalyInputs(peers.layout.stores, off * sigma, sigma, every, stores, 0, context), there)


def _scale(off: FloatArray, quiet: FloatArray, first: int) -> FloatArray:
    """Return by weekday what a band must be multiplied by to hold 90 % of the quiet days.

    Parameters
    ----------
    off
        S×D from the day `first` on, in sigmas, NaN where nothing is known.
    quiet
        S×D, the chance that the day is quiet.
    first
        Days since 1970-01-01.
    """
    known = ~np.isnan(off)
    if known.sum() < HELD_LEAST_STORE_DAYS:
        return np.ones(7)
    overall = _drawn(_width(off[known], quiet[known]), quiet[known].sum() / len(off), 1.0, HELD_PRIOR_DAYS)
    scale = np.full(7, overall)
    for k in range(7):
        own = known & ((np.arange(off.shape[1]) + first + 3) % 7 == k)[None, :]
        if own.sum() >= HELD_LEAST_STORE_DAYS:
            days = quiet[own].sum() / len(off)
            scale[k] = _drawn(_width(off[own], quiet[own]), days, overall, HELD_WEEKDAY_PRIOR_DAYS)
    return np.asarray(np.clip(scale, *HELD_RANGE))


def _width(off: FloatArray, weight: FloatArray) -> float:
    """Return how many bands, of deviations in sigmas that count so much, hold 90 %."""
    order = np.argsort(np.abs(off), kind="stable")
    reached = np.cumsum(weight[order]) - 0.5 * weight[order]
    return float(np.interp(0.9 * weight.sum(), reached, np.abs(off)[order])) / NORMAL_90


def _drawn(own: float, days: float, centre: float, strength: float) -> float:
    return float(np.exp((days * np.log(own) + strength * np.log(centre)) / (days + strength)))
