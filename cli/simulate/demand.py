"""Baseline demand: what stores would sell without events."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from scipy.signal import lfilter

from cli.simulate.options import SimulationOptions
from cli.simulate.places import Floats, Places
from cli.simulate.seasons import Seasons, holiday_swing
from cli.simulate.trade import Trade

WEEKDAYS = (0.06, -0.02, -0.04, 0.0, 0.12, 0.2, -0.35)
ELASTICITY = -1.1


def autoregressive(noise: Floats, memory: float) -> Floats:
    """Return AR(1) series along the last axis with the standard deviation of `noise`."""
    return np.asarray(lfilter([np.sqrt(1 - memory**2)], [1, -memory], noise, axis=-1))


def quiet_log_demand(
    options: SimulationOptions, places: Places, seasons: Seasons, trade: Trade, warmth: Floats, rain: Floats
) -> Floats:
    """Return the log of daily sales without events, shape (S, D).

    `warmth` (°C above the usual) and `rain` (mm) are of shape (R, D); trade answers to them mildly.
    """
    swing = holiday_swing(seasons.holiday)[places.region]
    rng = options.stream("demand")
    per_store = rng.normal(0, 1, (6, places.count, 1))
    school = seasons.school[places.region]
    weather = 0.004 * per_store[0] * warmth[places.region] - 0.0012 * np.minimum(rain[places.region], 20)
    relative_price = np.log(trade.price / trade.price.mean(axis=1, keepdims=True))
    start_up = np.arange(options.days) - places.opens[:, None]
    opening = np.where(places.opens[:, None] > 0, -0.6 * np.exp(-np.maximum(start_up, 0) / 25), 0)
    return np.asarray(
        np.log(places.size)[:, None]
        + _weekly_and_yearly(options, places)
        + swing * (1 + 0.3 * per_store[1])
        + (0.01 + 0.04 * per_store[2]) * school
        + weather
        + trade.lift
        + ELASTICITY * 0.3 * relative_price
        + (0.015 + 0.06 * per_store[3]) * np.arange(options.days) / 365
        + opening
        + _noise(options, places)
    )


def _weekly_and_yearly(options: SimulationOptions, places: Places) -> Floats:
    """Return the log swing over the week, the month and the year, shape (S, D)."""
    rng = options.stream("seasonality")
    days = [options.start + timedelta(days=k) for k in range(options.days)]
    weekday = np.array([d.weekday() for d in days])
    of_year = np.array([d.timetuple().tm_yday for d in days]) / 365.25
    of_month = np.array([d.day for d in days])
    week = np.array(WEEKDAYS) * rng.uniform(0.5, 1.6, (options.retailers, 1)) + rng.normal(
        0, 0.03, (options.retailers, 7)
    )
    by_store = week[places.retailer] + rng.normal(0, 0.04, (places.count, 7))
    by_store[:, 6] += np.where(places.opens_sundays, rng.normal(0.3, 0.2, places.count), 0)
    waves = np.stack([f(2 * np.pi * k * of_year) for k in (1, 2, 3) for f in (np.sin, np.cos)])
    gains = rng.normal(0, 1, (options.retailers, 6)) * np.array([0.05, 0.05, 0.03, 0.03, 0.015, 0.015])
    yearly = gains @ waves
    tourism = rng.normal(0, 0.05, (options.regions, 1)) * -np.cos(2 * np.pi * of_year)
    advent = np.array([max(0, d.day - 1) / 23 if d.month == 12 and d.day < 25 else 0 for d in days])
    payday = 0.03 * np.exp(-((of_month - 1) / 3.0)) + 0.02 * (of_month >= 28)
    yearly = yearly + 0.28 * rng.uniform(0.4, 1.6, (options.retailers, 1)) * advent
    return np.asarray(by_store[:, weekday] + yearly[places.retailer] + tourism[places.region] + payday)


def _noise(options: SimulationOptions, places: Places) -> Floats:
    """Return log noise: a common and a store's own slow part, and heavy tails that are larger in small stores."""
    rng, d = options.stream("noise"), options.days
    region = autoregressive(rng.normal(0, 0.018, (options.regions, d)), 0.6)[places.region]
    own = autoregressive(rng.normal(0, 0.03, (places.count, d)), 0.85)
    scale = 0.055 * (places.size / np.median(places.size)) ** -0.2 * np.exp(rng.normal(0, 0.2, places.count))
    jumps = rng.standard_t(4, (places.count, d)) * scale[:, None]
    return np.asarray(options.noise * (region + own + np.clip(jumps, -0.9, 0.9)))
