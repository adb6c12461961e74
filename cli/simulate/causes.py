"""One function per cause: it draws an event's effect on sales and its signals in the context feeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cli.simulate.canvas import Canvas, Planted
from cli.simulate.places import Floats, Ints
from cli.simulate.scopes import Generator, dose, profile, size_between
from cli.simulate.signals import (
    extreme_weather,
    local_event_rows,
    shelf_gap,
    social_spike,
    spend_burst,
    talk,
)
from cli.simulate.trade import MECHANICS, PromotionRow, lift_shape

SHAPES = ("flat", "burst", "ramp", "fade", "hump")
SURPRISE = 0.5


@dataclass(frozen=True)
class Site:
    """The stores and days of an event to draw."""

    stores: Ints
    start: int
    days: int


Draw = Callable[[Generator, Canvas, Site], Planted]


@dataclass(frozen=True)
class CauseSpec:
    """How a cause occurs: its scopes with their weights, its length in days, the share of stores that it affects."""

    draw: Draw
    scopes: dict[str, float]
    days: tuple[int, int]
    share: tuple[float, float] = (1.0, 1.0)


def _planted(cause: str, kind: str, site: Site, effect: Floats) -> Planted:
    return Planted(cause, kind, site.start, site.stores, effect)


def _shape(rng: Generator, days: int, *among: str) -> Floats:
    return profile(rng, str(rng.choice(among or SHAPES)), days)


def viral(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """A viral post: a wave of mentions, followed by sales up to two days later; rarely a boycott."""
    bad = rng.random() < 0.15
    lead = int(rng.integers(0, 3))
    mood = -rng.uniform(0.3, 0.8) if bad else rng.uniform(0.0, 0.6)
    wave = social_spike(rng, canvas, canvas.regions_of(site.stores), site.start - lead, site.days, float(mood))
    peak = -size_between(rng, 0.12, 0.5) if bad else size_between(rng, 0.12, 1.3)
    effect = dose(rng, canvas, site.stores, peak, wave)
    return _planted("viral", "backlash" if bad else "hype", site, effect)


def competitor_stockout(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """A competitor's stock-out: the more of its range is missing, the more customers switch, at once or a day later."""
    gone = shelf_gap(rng, canvas, canvas.competitor, site.stores, site.start, site.days)
    lag = int(rng.random() < 0.3 and site.days > 3)
    peak = size_between(rng, 0.15, 0.7) * (0.4 + 0.9 * gone)
    effect = dose(rng, canvas, site.stores, peak, _shape(rng, site.days - lag, "flat", "flat", "ramp", "hump"), lag)
    return _planted("competitor_stockout", f"gap {gone:.2f}", site, effect)


def own_stockout(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """An own stock-out: sales fall with the share of the range that is missing."""
    gone = shelf_gap(rng, canvas, canvas.own, site.stores, site.start, site.days)
    peak = float(np.log(max(0.12, 1 - gone * rng.uniform(0.55, 1.0))))
    effect = dose(rng, canvas, site.stores, min(peak, -0.11), _shape(rng, site.days, "flat", "flat", "ramp", "fade"))
    return _planted("own_stockout", f"gap {gone:.2f}", site, effect)


def weather(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """A spell of extreme weather: people stock up before it or stay at home, depending on its intensity."""
    kind = str(rng.choice(["storm", "rain", "snow", "heat", "cold"]))
    force = extreme_weather(rng, canvas, canvas.regions_of(site.stores), site.start, site.days, kind)
    up = rng.random() < {"storm": 0.35, "rain": 0.5, "snow": 0.4, "heat": 0.8, "cold": 0.5}[kind]
    peak = (size_between(rng, 0.15, 0.6) if up else -size_between(rng, 0.15, 0.7)) * force
    effect = dose(rng, canvas, site.stores, peak, _shape(rng, site.days, "flat", "hump", "fade"))
    return _planted("weather", kind, site, effect)


def local_event(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """A fair, match or closed street near some stores, as entered in the calendar."""
    early = int(rng.random() < 0.2)
    local_event_rows(rng, canvas, site.stores, site.start - early, site.days + early)
    peak = size_between(rng, 0.2, 1.4) if rng.random() < 0.85 else -size_between(rng, 0.2, 0.7)
    return _planted("local_event", "calendar", site, dose(rng, canvas, site.stores, peak, _shape(rng, site.days)))


def promotion(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """A promotion beyond the usual cycle, in the TPO calendar or not; unlogged, only the shelf price shows it."""
    logged = rng.random() >= canvas.options.unlogged_promotion_share
    mechanic = MECHANICS[int(rng.integers(len(MECHANICS)))][0]
    depth = round(float(rng.uniform(0.12, 0.45)), 2)
    peak = size_between(rng, 0.18, 0.5) + 0.6 * depth
    shape = lift_shape(site.days) / lift_shape(site.days).max()
    if logged:
        canvas.promotions += [
            PromotionRow(
                promotion_id=f"special-{canvas.day(site.start):%Y%m%d}-{canvas.places.store_ids[int(store)]}",
                start=canvas.day(site.start),
                end=canvas.day(site.start + site.days - 1),
                retailer=None,
                region=None,
                store_id=canvas.places.store_ids[int(store)],
                category=None,
                mechanic=mechanic,
                depth=depth,
            )
            for store in site.stores
        ]
    if not logged or rng.random() < 0.4:
        _reprice(canvas, site, 1 - 0.45 * depth)
    kind = "logged" if logged else "unlogged"
    return _planted("promotion", kind, site, dose(rng, canvas, site.stores, peak, shape))


def price_change(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """The shelf price moves by 5 to 35 %; sales answer with the shoppers' elasticity; some prices stay."""
    dearer = rng.random() < 0.6
    ratio = 1 + (1 if dearer else -1) * rng.uniform(0.07, 0.35 if dearer else 0.28)
    elasticity = -rng.uniform(1.2, 3.0)
    peak = float(np.clip(elasticity * np.log(ratio), -0.9, 0.9))
    peak = np.sign(peak) * max(abs(peak), 0.11)
    stays = rng.random() < 0.3
    _reprice(canvas, site, float(ratio), stays)
    effect = dose(rng, canvas, site.stores, peak, _shape(rng, site.days, "fade" if stays else "flat"))
    return _planted("price_change", "dearer" if dearer else "cheaper", site, effect)


def _reprice(canvas: Canvas, site: Site, ratio: float, stays: bool = False) -> None:
    span = canvas.span(site.start, canvas.days if stays else site.days)
    canvas.price[site.stores, span] *= ratio


def paid_campaign(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """A burst of spend that works: the response saturates, comes up to two days late and carries over at the end."""
    tail = int(rng.integers(0, 4)) if site.days > 5 else 0
    lag = int(rng.integers(0, 3)) if site.days - tail > 4 else 0
    factor = spend_burst(rng, canvas, canvas.regions_of(site.stores), site.start, site.days - tail)
    peak = size_between(rng, 0.1, 0.45) * (0.6 + 0.35 * np.log(factor))
    shape = _shape(rng, site.days - lag, "flat", "flat", "ramp", "hump")
    if tail:
        shape[-tail:] *= 0.55 ** np.arange(1, tail + 1)
    if canvas.options.talked_about and rng.random() < canvas.options.talked_about:
        talk(rng, canvas, canvas.regions_of(site.stores), site.start + int(rng.integers(0, 3)), site.days)
    return _planted("paid_campaign", f"x{factor:.1f}", site, dose(rng, canvas, site.stores, float(peak), shape, lag))


def store_disruption(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """Building works, a power cut, a burst pipe: one store, or a few, sells much less and no feed shows a reason."""
    peak = -float(rng.uniform(0.35, 2.4))
    effect = dose(rng, canvas, site.stores, peak, _shape(rng, site.days, "flat", "flat", "fade", "hump"))
    return _planted("store_disruption", "partial", site, effect)


def unknown(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """An unexplained event: sales move and no feed shows a reason."""
    if canvas.options.surprises and rng.random() < SURPRISE:
        return _surprise(rng, canvas, site)
    peak = (1 if rng.random() < 0.5 else -1) * size_between(rng, 0.2, 0.8)
    return _planted("unknown", "no signal", site, dose(rng, canvas, site.stores, peak, _shape(rng, site.days)))


def _surprise(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """A bulk order in one store, a rush before something, or a disaster that closes shops for part of a day."""
    kind = str(rng.choice(["bulk order", "rush", "disaster"]))
    if kind == "bulk order":
        site = Site(site.stores[:1], site.start, int(rng.integers(1, 3)))
        return _planted("unknown", kind, site, np.full((1, site.days), rng.uniform(0.4, 2.2)))
    peak = rng.uniform(0.4, 1.2) if kind == "rush" else -rng.uniform(0.4, 2.0)
    return _planted("unknown", kind, site, dose(rng, canvas, site.stores, float(peak), _shape(rng, site.days, "fade")))


def data_quality(rng: Generator, canvas: Canvas, site: Site) -> Planted:
    """A fault of the feed; the effect is drawn when the sales are written (see `faults`)."""
    kind = str(rng.choice(["double load", "half load", "zeros", "missing feed", "shifted", "wrong unit"]))
    return _planted("data_quality", kind, site, np.zeros((len(site.stores), site.days)))


CAUSES: dict[str, CauseSpec] = {
    "viral": CauseSpec(viral, {"region": 5, "regions": 1, "chain_region": 2, "nation": 0.4}, (4, 14), (0.5, 1)),
    "competitor_stockout": CauseSpec(competitor_stockout, {"near": 6, "one": 1, "region": 2}, (3, 14), (0.8, 1)),
    "own_stockout": CauseSpec(own_stockout, {"near": 5, "one": 2, "chain_region": 3}, (2, 10), (0.8, 1)),
    "weather": CauseSpec(weather, {"region": 6, "regions": 2}, (2, 6), (0.85, 1)),
    "local_event": CauseSpec(local_event, {"near": 7, "one": 2, "region": 0.5}, (1, 4)),
    "promotion": CauseSpec(promotion, {"chain_region": 4, "region": 2, "few": 2, "one": 1}, (4, 12)),
    "price_change": CauseSpec(price_change, {"chain_region": 4, "region": 3, "chain": 1, "one": 1}, (5, 14)),
    "paid_campaign": CauseSpec(paid_campaign, {"region": 6, "regions": 1.5, "nation": 0.3}, (5, 16), (0.85, 1)),
    "store_disruption": CauseSpec(store_disruption, {"one": 8, "few": 1}, (3, 20)),
    "data_quality": CauseSpec(data_quality, {"one": 5, "few": 2, "chain_region": 2, "chain": 0.6}, (1, 3)),
    "unknown": CauseSpec(unknown, {"near": 4, "few": 2, "region": 1, "one": 2}, (2, 7), (0.7, 1)),
}
