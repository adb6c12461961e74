"""Sales without events and as landed, with effects and feed faults applied, optionally by category."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cli.simulate.canvas import Canvas, Planted
from cli.simulate.places import Flags, Floats, Ints
from cli.simulate.plant import effect_matrix, faults
from cli.simulate.trade import Trade

# The last, faint days of an event are none.
SMALLEST_CHANGE = 0.005


@dataclass(frozen=True)
class Sales:
    """Sales (S, D, C) without and with events; by store-day, `lost` rows and `of_event`, the event's number."""

    clean: Floats
    landed: Floats
    lost: Flags
    of_event: Ints

    @property
    def log_effect(self) -> Floats:
        """Log of landed over clean by store-day: −99 where nothing is left, NaN where the row is lost, shape (S, D)."""
        before, after = self.clean.sum(axis=2), self.landed.sum(axis=2)
        ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0)
        effect = np.where(ratio > 0, np.log(np.maximum(ratio, 1e-300)), -99.0)
        return np.where(self.lost, np.nan, effect)


def make_sales(canvas: Canvas, log_demand: Floats, trade: Trade) -> Sales:
    """Turn log demand into sales, once without and once with the planted events."""
    total = np.where(canvas.is_open, np.exp(log_demand), 0.0)
    share = _category_shares(canvas, trade)
    clean = _counted(canvas, total[:, :, None] * share)
    effect, of_event = effect_matrix(canvas)
    factor = np.exp(np.clip(effect, -6, 6))
    landed = clean * factor[:, :, None]
    for event in canvas.planted:
        if event.category is not None:
            _in_one_category(canvas, event, share, clean, landed)
    lost = np.zeros(total.shape, bool)
    for number, event in faults(canvas):
        _fault(canvas, number, event, clean, landed, lost)
    before, after = clean.sum(axis=2), landed.sum(axis=2)
    untouched = np.abs(after - before) < SMALLEST_CHANGE * before
    landed[untouched] = clean[untouched]
    return Sales(clean, np.round(landed, 2 if canvas.options.units is None else 0), lost, of_event)


def _counted(canvas: Canvas, sales: Floats) -> Floats:
    """Return quiet sales as they are counted: to the cent, or as whole units, whose number is a Poisson variable."""
    options = canvas.options
    if options.units is None:
        return np.round(sales, 2)
    mean = sales.sum() / np.maximum((sales.sum(axis=2) > 0).sum(), 1)
    return options.stream("units").poisson(sales * options.units / mean).astype(np.float64)


def _category_shares(canvas: Canvas, trade: Trade) -> Floats:
    """Return the share of each category in a store's day, shape (S, D, C); all of it where sales are not split."""
    options, places = canvas.options, canvas.places
    if not options.categories:
        return np.ones((places.count, options.days, 1))
    rng = options.stream("categories")
    usual = rng.dirichlet(np.full(options.categories, 6.0), places.count)[:, None, :]
    weight = usual * np.exp(rng.normal(0, 0.08, (places.count, options.days, options.categories)))
    weight *= np.exp(trade.tilt[places.retailer])
    return np.asarray(weight / weight.sum(axis=2, keepdims=True))


def _in_one_category(canvas: Canvas, event: Planted, share: Floats, clean: Floats, landed: Floats) -> None:
    """Concentrate an event's effect in one category, as far as that category can carry it."""
    span = canvas.span(event.start, event.days)
    cells = np.ix_(event.stores, np.arange(span.start, span.stop))
    change = np.expm1(event.log_effect[:, : span.stop - span.start]) / share[cells][:, :, event.category]
    landed[cells] = clean[cells]
    part = landed[cells]
    part[:, :, event.category] *= np.maximum(0.03, 1 + change)
    landed[cells] = part


def _fault(canvas: Canvas, number: int, event: Planted, clean: Floats, landed: Floats, lost: Flags) -> None:
    """Break the feed of an event's stores: loaded twice, by half, as zeros, not at all, a day late, in another unit."""
    span = canvas.span(event.start, event.days)
    cells = np.ix_(event.stores, np.arange(span.start, span.stop))
    if event.kind == "missing feed":
        lost[cells] = canvas.is_open[cells]
    elif event.kind == "shifted":
        earlier = np.maximum(np.arange(span.start, span.stop) - 1, 0)
        late = clean[np.ix_(event.stores, earlier)]
        landed[cells] = np.where(canvas.is_open[cells][:, :, None], late, clean[cells])
    else:
        landed[cells] *= {"double load": 2.0, "half load": 0.5, "zeros": 0.0, "wrong unit": 100.0}[event.kind]
