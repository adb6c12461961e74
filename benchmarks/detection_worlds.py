"""Training and test data for detection: landing folders, simulated worlds, and planted events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from mrs.contracts import dataset

from cli.simulate.world import simulate_world

Array = npt.NDArray[np.float64]
SALES = "sales_timeseries_data"
LANDED = {
    "unified_sales_data": SALES,
    "stores": "stores_data",
    "promotions": "promotions_data",
    "calendar": "calendar_data",
}
DAY = timedelta(days=1)
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Scenario:
    """A period of sales without and with planted events, both as the logs that ingest writes.

    Parameters
    ----------
    name
        How the report calls it.
    clean, planted
        Logs by dataset.
    events
        `event`, `cause`, `store_id`, `date`, `log_effect`: what was planted.
    first, last
        The test days.
    """

    name: str
    clean: Mapping[str, pa.Table]
    planted: Mapping[str, pa.Table]
    events: pd.DataFrame
    first: date
    last: date


def as_logs(landing: Mapping[str, pa.Table], first_tick: date) -> dict[str, pa.Table]:
    """Return landing tables as ingest logs them from `first_tick` on."""
    logs = {name: dataset(name).empty() for name in LANDED.values()}
    for name, log in LANDED.items():
        if name not in landing:
            continue
        table = landing[name]
        start = pa.scalar(first_tick, pa.date32())
        seen = pc.max_element_wise(table["date"].cast(pa.date32()), start) if log == SALES else start
        logs[log] = in_schema(log, table, seen)
    return logs


def in_schema(name: str, table: pa.Table, tick: pa.ChunkedArray | pa.Scalar | None = None) -> pa.Table:
    """Return a table in a dataset's full schema, doubles rounded as the harness rounds them."""
    columns = []
    for field in dataset(name).schema:
        if field.name == "tick" and tick is not None:
            columns.append(pa.repeat(tick, table.num_rows) if isinstance(tick, pa.Scalar) else tick)
        elif field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
        else:
            column = table[field.name].cast(field.type)
            columns.append(pc.round(column, 6) if pa.types.is_floating(field.type) else column)
    return pa.table(columns, schema=dataset(name).schema)


def landing_folder(folder: Path) -> dict[str, pa.Table]:
    """Return the landing datasets that detection reads from a folder."""
    return {name: pq.read_table(folder / f"{name}.parquet") for name in LANDED if (folder / f"{name}.parquet").exists()}


def labelled_scenario(folder: Path, first: date, last: date) -> Scenario:
    """Return a folder with input/, clean/ and truth/ as a scenario."""
    events = pd.read_parquet(folder / "truth" / "store_days.parquet")
    events["date"] = pd.to_datetime(events["date"])
    clean, planted = (as_logs(landing_folder(folder / side), first) for side in ("clean", "input"))
    return Scenario("real stores", clean, planted, events, first, last)


def simulated_scenario(stores: int = 200, days: int = 730, seed: int = 11, test_days: int = 150) -> Scenario:
    """Return a simulated world whose last days are the test period."""
    world = simulate_world(stores, days, seed)
    dates = world.clean_sales["date"].cast(pa.date32())
    last = pc.max(dates).as_py()
    first = last - (test_days - 1) * DAY
    events = world.store_days.to_pandas().dropna(subset=["log_effect"])
    events["date"] = pd.to_datetime(events["date"])
    start = pd.Timestamp(first)
    begun = set(events.loc[events["date"] < start, "event"])
    events = events[(events["date"] >= start) & ~events["event"].isin(begun)]
    planted = as_logs(world.landing, first)
    clean = as_logs(world.clean_landing, first)
    return Scenario("simulated world", clean, planted, events, first, last)


@dataclass(frozen=True)
class Grid:
    """The daily totals of S stores over T days, and where the stores are."""

    store_ids: list[str]
    first_day: date
    sales: Array
    regions: npt.NDArray[np.str_]
    retailers: npt.NDArray[np.str_]
    distance: Array

    @property
    def trading(self) -> npt.NDArray[np.bool_]:
        """S×T, True where something was sold."""
        return np.nan_to_num(self.sales) > 0


def grid_of(logs: Mapping[str, pa.Table], first: date | None = None, last: date | None = None) -> Grid:
    """Return the totals of a scenario's logs from `first` to `last`."""
    frame = logs[SALES].select(["store_id", "date", "sales"]).to_pandas()
    frame["date"] = pd.to_datetime(frame["date"])
    wide = frame.groupby(["store_id", "date"])["sales"].sum(min_count=1).unstack("date").sort_index()
    start, end = pd.Timestamp(first or wide.columns[0]), pd.Timestamp(last or wide.columns[-1])
    wide = wide.reindex(columns=pd.date_range(start, end))
    places = logs["stores_data"].to_pandas().set_index("store_id").reindex(wide.index)
    lat, lon = (np.radians(places[c].to_numpy(dtype=float)) for c in ("latitude", "longitude"))
    angle = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    distance = np.nan_to_num(12742 * np.arcsin(np.sqrt(np.clip(angle, 0, 1))), nan=1e6)
    np.fill_diagonal(distance, np.inf)
    regions, retailers = (places[c].fillna("").to_numpy(dtype=str) for c in ("region", "retailer"))
    return Grid(list(wide.index), start.date(), wide.to_numpy(dtype=float), regions, retailers, distance)


def with_effects(logs: Mapping[str, pa.Table], grid: Grid, effect: Array) -> dict[str, pa.Table]:
    """Return the logs with sales multiplied by exp(effect) (S×T on the grid)."""
    table = logs[SALES]
    store = np.searchsorted(np.array(grid.store_ids), np.array(table["store_id"].to_pylist()))
    day = table["date"].cast(pa.int32()).to_numpy() - (grid.first_day - EPOCH).days
    inside = (day >= 0) & (day < effect.shape[1])
    change = np.zeros(len(store))
    change[inside] = effect[store[inside], day[inside]]
    sales = np.round(table["sales"].to_numpy() * np.exp(change), 2)
    return {**logs, SALES: table.set_column(table.schema.get_field_index("sales"), "sales", pa.array(sales))}


SCOPES = ("one", "near", "region", "part", "several", "chain")
SCOPE_WEIGHTS = (0.24, 0.26, 0.16, 0.12, 0.12, 0.10)
SHAPES = ("box", "decay", "rise", "bump", "ramp")
SHAPE_WEIGHTS = (0.5, 0.2, 0.1, 0.1, 0.1)
APART = 6


def plant(rng: np.random.Generator, grid: Grid, first: int, last: int, a_day: float = 1.0) -> tuple[Array, Array]:
    """Return S×T log effects and event numbers (-1 for none) of random events of any scope, shape, size and side.

    Events leave each store some days of rest, so that each can be judged by itself.
    """
    effect, number = np.zeros(grid.sales.shape), np.full(grid.sales.shape, -1.0)
    busy = np.zeros(grid.sales.shape, dtype=bool)
    for k in range(int(a_day * (last - first))):
        days = round(float(np.exp(rng.uniform(0, np.log(15)))))
        start = int(rng.integers(first, last - days + 1))
        stores = _scope(rng, grid)
        span = slice(max(start - APART, 0), start + days + APART)
        if not len(stores) or busy[stores, span].any():
            continue
        alone = len(stores) == 1
        size = np.exp(rng.uniform(np.log(0.2), np.log(2.5)) if alone else rng.uniform(np.log(0.1), np.log(1.2)))
        side = rng.choice([-1, 1]) if not alone else rng.choice([-1, 1], p=[0.75, 0.25])
        spread = np.exp(rng.normal(0, rng.uniform(0, 0.35), len(stores)))
        course = _shape(rng, days) * np.exp(rng.normal(0, 0.05, (len(stores), days)))
        effect[stores, start : start + days] += side * size * spread[:, None] * course
        number[stores, start : start + days] = k
        busy[stores, span] = True
    return effect * grid.trading, np.where(grid.trading, number, -1)


def _scope(rng: np.random.Generator, grid: Grid) -> npt.NDArray[np.int64]:
    scope = rng.choice(SCOPES, p=SCOPE_WEIGHTS)
    centre = int(rng.integers(len(grid.store_ids)))
    home = np.flatnonzero(grid.regions == grid.regions[centre])
    if scope == "one":
        return np.array([centre])
    if scope == "near":
        count = int(np.exp(rng.uniform(np.log(2), np.log(20))))
        return np.append(np.argsort(grid.distance[centre], kind="stable")[:count], centre)
    if scope == "chain":
        return home[grid.retailers[home] == grid.retailers[centre]]
    if scope == "several":
        names = np.unique(grid.regions)
        home = np.flatnonzero(np.isin(grid.regions, rng.choice(names, min(len(names), int(rng.integers(2, 6))), False)))
    share = {"region": rng.uniform(0.7, 1), "part": rng.uniform(0.1, 0.6), "several": rng.uniform(0.1, 1)}[str(scope)]
    return home[rng.random(len(home)) < share]


def _shape(rng: np.random.Generator, days: int) -> Array:
    day = np.arange(days)
    shapes = {
        "box": np.ones(days),
        "decay": np.exp(-day / max(1.0, days / 3)),
        "rise": (day + 1) / days,
        "bump": np.sin(np.pi * (day + 0.5) / days),
        "ramp": 1 - day / days / 1.3,
    }
    return shapes[str(rng.choice(SHAPES, p=SHAPE_WEIGHTS))]
