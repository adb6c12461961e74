"""Turns arrays into landing tables: one function per dataset, with the contract's columns and types."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from mrs.contracts import dataset

from cli.simulate.canvas import PLATFORMS, Canvas
from cli.simulate.places import Flags, Floats, Ints
from cli.simulate.sales import Sales
from cli.simulate.trade import PromotionRow, category_names

Columns = dict[str, Any]


def build(name: str, columns: Columns) -> pa.Table:
    """Return columns as a table of the landing dataset `name`; a column that is not given is null."""
    schema = dataset(name).schema
    rows = len(next(iter(columns.values())))
    arrays = [
        pa.array(columns[f.name], f.type, from_pandas=True) if f.name in columns else pa.nulls(rows, f.type)
        for f in schema
    ]
    return pa.table(arrays, schema=schema)


def named(names: Sequence[str | None], codes: Ints) -> pa.Array:
    """Return the names at `codes`."""
    return pa.array(names, pa.string()).take(pa.array(codes))


def dates(canvas: Canvas, index: Ints) -> pa.Array:
    """Return day indices as dates."""
    return pa.array(np.datetime64(canvas.options.start, "D") + index.astype("timedelta64[D]"), pa.date32())


def sales_table(canvas: Canvas, sales: Sales, values: Floats, rows: Flags) -> pa.Table:
    """Return `unified_sales_data` of the store-days in `rows`; the rows that get lost on landing come last.

    Putting them last keeps the other rows of the quiet and the landed table at the same positions.
    """
    store, day = np.nonzero(rows)
    order = np.argsort(sales.lost[store, day], kind="stable")
    store, day = store[order], day[order]
    categories = values.shape[2]
    money = values[store, day].reshape(-1)
    price = np.repeat(canvas.price[store, day].round(2), categories)
    names: list[str | None] = list(category_names(canvas.options)) or [None]
    return build(
        "unified_sales_data",
        {
            "store_id": named(canvas.places.store_ids, np.repeat(store, categories)),
            "date": dates(canvas, np.repeat(day, categories)),
            "category": named(names, np.tile(np.arange(categories), len(store))),
            "sales": money,
            "units": np.round(money / price),
            "price": price,
            "is_open": np.repeat(canvas.is_open[store, day], categories),
        },
    )


def stores_table(canvas: Canvas) -> pa.Table:
    """Return `stores`."""
    p = canvas.places
    return build(
        "stores",
        {
            "store_id": list(p.store_ids),
            "retailer": named(p.retailer_names, p.retailer),
            "region": named(p.region_names, p.region),
            **({"latitude": p.latitude, "longitude": p.longitude} if canvas.options.located else {}),
        },
    )


def promotions_table(promotions: Iterable[PromotionRow]) -> pa.Table:
    """Return `promotions`, the TPO calendar, in order of start."""
    rows = sorted(promotions, key=lambda r: (r.start, r.promotion_id))
    fields = ("promotion_id", "retailer", "region", "store_id", "category", "mechanic", "depth")
    columns: Columns = {f: [getattr(r, f) for r in rows] for f in fields}
    return build("promotions", columns | {"start_date": [r.start for r in rows], "end_date": [r.end for r in rows]})


def calendar_table(canvas: Canvas) -> pa.Table:
    """Return `calendar`: holidays, school holidays and local events, without repeats."""
    last = canvas.day(canvas.days - 1)
    kept = {r for r in canvas.calendar if r.end >= canvas.options.start and r.start <= last + timedelta(days=30)}
    rows = sorted(kept, key=lambda r: (r.start, r.end, r.kind, r.name, r.region or "", r.store_id or ""))
    columns: Columns = {f: [getattr(r, f) for r in rows] for f in ("name", "kind", "region", "store_id")}
    return build("calendar", columns | {"start_date": [r.start for r in rows], "end_date": [r.end for r in rows]})


def campaigns_table(canvas: Canvas) -> pa.Table:
    """Return `campaigns`: an always-on campaign by platform and region, and the bursts that have an own name."""
    rng = canvas.options.stream("impressions")
    platform, region, day = (a.reshape(-1) for a in np.indices(canvas.spend.shape))
    burst_days = [b.start + np.arange(len(b.spend)) for b in canvas.bursts]
    lengths = [len(b.spend) for b in canvas.bursts]
    bursts = np.repeat(np.arange(len(canvas.bursts)), lengths)
    spend = np.concatenate([canvas.spend.reshape(-1), *(b.spend for b in canvas.bursts)]).round(2)
    of_burst = np.array([b.platform for b in canvas.bursts], int)[bursts]
    names = [f"{p}-always-on" for p in PLATFORMS] + [b.campaign for b in canvas.bursts]
    place = np.array([canvas.options.regions if b.region is None else b.region for b in canvas.bursts], int)[bursts]
    rate = np.array([110.0, 160.0, 240.0, 60.0])[np.concatenate([platform, of_burst])]
    return build(
        "campaigns",
        {
            "date": dates(canvas, np.concatenate([day, *burst_days]).astype(np.int64)),
            "platform": named(PLATFORMS, np.concatenate([platform, of_burst])),
            "campaign_id": named(names, np.concatenate([platform, len(PLATFORMS) + bursts])),
            "region": named([*canvas.places.region_names, None], np.concatenate([region, place])),
            "spend": spend,
            "impressions": np.round(spend * rate * np.exp(rng.normal(0, 0.1, len(spend)))),
        },
    )


def weather_table(canvas: Canvas) -> pa.Table:
    """Return `weather`."""
    region, day = (a.reshape(-1) for a in np.indices(canvas.temperature.shape))
    return build(
        "weather",
        {
            "date": dates(canvas, day),
            "region": named(canvas.places.region_names, region),
            "temperature_c": canvas.temperature.reshape(-1).round(1),
            "precipitation_mm": canvas.precipitation.reshape(-1).round(1),
            "wind_kph": canvas.wind.reshape(-1).round(1),
        },
    )


def social_table(canvas: Canvas) -> pa.Table:
    """Return `social`."""
    region, day = (a.reshape(-1) for a in np.indices(canvas.mentions.shape))
    return build(
        "social",
        {
            "date": dates(canvas, day),
            "region": named(canvas.places.region_names, region),
            "mentions": np.round(canvas.mentions.reshape(-1)),
            "sentiment": canvas.sentiment.reshape(-1).round(3),
        },
    )


def competitors_table(canvas: Canvas, exists: Flags) -> pa.Table:
    """Return `competitors`: the one nearest to each store, and one more that is known by region only."""
    rng, options = canvas.options.stream("rival"), canvas.options
    store, day = np.nonzero(_covered(canvas, exists))
    first = max(0, options.days - options.store_feed_days)
    region, at = (a.reshape(-1) for a in np.indices((options.regions, options.days - first)))
    rivals = [f"rival-{i + 1}" for i in range(3)] + ["market-hall"]
    return build(
        "competitors",
        {
            "date": dates(canvas, np.concatenate([day, at + first])),
            "store_id": pa.concat_arrays([named(canvas.places.store_ids, store), pa.nulls(len(at), pa.string())]),
            "region": pa.concat_arrays([pa.nulls(len(day), pa.string()), named(canvas.places.region_names, region)]),
            "competitor": named(rivals, np.concatenate([store % 3, np.full(len(at), 3)])),
            "availability": np.concatenate([canvas.competitor[store, day], rng.beta(60, 2, len(at))]).round(3),
        },
    )


def inventory_table(canvas: Canvas, exists: Flags) -> pa.Table:
    """Return `inventory`; with categories, a gap of one category leaves the others as they were."""
    store, day = np.nonzero(_covered(canvas, exists))
    count = max(1, canvas.options.categories)
    value = np.repeat(canvas.own[store, day][:, None], count, axis=1)
    for event in canvas.planted:
        if event.category is not None and event.cause == "own_stockout":
            hit = np.isin(store, event.stores) & (day >= event.start) & (day < event.start + event.days)
            others = np.arange(count) != event.category
            value[np.ix_(hit, others)] = 0.972
    names: list[str | None] = list(category_names(canvas.options)) or [None]
    return build(
        "inventory",
        {
            "date": dates(canvas, np.repeat(day, count)),
            "store_id": named(canvas.places.store_ids, np.repeat(store, count)),
            "category": named(names, np.tile(np.arange(count), len(store))),
            "availability": value.reshape(-1).round(3),
        },
    )


def _covered(canvas: Canvas, exists: Flags) -> Flags:
    covered = exists.copy()
    covered[:, : max(0, canvas.days - canvas.options.store_feed_days)] = False
    return covered
