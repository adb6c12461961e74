"""The background of every context feed: its values on ordinary days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cli.simulate.demand import autoregressive
from cli.simulate.options import SimulationOptions
from cli.simulate.places import Floats, Places

PLATFORM_COUNT = 4


@dataclass(frozen=True)
class Background:
    """Feeds by region (R, D), by platform and region (P, R, D) and by store (S, D); `warmth` is the unseasonal part."""

    temperature: Floats
    warmth: Floats
    precipitation: Floats
    wind: Floats
    mentions: Floats
    sentiment: Floats
    spend: Floats
    competitor: Floats
    own: Floats


def make_background(options: SimulationOptions, places: Places) -> Background:
    """Draw weather, mentions, always-on campaigns and availabilities."""
    temperature, warmth, rain, wind = _weather(options)
    mentions, sentiment = _social(options, places)
    return Background(
        temperature, warmth, rain, wind, mentions, sentiment, _spend(options), *_availability(options, places)
    )


def _weather(options: SimulationOptions) -> tuple[Floats, Floats, Floats, Floats]:
    rng, shape = options.stream("weather"), (options.regions, options.days)
    of_year = (np.arange(options.days) + options.start.timetuple().tm_yday) / 365.25
    normal = rng.normal(10.5, 1.5, (options.regions, 1)) - rng.uniform(8, 11, (options.regions, 1)) * np.cos(
        2 * np.pi * (of_year - 0.05)
    )
    warmth = autoregressive(rng.normal(0, 2.6, (1, options.days)), 0.8) + autoregressive(rng.normal(0, 1.5, shape), 0.7)
    front = autoregressive(rng.normal(0, 0.8, (1, options.days)), 0.5) + autoregressive(rng.normal(0, 0.6, shape), 0.4)
    rain = np.where(front > 0.35, rng.gamma(0.9, 5.0, shape), 0)
    wind = np.abs(12 + 4 * front + rng.gamma(2, 2.5, shape))
    return normal + warmth, warmth, rain, wind


def _social(options: SimulationOptions, places: Places) -> tuple[Floats, Floats]:
    rng, shape = options.stream("social"), (options.regions, options.days)
    people = np.bincount(places.region, minlength=options.regions) + 2.0
    level = 4 * people * np.exp(rng.normal(0, 0.3, options.regions))
    wave = autoregressive(rng.normal(0, 0.25, shape), 0.5)
    mentions = rng.negative_binomial(8, 8 / (8 + level[:, None] * np.exp(wave)))
    return mentions.astype(float), np.clip(0.1 + autoregressive(rng.normal(0, 0.15, shape), 0.3), -1, 1)


def _spend(options: SimulationOptions) -> Floats:
    """Always-on spend: a level by platform and region, a weekly pattern, slow budget moves and daily noise."""
    rng, shape = options.stream("campaigns"), (PLATFORM_COUNT, options.regions, options.days)
    level = np.exp(rng.normal(5.6, 0.4, shape[:2]))[..., None]
    week = 1 + 0.15 * np.sin(2 * np.pi * np.arange(options.days) / 7 + rng.uniform(0, 6, (PLATFORM_COUNT, 1, 1)))
    slow = autoregressive(rng.normal(0, 0.15, shape), 0.97)
    return np.asarray(level * week * np.exp(slow + rng.normal(0, 0.25, shape)))


def _availability(options: SimulationOptions, places: Places) -> tuple[Floats, Floats]:
    """Availability of the competitor near each store and of the own range: mostly high, with small dips."""
    rng, shape = options.stream("availability"), (places.count, options.days)
    out = []
    for mean in (0.96, 0.972):
        usual = np.clip(rng.normal(mean, 0.01, (places.count, 1)), 0.9, 0.99)
        dips = np.where(rng.random(shape) < 0.01, rng.beta(1.5, 8, shape) * 0.4, 0)
        out.append(np.clip(usual + autoregressive(rng.normal(0, 0.014, shape), 0.4) - dips, 0, 1))
    return out[0], _roughened(out[1], options)


def _roughened(own: Floats, options: SimulationOptions) -> Floats:
    rng = options.stream("rough shelves")
    rough = rng.random((len(own), 1)) < options.rough_shelves
    usual, spread = rng.uniform(0.7, 0.92, rough.shape), np.exp(rng.uniform(np.log(0.03), np.log(0.12), rough.shape))
    swings = usual + spread * autoregressive(rng.normal(0, 1, own.shape), 0.4)
    return np.where(rough, np.clip(swings, 0.05, 1), own)
