"""Draws signals in the context feeds, for events and for decoys alike."""

from __future__ import annotations

import numpy as np

from cli.simulate.canvas import PLATFORMS, Burst, Canvas
from cli.simulate.places import Floats, Ints
from cli.simulate.scopes import Generator, profile
from cli.simulate.seasons import CalendarRow


def spend_burst(rng: Generator, canvas: Canvas, regions: Ints, start: int, days: int) -> float:
    """Raise the spend of a platform in some regions, under an own or the always-on campaign; return the factor."""
    platform, factor = (
        int(rng.integers(len(PLATFORMS))),
        float(np.exp(rng.uniform(np.log(3 if canvas.options.clear_signals else 2.5), np.log(12)))),
    )
    span = canvas.span(start, days)
    days = span.stop - span.start
    if days == 0:
        return factor
    own_name = f"{PLATFORMS[platform]}-push-{canvas.day(start):%Y%m%d}" if rng.random() < 0.5 else None
    wild = np.exp(rng.normal(0, 0.3, (len(regions), days)))
    base = canvas.spend[platform, regions, span].mean(axis=1, keepdims=True)
    extra = (factor - 1) * base * wild
    if own_name is None:
        canvas.spend[platform, regions, span] += extra
    elif len(regions) == canvas.options.regions:
        canvas.bursts.append(Burst(platform, own_name, None, span.start, extra.sum(axis=0)))
    else:
        canvas.bursts += [Burst(platform, own_name, int(r), span.start, extra[i]) for i, r in enumerate(regions)]
    return factor


def social_spike(rng: Generator, canvas: Canvas, regions: Ints, start: int, days: int, mood: float) -> Floats:
    """Multiply the mentions in some regions in a wave, and move sentiment by `mood`; return the shape of the wave."""
    span = canvas.span(start, days)
    wave = profile(rng, "hump" if rng.random() < 0.2 else "burst", days)
    shape = wave[: span.stop - span.start]
    low, high = (5, 40) if canvas.options.clear_signals else (3, 35)
    factor = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    canvas.mentions[regions, span] *= 1 + (factor - 1) * shape
    canvas.sentiment[regions, span] = np.clip(canvas.sentiment[regions, span] + mood * shape, -1, 1)
    return wave


def talk(rng: Generator, canvas: Canvas, regions: Ints, start: int, days: int) -> None:
    """Let people talk about what is advertised: mentions rise in some regions, less than in a wave of their own."""
    span = canvas.span(start, days)
    shape = profile(rng, str(rng.choice(["hump", "flat", "burst"])), days)[: span.stop - span.start]
    canvas.mentions[regions, span] *= 1 + float(rng.uniform(0.4, 5.0)) * shape


def extreme_weather(rng: Generator, canvas: Canvas, regions: Ints, start: int, days: int, kind: str) -> float:
    """Draw a `storm`, `rain`, `snow`, `heat` or `cold` spell over regions; return its intensity, about 0.6 to 1.6."""
    span = canvas.span(start, days)
    shape = (len(regions), span.stop - span.start)
    force = float(rng.uniform(0.9 if canvas.options.clear_signals else 0.6, 1.6))
    if kind in ("storm", "rain", "snow"):
        canvas.precipitation[regions, span] += force * rng.uniform(18, 34, shape)
    if kind == "storm":
        canvas.wind[regions, span] += force * rng.uniform(35, 60, shape)
    if kind in ("heat", "cold", "snow"):
        canvas.temperature[regions, span] += (1 if kind == "heat" else -1) * force * rng.uniform(8, 12, shape)
    return force


def shelf_gap(rng: Generator, canvas: Canvas, feed: Floats, stores: Ints, start: int, days: int) -> float:
    """Pull availability in some stores down to a level; return how much of the range is gone (0 to 1)."""
    level = float(rng.uniform(0.12, 0.72 if canvas.options.clear_signals else 0.78))
    span = canvas.span(start, days)
    noise = rng.normal(0, 0.02, (len(stores), span.stop - span.start))
    feed[stores, span] = np.clip(np.minimum(feed[stores, span], level + noise), 0, 1)
    return 1 - level


def local_event_rows(rng: Generator, canvas: Canvas, stores: Ints, start: int, days: int) -> None:
    """Enter a fair, match or concert in the calendar: by store, or now and then only by region."""
    kinds = ("Street festival", "Fair", "Concert", "City marathon", "Football final", "Trade fair", "Road works")
    name = f"{kinds[int(rng.integers(len(kinds)))]} {canvas.day(start):%d %b %Y}"
    first, last = canvas.day(start), canvas.day(start + days - 1)
    if len(stores) > 4 and rng.random() < 0.25:
        names = [canvas.region_name(int(r)) for r in canvas.regions_of(stores)]
        canvas.calendar += [CalendarRow(first, last, name, "local_event", region=region) for region in names]
    else:
        ids = [canvas.places.store_ids[int(s)] for s in stores]
        canvas.calendar += [CalendarRow(first, last, name, "local_event", store_id=store) for store in ids]
