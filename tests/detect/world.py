"""A small retail world for detection: stores of two chains in three regions, years of sales with a known pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from mrs.contracts import dataset

FIRST_TICK = date(2024, 9, 2)
LAST_TICK = date(2024, 9, 25)
HISTORY = 420
Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Sales of S stores over T days, before they are laid out as tables; NaN where a store sends nothing."""

    sales: Array
    is_open: npt.NDArray[np.bool_]
    first_day: date
    regions: tuple[str, ...]
    retailers: tuple[str, ...]
    latitude: Array
    longitude: Array

    @property
    def store_ids(self) -> list[str]:
        return [f"s{i:03d}" for i in range(len(self.sales))]

    def at(self, day: date) -> int:
        return (day - self.first_day).days

    def changed(self, change: Callable[[Array], None]) -> World:
        """Return the world after `change` has edited a copy of its sales."""
        sales = self.sales.copy()
        change(sales)
        return replace(self, sales=sales)


def make_world(
    stores: int = 36, seed: int = 1, last: date = LAST_TICK, first_tick: date = FIRST_TICK, history: int = HISTORY
) -> World:
    """Return a quiet world: weekday pattern, season, a fortnightly promotion, noise that regions share in part."""
    rng = np.random.default_rng(seed)
    first = first_tick - timedelta(days=history)
    days = (last - first).days + 1
    t = np.arange(days)
    weekday = (t + first.weekday()) % 7
    region = np.arange(stores) % 3
    pattern = np.array([0.1, 0.0, -0.05, 0.0, 0.1, 0.25, 0.0])[weekday]
    season = 0.1 * np.sin(2 * np.pi * t / 365.25)
    promotion = 0.25 * promoted(first, days)
    level = rng.normal(8.5, 0.4, stores)[:, None] + 0.05 * rng.normal(size=(stores, 7))[:, weekday]
    shared = 0.03 * rng.normal(size=(3, days))[region] + 0.03 * rng.normal(size=days)[None, :]
    log_sales = level + pattern + season + promotion + shared + 0.08 * rng.normal(size=(stores, days))
    is_open = np.broadcast_to(weekday != 6, log_sales.shape)
    return World(
        sales=np.where(is_open, np.round(np.exp(log_sales), 2), 0.0),
        is_open=is_open,
        first_day=first,
        regions=tuple(f"r{k}" for k in region),
        retailers=tuple("ab"[i % 2] for i in range(stores)),
        latitude=50 + region + rng.uniform(0, 0.5, stores),
        longitude=8 + region + rng.uniform(0, 0.5, stores),
    )


def promoted(first: date, days: int) -> npt.NDArray[np.bool_]:
    week = np.array([(first + timedelta(days=int(i))).isocalendar().week for i in range(days)])
    weekday = np.array([(first + timedelta(days=int(i))).weekday() for i in range(days)])
    return (week % 2 == 0) & (weekday < 5)


def tables_of(world: World, first_tick: date = FIRST_TICK) -> dict[str, pa.Table]:
    """Return the world as the logs that ingest writes."""
    store, day = np.nonzero(~np.isnan(world.sales))
    dates = [world.first_day + timedelta(days=int(d)) for d in range(world.sales.shape[1])]
    ids = np.array(world.store_ids, dtype=object)
    sales = _table(
        "sales_timeseries_data",
        store_id=ids[store].tolist(),
        date=[dates[d] for d in day],
        sales=world.sales[store, day].tolist(),
        is_open=world.is_open[store, day].tolist(),
        tick=[max(first_tick, dates[d]) for d in day],
    )
    stores = _table(
        "stores_data",
        store_id=world.store_ids,
        region=list(world.regions),
        retailer=list(world.retailers),
        latitude=world.latitude.tolist(),
        longitude=world.longitude.tolist(),
        tick=[first_tick] * len(ids),
    )
    starts = [d for d in dates if d.weekday() == 0 and d.isocalendar().week % 2 == 0]
    promotions = _table(
        "promotions_data",
        promotion_id=[f"p{d}" for d in starts],
        start_date=starts,
        end_date=[d + timedelta(days=4) for d in starts],
        mechanic=["usual"] * len(starts),
        tick=[first_tick] * len(starts),
    )
    return {
        "sales_timeseries_data": sales,
        "stores_data": stores,
        "promotions_data": promotions,
        "calendar_data": dataset("calendar_data").empty(),
    }


def _table(name: str, **columns: list[object]) -> pa.Table:
    schema = dataset(name).schema
    rows = len(next(iter(columns.values())))
    return pa.table(
        [pa.array(columns[f.name], f.type) if f.name in columns else pa.nulls(rows, f.type) for f in schema],
        schema=schema,
    )
