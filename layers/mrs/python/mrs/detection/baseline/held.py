"""How wide a band must be on days that no fit has seen: measured on the peers, in the refit periods before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mrs.arrays import NORMAL_90, FloatArray
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.params import (
    HELD_LEAST_STORE_DAYS,
    HELD_PERIODS,
    HELD_PRIOR_DAYS,
    HELD_RANGE,
    HELD_STORES,
    HELD_WEEKDAY_PRIOR_DAYS,
)
from mrs.models.protocols import BaselineModel


def band_scale(baseline: BaselineModel, peers: BaselineInputs, step: int, least_history: int) -> FloatArray:
    """Return for each weekday (Monday first) what the band of the peers should have been multiplied by.

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
    size, weekday = [np.zeros(0)], [np.zeros(0, dtype=np.int64)]
    peers = peers.take(np.arange(min(len(peers.panel.store_ids), HELD_STORES)), peers.anchor)
    panel = peers.panel
    for k in range(1, HELD_PERIODS + 1):
        anchor = peers.anchor - k * step
        if not len(panel.store_ids) or anchor - panel.first_day <= 0:
            break
        found = baseline.expect(replace(peers, anchor=anchor, peers=None))
        then = slice(anchor - panel.first_day, anchor - panel.first_day + step)
        with np.errstate(divide="ignore", invalid="ignore"):
            off = np.abs(np.log(panel.sales[:, then]) - found.log_expected[:, then]) / found.sigma[:, then]
        there = panel.trading[:, then] & ~found.is_closed[:, then] & np.isfinite(off)
        there &= found.days_known[:, then] >= least_history
        day = np.broadcast_to((np.arange(step) + anchor + 3) % 7, there.shape)
        size.append(off[there])
        weekday.append(day[there])
    every, day = np.concatenate(size), np.concatenate(weekday)
    if len(every) < HELD_LEAST_STORE_DAYS:
        return np.ones(7)
    days = HELD_PERIODS * step * len(every) / max(len(panel.store_ids) * HELD_PERIODS * step, 1)
    overall = _drawn(float(np.quantile(every, 0.9)) / NORMAL_90, days, 1.0, HELD_PRIOR_DAYS)
    scale = np.full(7, overall)
    for k in range(7):
        own = every[day == k]
        if len(own) >= HELD_LEAST_STORE_DAYS:
            its_days = len(own) / len(panel.store_ids)
            scale[k] = _drawn(float(np.quantile(own, 0.9)) / NORMAL_90, its_days, overall, HELD_WEEKDAY_PRIOR_DAYS)
    return np.asarray(np.clip(scale, *HELD_RANGE))


def _drawn(own: float, days: float, centre: float, strength: float) -> float:
    return float(np.exp((days * np.log(own) + strength * np.log(centre)) / (days + strength)))


def scaled(found: Expectation, first_day: int, scale: FloatArray) -> Expectation:
    """Return the expectation with its spread multiplied by weekday."""
    weekday = (np.arange(found.sigma.shape[1]) + first_day + 3) % 7
    return replace(found, sigma=found.sigma * scale[weekday][None, :])
