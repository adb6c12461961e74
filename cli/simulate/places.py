"""Stores: their location, retailer, size and sensitivities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cli.simulate.options import SimulationOptions

RETAILERS = ("alder", "birch", "cedar", "dogwood", "elm", "fir", "ginkgo", "hazel")
REGIONS = (
    "coast", "lakes", "plains", "capital", "highlands", "valley", "harbour", "border",
    "forest", "south", "islands", "ridge", "delta", "moor", "canal", "vineyards",
)  # fmt: skip

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Places:
    """The stores, as arrays of length S; `retailer` and `region` are indices into the names.

    `opens` and `closes` are the first and the last day index of the store's life; `size` its mean daily sales;
    `opens_sundays` whether it trades on Sundays and holidays; `sensitivity` its own factor on any effect.
    """

    store_ids: tuple[str, ...]
    retailer_names: tuple[str, ...]
    region_names: tuple[str, ...]
    retailer: Ints
    region: Ints
    latitude: Floats
    longitude: Floats
    size: Floats
    sensitivity: Floats
    opens_sundays: Flags
    opens: Ints
    closes: Ints

    @property
    def count(self) -> int:
        """Number of stores."""
        return len(self.store_ids)

    def nearest(self, store: int, k: int) -> Ints:
        """Return the `k` stores nearest to `store`, itself first."""
        east = (self.longitude - self.longitude[store]) * np.cos(np.radians(self.latitude[store]))
        distance = np.hypot(self.latitude - self.latitude[store], east)
        return np.argsort(distance, kind="stable")[:k].astype(np.int64)


def _names(pool: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Return `count` names, numbered once the pool is used up."""
    return tuple(pool[i % len(pool)] + ("" if i < len(pool) else f"-{i // len(pool) + 1}") for i in range(count))


def make_places(options: SimulationOptions) -> Places:
    """Draw the stores of a world."""
    rng, s = options.stream("places"), options.stores
    region = np.sort(np.concatenate([np.arange(options.regions), rng.choice(options.regions, s)])[:s])
    retailer_weight = 1 / np.arange(1, options.retailers + 1) ** 0.7
    retailer = rng.choice(options.retailers, s, p=retailer_weight / retailer_weight.sum())
    centre = np.column_stack([rng.uniform(44, 54, options.regions), rng.uniform(-1, 14, options.regions)])
    towns = centre[:, None, :] + rng.normal(0, 0.45, (options.regions, 4, 2))
    spot = towns[region, rng.integers(0, 4, s)] + rng.normal(0, 0.08, (s, 2))
    level = np.exp(rng.normal(8.6, 0.35, options.retailers))
    is_new = rng.random(s) < 0.08
    closing = ~is_new & (rng.random(s) < 0.02)
    last = options.days - 1
    return Places(
        store_ids=tuple(f"S{i + 1:0{max(3, len(str(s)))}d}" for i in range(s)),
        retailer_names=_names(RETAILERS, options.retailers),
        region_names=_names(REGIONS, options.regions),
        retailer=retailer.astype(np.int64),
        region=region.astype(np.int64),
        latitude=spot[:, 0].round(4),
        longitude=spot[:, 1].round(4),
        size=level[retailer] * np.exp(rng.normal(0, 0.75, s)),
        sensitivity=np.exp(rng.normal(0, 0.2, s)),
        opens_sundays=rng.random(s) < 0.07,
        opens=np.where(is_new, rng.integers(last // 4, last * 9 // 10 + 1, s), 0),
        closes=np.where(closing, rng.integers(last // 2, last + 1, s), last),
    )
