"""Events of every kind, planted by a seed that the data gives into a chain's own past; none of it is ever logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.baseline.params import SALES_FLOOR
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.calibration.params import (
    PLANTED_APART_DAYS,
    PLANTED_LONGEST_DAYS,
    PLANTED_SCOPES,
    PLANTED_SHAPES,
    PLANTED_SHARE,
    PLANTED_TRIES_A_DAY,
    WIDE_SHARE,
)
from mrs.identity import sha256_hex


@dataclass(frozen=True)
class Ground:
    """Where events may be planted: S stores over T days.

    Parameters
    ----------
    stores
        Their places.
    trading
        S×T, days on which a store sold something and may be judged.
    """

    stores: StoreTable
    trading: BoolArray

    @cached_property
    def regions(self) -> IntArray:
        """S, the region of each store as a number, in the order of their names; no region is one of its own."""
        return _codes(self.stores.regions)

    @cached_property
    def retailers(self) -> IntArray:
        """S, the same of the retailers."""
        return _codes(self.stores.retailers)

    def nearest(self, store: int, count: int) -> IntArray:
        """Return the nearest other stores; without places those that come next in the table's order."""
        lat, lon = np.radians(self.stores.latitude), np.radians(self.stores.longitude)
        with np.errstate(invalid="ignore"):
            angle = (
                np.sin((lat - lat[store]) / 2) ** 2
                + np.cos(lat) * np.cos(lat[store]) * np.sin((lon - lon[store]) / 2) ** 2
            )
        own_region = np.array([r == self.stores.regions[store] for r in self.stores.regions])
        step = (np.arange(len(lat)) - store) % len(lat)
        far = np.where(np.isnan(angle), 4.0 + ~own_region + step / len(lat), angle)
        far[store] = np.inf
        return np.argsort(far, kind="stable")[: min(count, len(far) - 1)]


def seed_of(stores: StoreTable, until: int, planting: int) -> int:
    """Return the seed of a planting: other stores, days or numbers give other events."""
    text = "|".join((*stores.store_ids, str(until), str(planting)))
    return int(sha256_hex(text)[:12], 16)


def plant(ground: Ground, seed: int) -> tuple[FloatArray, IntArray]:
    """Return S×T log effects and the number of the event that each is part of (-1: none).

    Events leave each store days of rest, so that each can be judged by itself.
    """
    rng = np.random.default_rng(seed)
    stores, days = ground.trading.shape
    effect, number = np.zeros((stores, days)), np.full((stores, days), -1, dtype=np.int64)
    busy = np.zeros((stores, days), dtype=bool)
    target, planted = PLANTED_SHARE * ground.trading.sum(), 0
    for k in range(PLANTED_TRIES_A_DAY * days):
        if planted >= target or days < 2:
            break
        length = min(round(float(np.exp(rng.uniform(0, np.log(PLANTED_LONGEST_DAYS))))), days)
        start = int(rng.integers(0, days - length + 1))
        members = _members(rng, ground)
        span = slice(max(start - PLANTED_APART_DAYS, 0), start + length + PLANTED_APART_DAYS)
        if not len(members) or busy[members, span].any():
            continue
        if len(members) > 3 and planted + len(members) * length > 1.5 * target:
            continue
        effect[members, start : start + length] = _course(rng, len(members), length)
        number[members, start : start + length] = k
        busy[members, span] = True
        planted += int(ground.trading[members, start : start + length].sum())
    return np.maximum(effect, np.log(SALES_FLOOR)) * ground.trading, np.where(ground.trading, number, -1)


def _course(rng: np.random.Generator, members: int, length: int) -> FloatArray:
    """Return members×length log effects: one size and side, each store a little its own."""
    alone = members == 1
    size = np.exp(rng.uniform(np.log(0.15), np.log(2.5)) if alone else rng.uniform(np.log(0.1), np.log(1.2)))
    side = rng.choice([-1.0, 1.0], p=[0.7, 0.3] if alone else [0.5, 0.5])
    apart = np.exp(rng.normal(0, rng.uniform(0, 0.35), members))
    restless = np.exp(rng.normal(0, 0.05, (members, length)))
    return np.asarray(side * size * apart[:, None] * _shape(rng, length) * restless)


def _members(rng: np.random.Generator, ground: Ground) -> IntArray:
    scope = str(rng.choice(list(PLANTED_SCOPES), p=list(PLANTED_SCOPES.values())))
    total = len(ground.stores.store_ids)
    centre = int(rng.integers(total))
    regions = ground.regions
    home = np.flatnonzero(regions == regions[centre])
    if scope == "one" or total == 1:
        return np.array([centre])
    if scope == "near":
        return np.append(ground.nearest(centre, int(np.exp(rng.uniform(np.log(2), np.log(20))))), centre)
    if scope == "chain":
        return np.asarray(home[ground.retailers[home] == ground.retailers[centre]], dtype=np.int64)
    if scope == "wide":
        return np.asarray(np.flatnonzero(rng.random(total) < rng.uniform(*WIDE_SHARE)), dtype=np.int64)
    if scope == "several":
        names = np.unique(regions)
        wanted = rng.choice(names, min(len(names), int(rng.integers(2, 6))), replace=False)
        home = np.flatnonzero(np.isin(regions, wanted))
    share = {"region": rng.uniform(0.7, 1), "part": rng.uniform(0.1, 0.6), "several": rng.uniform(0.1, 1)}[scope]
    return np.asarray(home[rng.random(len(home)) < share], dtype=np.int64)


def _codes(names: Sequence[str | None]) -> IntArray:
    return np.unique([name or "" for name in names], return_inverse=True)[1].astype(np.int64)


def _shape(rng: np.random.Generator, length: int) -> FloatArray:
    day = np.arange(length)
    shapes = {
        "box": np.ones(length),
        "decay": np.exp(-day / max(1.0, length / 3)),
        "rise": (day + 1) / length,
        "bump": np.sin(np.pi * (day + 0.5) / length),
        "ramp": 1 - day / length / 1.3,
    }
    return np.asarray(shapes[str(rng.choice(list(PLANTED_SHAPES), p=list(PLANTED_SHAPES.values())))])
