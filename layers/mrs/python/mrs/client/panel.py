"""Context by geo and day beside the sales: media, promotions, holidays, weather, prices, and what MRS found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from mrs.client.rollup import NOWHERE, By

Floats = npt.NDArray[np.float64]
Log = Callable[..., pa.Table | None]
CALENDAR = ("public_holiday", "school_holiday", "local_event")
WEATHER = ("temperature_c", "precipitation_mm")
SCOPE = ("retailer", "region", "store_id")


@dataclass(frozen=True)
class Panel:
    """Everything by geo and day.

    Parameters
    ----------
    store_days
        As `mrs.client.rollup.placed` returns them, as a frame.
    by
        What a geo is.
    log
        Reads a log in force: name and, if wanted, columns.
    """

    store_days: pd.DataFrame
    by: By
    log: Log

    @cached_property
    def days(self) -> pd.DatetimeIndex:
        """Every day from the first to the last."""
        return pd.date_range(self.store_days["date"].min(), self.store_days["date"].max(), freq="D")

    @cached_property
    def stores(self) -> pd.DataFrame:
        """One row a store: `store_id`, `retailer`, `region`, `geo`, and `size`, the mean of its expected sales."""
        by_store = self.store_days.groupby("store_id")
        size = by_store["expected_sales"].mean().fillna(by_store["observed_sales"].mean())
        size = size.fillna(0.0).clip(lower=0).rename("size")
        places = self.store_days.drop_duplicates("store_id")[["store_id", "retailer", "region"]]
        found = places.merge(size, on="store_id")
        if self.by == "all":
            return found.assign(geo="all")
        return found.assign(geo=found["store_id"] if self.by == "store" else found[self.by].fillna(NOWHERE))

    @cached_property
    def geos(self) -> list[str]:
        """The geos, sorted."""
        return sorted(self.stores["geo"].unique())

    def empty(self) -> pd.DataFrame:
        """Return zeros: a row a day, a column a geo."""
        return pd.DataFrame(0.0, index=self.days, columns=self.geos)

    def _within(self, scope: tuple[Any, ...]) -> pd.Series[float]:
        """Return the size of each geo's stores in a scope: a retailer, region and store, each None for all."""
        stores = self.stores
        for column, wanted in zip(SCOPE, scope, strict=True):
            if wanted is not None:
                stores = stores[stores[column] == wanted]
        return stores.groupby("geo")["size"].sum().reindex(self.geos, fill_value=0.0)

    def _covered(self, spans: pd.DataFrame) -> pd.DataFrame:
        """Return the share of each geo that spans of days (columns of SCOPE, start_date, end_date) cover, 0 to 1."""
        share = self.empty()
        whole = self._within((None, None, None)).replace(0.0, np.nan)
        for scope, rows in spans.fillna(dict.fromkeys(SCOPE, "")).groupby(list(SCOPE)):
            part = (self._within(tuple(str(s) or None for s in scope)) / whole).fillna(0.0).to_numpy()
            on = np.zeros(len(self.days), dtype=bool)
            for first, last in zip(pd.to_datetime(rows["start_date"]), pd.to_datetime(rows["end_date"]), strict=True):
                on |= (self.days >= first) & (self.days <= last)
            share += np.outer(on, part)
        return share.clip(upper=1.0)

    def media(self) -> dict[str, pd.DataFrame]:
        """Return `<platform>_spend`, `<platform>_impressions`; a wider campaign is shared out by the stores' size."""
        table = self.log("context_signals_data")
        if table is None:
            return {}
        rows = table.to_pandas()
        rows = rows[(rows["feed"] == "campaigns") & rows["signal"].isin(["spend", "impressions"])]
        rows = rows.assign(date=pd.to_datetime(rows["date"]), platform=rows["source"].str.partition("/")[0])
        rows = rows[rows["date"].isin(self.days)]
        found: dict[str, pd.DataFrame] = {}
        for (platform, signal), mine in rows.groupby(["platform", "signal"]):
            total = self.empty()
            for region, ran in mine.groupby("region", dropna=False):
                within = self._within((None, None if pd.isna(region) else region, None))
                if within.sum() > 0:
                    spent = ran.groupby("date")["value"].sum().reindex(self.days, fill_value=0.0)
                    total += np.outer(spent, within / within.sum())
            found[f"{_name(platform)}_{signal}"] = total
        return found

    def controls(self) -> dict[str, pd.DataFrame]:
        """Return what a model may hold constant: promotions, holidays, prices, weather; only what was landed."""
        found = {}
        promotions = self.log("promotions_data")
        if promotions is not None:
            found["promotion"] = self._covered(promotions.to_pandas())
        calendar = self.log("calendar_data")
        if calendar is not None:
            spans = calendar.to_pandas().assign(retailer=None)
            found |= {kind: self._covered(spans[spans["kind"] == kind]) for kind in CALENDAR}
        return found | self._weather() | self._price()

    def _weather(self) -> dict[str, pd.DataFrame]:
        table = self.log("context_signals_data")
        if table is None:
            return {}
        rows = table.to_pandas()
        rows = rows[(rows["feed"] == "weather") & rows["region"].notna()]
        found = {}
        for signal in WEATHER:
            mine = rows[rows["signal"] == signal]
            by_region = mine.assign(date=pd.to_datetime(mine["date"])).pivot_table("value", "date", "region")
            by_region = by_region.reindex(self.days)
            total, weight = self.empty(), self.empty()
            for region in by_region.columns:
                within = self._within((None, region, None)).to_numpy()
                seen = by_region[region]
                total += np.outer(seen.fillna(0.0), within)
                weight += np.outer(seen.notna(), within)
            found[signal] = (total / weight.replace(0.0, np.nan)).ffill().bfill()
        return {name: frame for name, frame in found.items() if not frame.isna().to_numpy().all()}

    def _price(self) -> dict[str, pd.DataFrame]:
        table = self.log("sales_timeseries_data", columns=["price"])
        if table is None or table["price"].null_count == table.num_rows:
            return {}
        rows = table.select(["store_id", "date", "category", "price"]).to_pandas().dropna(subset="price")
        usual = rows.groupby(["store_id", "category"], dropna=False)["price"].transform("median")
        rows = rows.assign(ratio=rows["price"] / usual, date=pd.to_datetime(rows["date"]))
        rows = rows[rows["date"].isin(self.days)].merge(self.stores[["store_id", "geo"]], on="store_id")
        ratio = rows.pivot_table("ratio", "date", "geo").reindex(index=self.days, columns=self.geos)
        return {"price": ratio.ffill().fillna(1.0)}

    def found(self) -> dict[str, pd.DataFrame]:
        """Return `event_<cause>`: the share of a geo's expected sales that reports of the cause cover, 0 to 1."""
        rows = self.store_days[self.store_days["cause"].notna()].merge(self.stores[["store_id", "geo"]], on="store_id")
        every = self.store_days.merge(self.stores[["store_id", "geo"]], on="store_id")
        whole = every.pivot_table("expected_sales", "date", "geo", "sum").reindex(index=self.days, columns=self.geos)
        columns = {}
        for cause, mine in rows.groupby("cause"):
            part = mine.pivot_table("expected_sales", "date", "geo", "sum").reindex(index=self.days, columns=self.geos)
            share = part.fillna(0.0) / whole.where(whole > 0)
            columns[f"event_{cause}"] = share.fillna(0.0).clip(0.0, 1.0)
        return columns

    def holidays(self, country: str) -> pd.DataFrame:
        """Return the holidays, one row a day, as Prophet and Robyn read them: `ds`, `holiday`, `country`, `year`."""
        columns = ["ds", "holiday", "country", "year"]
        calendar = self.log("calendar_data")
        rows = [] if calendar is None else calendar.to_pylist()
        found = {
            (day.date().isoformat(), row["name"])
            for row in rows
            if row["kind"] != "local_event"
            for day in pd.date_range(row["start_date"], row["end_date"], freq="D")
        }
        return pd.DataFrame([(ds, name, country, int(ds[:4])) for ds, name in sorted(found)], columns=columns)


def _name(platform: str) -> str:
    """Return a platform's name as a column name."""
    return re.sub(r"\W+", "_", platform.strip().lower()).strip("_") or "media"
