"""Chooses the events and decoys of a world, their time and place, in balanced numbers per cause."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cli.simulate.canvas import Canvas, Decoy, Planted
from cli.simulate.causes import CAUSES, CauseSpec, Site
from cli.simulate.places import Floats, Ints
from cli.simulate.scopes import Generator, free_stores, pick_stores
from cli.simulate.signals import extreme_weather, local_event_rows, shelf_gap, social_spike, spend_burst

ATTEMPTS = 40
BY_CATEGORY = frozenset({"own_stockout", "unknown"})
DECOYS: dict[str, tuple[str, ...]] = {
    "idle campaign": ("region", "regions"),
    "social spike": ("region", "regions"),
    "storm": ("region", "regions"),
    "competitor dip": ("one", "near"),
    "own dip": ("one", "near"),
    "idle local event": ("one", "near"),
}


def plant_all(canvas: Canvas) -> None:
    """Draw every event, then every decoy, on the canvas."""
    options = canvas.options
    rng = options.stream("events")
    count, first = options.n_events, options.first_event_day
    order = [c for _ in range(-(-count // len(CAUSES))) for c in rng.permutation(list(CAUSES)).tolist()][:count]
    slots = first + (np.arange(count) + rng.random(count)) * (options.days - first) / max(1, count)
    for cause, slot in zip(order, slots.astype(int).tolist(), strict=True):
        _plant(rng, canvas, cause, CAUSES[cause], slot)
    decoys = options.stream("decoys")
    for _ in range(round(options.decoys_per_event * count)):
        _decoy(decoys, canvas, str(decoys.choice(list(DECOYS))))


def _plant(rng: Generator, canvas: Canvas, cause: str, spec: CauseSpec, slot: int) -> None:
    """Draw one event near its slot; if the stores are taken, try other places, then smaller scopes and other days."""
    weights = np.array(list(spec.scopes.values()))
    for attempt in range(ATTEMPTS):
        days = int(rng.integers(spec.days[0], spec.days[1] + 1))
        wobble = int(rng.integers(-2, 3)) * (1 + attempt // 4)
        first = canvas.options.first_event_day
        start = int(np.clip(slot + wobble, first, max(first, canvas.days - max(2, days // 2))))
        days = min(days, canvas.days - start)
        scope = str(rng.choice(list(spec.scopes), p=weights / weights.sum())) if attempt < ATTEMPTS - 10 else "one"
        stores = free_stores(rng, canvas, scope, start, days, float(rng.uniform(*spec.share)))
        if len(stores):
            break
    else:
        return
    event = spec.draw(rng, canvas, Site(stores, start, days))
    if canvas.options.categories > 1 and cause in BY_CATEGORY and rng.random() < 0.6:
        event = replace(event, category=int(rng.integers(canvas.options.categories)))
    canvas.busy[stores, canvas.span(start, days)] = True
    if cause != "paid_campaign" and rng.random() < canvas.options.idle_campaign_share:
        spend_burst(rng, canvas, canvas.regions_of(stores), start + int(rng.integers(-1, 2)), max(3, days))
        canvas.idle_beside.add(len(canvas.planted))
    canvas.planted.append(event)


def _decoy(rng: Generator, canvas: Canvas, kind: str) -> None:
    """Draw a signal without effect somewhere in the world, the quiet first days included."""
    days = int(rng.integers(2, 11))
    start = int(rng.integers(canvas.days // 10, max(canvas.days // 10 + 1, canvas.days - days)))
    scopes = DECOYS[kind]
    stores = pick_stores(rng, canvas, scopes[int(rng.integers(len(scopes)))])
    regions = canvas.regions_of(stores)
    if kind == "idle campaign":
        spend_burst(rng, canvas, regions, start, days)
    elif kind == "social spike":
        social_spike(rng, canvas, regions, start, days, float(rng.uniform(-0.5, 0.5)))
    elif kind == "storm":
        days = min(days, 5)
        extreme_weather(rng, canvas, regions, start, days, str(rng.choice(["storm", "rain", "snow", "heat", "cold"])))
    elif kind in ("competitor dip", "own dip"):
        shelf_gap(rng, canvas, canvas.own if kind == "own dip" else canvas.competitor, stores, start, min(days, 5))
    else:
        days = min(days, 3)
        local_event_rows(rng, canvas, stores, start, days)
    canvas.decoys.append(Decoy(kind, start, days, stores))


def effect_matrix(canvas: Canvas) -> tuple[Floats, Ints]:
    """Return the log effect and the index of the event (−1 for none) on every store-day, both of shape (S, D)."""
    effect = np.zeros(canvas.price.shape)
    of_event = np.full(canvas.price.shape, -1)
    for number, event in enumerate(canvas.planted):
        span = canvas.span(event.start, event.days)
        effect[event.stores, span] = event.log_effect[:, : span.stop - span.start]
        of_event[event.stores, span] = number
    return effect, of_event


def faults(canvas: Canvas) -> list[tuple[int, Planted]]:
    """Return the data-quality events with their number."""
    return [(n, e) for n, e in enumerate(canvas.planted) if e.cause == "data_quality"]
