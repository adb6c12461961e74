"""The simulated world: made from one seed, written as a landing folder with the truth beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cli.simulate import tables
from cli.simulate.canvas import Canvas
from cli.simulate.context import make_background
from cli.simulate.demand import quiet_log_demand
from cli.simulate.labels import decoy_table, label_tables
from cli.simulate.options import SimulationOptions
from cli.simulate.places import make_places
from cli.simulate.plant import plant_all
from cli.simulate.sales import make_sales
from cli.simulate.seasons import make_seasons
from cli.simulate.trade import make_trade, open_days

SALES = "unified_sales_data"


@dataclass(frozen=True)
class World:
    """A retail world.

    Parameters
    ----------
    options
        What it was made from.
    landing
        The landing datasets by name, with the events in them.
    clean
        The datasets that would have been others without the events: the sales, and the TPO calendar.
    events, store_days
        What was planted: one row an event, and the log effect by event, store and day.
    decoys
        Signals without effect.
    """

    options: SimulationOptions
    landing: Mapping[str, pa.Table]
    clean: Mapping[str, pa.Table]
    events: pa.Table
    store_days: pa.Table
    decoys: pa.Table

    @property
    def clean_sales(self) -> pa.Table:
        """Sales as they would have been without the events."""
        return self.clean[SALES]

    @property
    def clean_landing(self) -> dict[str, pa.Table]:
        """The landing datasets as they would have been without the events."""
        return {**self.landing, **self.clean}


def simulate_world(stores: int = 200, days: int = 730, seed: int = 7, **more: Any) -> World:
    """Make a world; the same arguments always give the same world.

    Parameters
    ----------
    stores, days, seed
        Its size and its seed.
    **more
        Further fields of `SimulationOptions`.

    Raises
    ------
    BadInputError
        If the sizes make no world.
    """
    options = SimulationOptions(stores=stores, days=days, seed=seed, **more)
    places = make_places(options)
    seasons = make_seasons(options, places.region_names)
    trade = make_trade(options, places)
    exists, is_open = open_days(options, places, seasons)
    quiet = make_background(options, places)
    demand = quiet_log_demand(options, places, seasons, trade, quiet.warmth, quiet.precipitation)
    canvas = Canvas(
        options=options,
        places=places,
        temperature=quiet.temperature,
        precipitation=quiet.precipitation.copy(),
        wind=quiet.wind,
        mentions=quiet.mentions,
        sentiment=quiet.sentiment,
        spend=quiet.spend,
        competitor=quiet.competitor,
        own=quiet.own,
        price=trade.price.copy(),
        is_open=is_open,
        calendar=list(seasons.rows),
        promotions=list(trade.rows),
    )
    plant_all(canvas)
    sales = make_sales(canvas, demand, trade)
    rows = exists & (options.stream("missing").random(exists.shape) >= options.missing_share)
    events, store_days = label_tables(canvas, sales, rows)
    landing = {
        SALES: tables.sales_table(canvas, sales, sales.landed, rows & ~sales.lost),
        "stores": tables.stores_table(canvas),
        "promotions": tables.promotions_table(canvas.promotions),
        "campaigns": tables.campaigns_table(canvas),
        "calendar": tables.calendar_table(canvas),
        "weather": tables.weather_table(canvas),
        "social": tables.social_table(canvas),
        "competitors": tables.competitors_table(canvas, exists),
        "inventory": tables.inventory_table(canvas, exists),
    }
    clean = {
        SALES: tables.sales_table(canvas, sales, sales.clean, rows),
        "promotions": tables.promotions_table(trade.rows),
    }
    return World(options, landing, clean, events, store_days, decoy_table(canvas))


def write_world(world: World, out_dir: str | Path) -> list[Path]:
    """Write a world and return the files.

    `OUT/input` is the landing folder, `OUT/clean` the same without events (their signals are left in the feeds that detection does not read), `OUT/truth` the planted events.
    """
    out = Path(out_dir)
    parts: dict[str, pa.Table] = {f"input/{name}": table for name, table in world.landing.items()}
    parts |= {f"clean/{name}": table for name, table in world.clean_landing.items()}
    parts |= {"truth/events": world.events, "truth/store_days": world.store_days, "truth/decoys": world.decoys}
    written = []
    for name, table in parts.items():
        path = out / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, compression="zstd")
        written.append(path)
    return written
