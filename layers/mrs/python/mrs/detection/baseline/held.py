"""How wide a band must be on days that no fit has seen: measured on the peers, in the refit periods before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mrs.arrays import NORMAL_90, FloatArray
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.models.protocols import BaselineModel

PERIODS, MOST_STORES = 3, 32
DAYS_OF_ALL, DAYS_OF_WEEKDAY = 20.0, 14.0
"""So many days' worth the band as it is, and that of all weekdays, are believed: stores of one day are no many days."""
LEAST_STORE_DAYS = 100
NARROWEST, WIDEST = 0.7, 1.8


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
    peers = peers.take(np.arange(min(len(peers.panel.store_ids), MOST_STORES)), peers.anchor)
    panel = peers.panel
    for k in range(1, PERIODS + 1):
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
    if len(every) < LEAST_STORE_DAYS:
        return np.ones(7)
    days = PERIODS * step * len(every) / max(len(panel.store_ids) * PERIODS * step, 1)
    overall = _drawn(float(np.quantile(every, 0.9)) / NORMAL_90, days, 1.0, DAYS_OF_ALL)
    scale = np.full(7, overall)
    for k in range(7):
        own = every[day == k]
        if len(own) >= LEAST_STORE_DAYS:
            its_days = len(own) / len(panel.store_ids)
            scale[k] = _drawn(float(np.quantile(own, 0.9)) / NORMAL_90, its_days, overall, DAYS_OF_WEEKDAY)
    return np.asarray(np.clip(scale, NARROWEST, WIDEST))


def _drawn(own: float, days: float, centre: float, strength: float) -> float:
    return float(np.exp((days * np.log(own) + strength * np.log(centre)) / (days + strength)))


def scaled(found: Expectation, first_day: int, scale: FloatArray) -> Expectation:
    """Return the expectation with its spread multiplied by weekday."""
    weekday = (np.arange(found.sigma.shape[1]) + first_day + 3) % 7
    return replace(found, sigma=found.sigma * scale[weekday][None, :])
