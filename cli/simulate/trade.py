"""Planned trade: the TPO calendar's promotions with their lift over time, shelf prices, and which days stores trade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from cli.simulate.options import SimulationOptions
from cli.simulate.places import Flags, Floats, Places
from cli.simulate.seasons import Seasons

MECHANICS = (("price off", 1.3), ("multi-buy", 1.0), ("display", 0.6), ("feature+display", 1.6), ("loyalty price", 0.7))
CATEGORIES = ("fresh", "drinks", "household", "snacks", "frozen", "care", "bakery", "pets")


@dataclass(frozen=True)
class PromotionRow:
    """One row of the TPO calendar; a null scope means all."""

    promotion_id: str
    start: date
    end: date
    retailer: str | None
    region: str | None
    store_id: str | None
    category: str | None
    mechanic: str
    depth: float | None


@dataclass(frozen=True)
class Trade:
    """Planned trade: `lift` (log) and `price` of shape (S, D), `tilt` (log, by category) of shape (retailers, D, C)."""

    rows: tuple[PromotionRow, ...]
    lift: Floats
    price: Floats
    tilt: Floats


def lift_shape(days: int) -> Floats:
    """Return the profile of a promotion's lift: a strong start, a fading middle, a last-chance end."""
    at = np.linspace(0, 1, days)
    return 0.85 + 0.35 * np.exp(-4 * at) + 0.15 * np.exp(-8 * (1 - at))


def category_names(options: SimulationOptions) -> tuple[str, ...]:
    """Return the names of the categories, none where sales are not split."""
    return tuple(CATEGORIES[i % 8] + ("" if i < 8 else f"-{i // 8 + 1}") for i in range(options.categories))


def make_trade(options: SimulationOptions, places: Places) -> Trade:
    """Draw the promotions of every retailer and the prices of every store."""
    rng, shape = options.stream("trade"), (places.count, options.days)
    lift, cut = np.zeros(shape), np.zeros(shape)
    categories = category_names(options)
    tilt = np.zeros((options.retailers, options.days, max(1, options.categories)))
    taste = np.exp(rng.normal(0, 0.25, places.count))
    rows: list[PromotionRow] = []
    for retailer, name in enumerate(places.retailer_names):
        begin = int(rng.integers(0, 14))
        while begin < options.days - 1:
            monday = begin - (options.start + timedelta(days=begin)).weekday()
            length = int(rng.choice([5, 6, 6, 7, 12, 13]))
            mechanic, strength = MECHANICS[int(rng.integers(len(MECHANICS)))]
            depth = round(float(rng.uniform(0.08, 0.4)), 2)
            region = int(rng.integers(options.regions)) if rng.random() < 0.2 else None
            category = int(rng.integers(options.categories)) if categories and rng.random() < 0.5 else None
            rows.append(
                PromotionRow(
                    promotion_id=f"{name}-{len(rows):04d}",
                    start=options.start + timedelta(days=monday),
                    end=options.start + timedelta(days=monday + length - 1),
                    retailer=name,
                    region=None if region is None else places.region_names[region],
                    store_id=None,
                    category=None if category is None else categories[category],
                    mechanic=mechanic,
                    depth=None if mechanic in ("display",) else depth,
                )
            )
            chosen = (places.retailer == retailer) & ((region is None) | (places.region == region))
            gain = strength * (0.08 + 0.7 * depth)
            if category is not None:
                _add(tilt[retailer : retailer + 1, :, category], monday, gain * lift_shape(length))
                gain /= options.categories
            _run(lift, cut, chosen, monday, gain * taste, length, depth * 0.3 if "pr" in mechanic else 0.0)
            begin = monday + length + int(rng.choice([1, 7, 8, 14], p=[0.3, 0.3, 0.25, 0.15]))
    return Trade(tuple(rows), lift, _prices(options, places) * (1 - np.minimum(cut, 0.5)), tilt)


def _add(into: Floats, start: int, values: Floats) -> None:
    """Add `values` (per day) to the rows of `into` from day `start`, cut off at the ends of the world."""
    first, last = max(0, start), min(into.shape[1], start + len(values))
    if first < last:
        into[:, first:last] += values[first - start : last - start]


def _run(lift: Floats, cut: Floats, chosen: Flags, start: int, gain: Floats, days: int, discount: float) -> None:
    """Let a promotion run in the chosen stores: its lift, the dip after it, its discount."""
    index = np.flatnonzero(chosen)
    profile = np.concatenate([lift_shape(days), -0.18 * np.exp(-np.arange(4) / 1.5)])
    for target, values in ((lift, gain[index, None] * profile), (cut, np.full((len(index), days), discount))):
        part = target[index]
        first, last = max(0, start), min(part.shape[1], start + values.shape[1])
        if first < last:
            part[:, first:last] += values[:, first - start : last - start]
        target[index] = part


def _prices(options: SimulationOptions, places: Places) -> Floats:
    """Return shelf prices (S, D): a level by retailer and store, small steps a few times a year, a little jitter."""
    rng = options.stream("prices")
    level = np.exp(rng.normal(1.6, 0.5, options.retailers))[places.retailer] * np.exp(rng.normal(0, 0.04, places.count))
    steps = np.where(
        rng.random((options.retailers, options.days)) < 3 / 365, rng.normal(0.01, 0.012, (1, options.days)), 0
    )
    jitter = rng.normal(0, 0.002, (places.count, options.days))
    return np.asarray(level[:, None] * np.exp(np.cumsum(steps, axis=1)[places.retailer] + jitter))


def open_days(options: SimulationOptions, places: Places, seasons: Seasons) -> tuple[Flags, Flags]:
    """Return `(exists, is_open)` of shape (S, D): the store's life, and the days of it on which it trades.

    A refurbishment closes a store for weeks; half of these leave rows that say closed, half leave no rows at all.
    """
    rng, shape = options.stream("open"), (places.count, options.days)
    day = np.arange(options.days)
    exists = (day >= places.opens[:, None]) & (day <= places.closes[:, None])
    sunday = (day + options.start.weekday()) % 7 == 6
    closed = (sunday | seasons.holiday[places.region]) & ~places.opens_sundays[:, None]
    refurbished = np.flatnonzero(rng.random(shape[0]) < 0.05 * options.days / 365)
    starts = rng.integers(0, options.days, len(refurbished))
    lengths = rng.integers(7, 43, len(refurbished))
    silent = rng.random(len(refurbished)) < 0.5
    for store, start, length, without_rows in zip(refurbished, starts, lengths, silent, strict=True):
        span = slice(int(start), int(start + length))
        closed[store, span] = True
        if without_rows:
            exists[store, span] = False
    return exists, exists & ~closed
