"""The stores and days of an event or a decoy, and its strength on each."""

from __future__ import annotations

import numpy as np

from cli.simulate.canvas import Canvas
from cli.simulate.places import Floats, Ints

Generator = np.random.Generator


def pick_stores(rng: Generator, canvas: Canvas, scope: str) -> Ints:
    """Return the stores of a scope: `one`, `few`, `near`, `region`, `regions`, `chain_region`, `chain` or `nation`."""
    places = canvas.places
    anchor = int(rng.integers(places.count))
    if scope == "one":
        return np.array([anchor])
    if scope == "few":
        return np.sort(rng.choice(places.count, min(places.count, int(rng.integers(2, 9))), replace=False))
    if scope == "near":
        return np.sort(places.nearest(anchor, int(rng.integers(2, 16))))
    same_chain = places.retailer == places.retailer[anchor]
    region = places.region == places.region[anchor]
    if scope == "region":
        return np.flatnonzero(region)
    if scope == "regions":
        near = places.region[places.nearest(anchor, places.count)]
        first = list(dict.fromkeys(near.tolist()))[: int(rng.integers(2, 5))]
        return np.flatnonzero(np.isin(places.region, first))
    if scope == "chain_region":
        return np.flatnonzero(region & same_chain)
    if scope == "chain":
        return np.flatnonzero(same_chain)
    return np.arange(places.count)


def free_stores(rng: Generator, canvas: Canvas, scope: str, start: int, days: int, share: float) -> Ints:
    """Return a share of the scope's stores that trade then and that no other event touches within two days.

    Returns
    -------
    Store indices, sorted; empty when fewer than half of the scope are free.
    """
    stores = pick_stores(rng, canvas, scope)
    around = canvas.span(start - 2, days + 4)
    trading = canvas.is_open[stores, canvas.span(start, days)].any(axis=1)
    free = stores[trading & ~canvas.busy[stores, around].any(axis=1)]
    if len(free) * 2 < len(stores):
        return free[:0]
    keep = max(1, round(share * len(free)))
    return np.sort(rng.choice(free, keep, replace=False)) if len(free) else free


def profile(rng: Generator, shape: str, days: int) -> Floats:
    """Return the profile of an effect over its days, with a peak of 1."""
    at = np.arange(days) / max(1, days - 1)
    if shape == "burst":
        rise = int(rng.integers(1, max(2, min(4, days))))
        up = np.minimum(1, (np.arange(days) + 1) / rise)
        values = up * np.exp(-np.maximum(np.arange(days) - rise + 1, 0) / rng.uniform(1.5, 4))
    elif shape == "ramp":
        values = 0.35 + 0.65 * at
    elif shape == "fade":
        values = np.exp(-rng.uniform(0.5, 1.6) * at)
    elif shape == "hump":
        values = 0.4 + 0.6 * np.sin(np.pi * (np.arange(days) + 0.5) / days)
    else:
        values = np.ones(days)
        if days > 3 and rng.random() < 0.5:
            values[-1] = rng.uniform(0.4, 0.8)
    return np.asarray(values / values.max())


def dose(rng: Generator, canvas: Canvas, stores: Ints, peak: float, shape: Floats, lag: int = 0) -> Floats:
    """Return log effects (stores, lag + days): peak × store's sensitivity × shape, with a little noise."""
    own = canvas.places.sensitivity[stores] * np.exp(rng.normal(0, 0.1, len(stores)))
    unrest = np.exp(rng.normal(0, 0.06, len(shape)))
    effect = peak * own[:, None] * (shape * unrest)[None, :]
    return np.concatenate([np.zeros((len(stores), lag)), effect], axis=1)


def size_between(rng: Generator, low: float, high: float) -> float:
    """Return the log of an effect size drawn log-uniformly between two shares, e.g. 0.1 and 1.2 for +10 % to +120 %."""
    return float(np.log1p(np.exp(rng.uniform(np.log(low), np.log(high)))))
