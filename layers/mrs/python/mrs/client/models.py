"""What pymc-marketing, Meridian, Robyn and a bandit read, each as its own documentation says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mrs.client.bandit import bandit_data
from mrs.client.reader import Reader
from mrs.client.rollup import By, Grain, placed, rolled_up
from mrs.errors import BadInputError

try:
    import pandas as pd

    from mrs.client.model_data import ModelData, Names
    from mrs.client.panel import Panel
except ImportError:
    raise BadInputError("frames for models need pandas: pip install pandas") from None

TOOLS = ("pymc-marketing", "meridian", "robyn", "bandit")
REPORTS = "minority_reports"
WEEK = 7
QUALITIES = {
    "partial": "are partial: rows of them were set aside; their expectation stands in and they weigh nothing",
    "missing": "are missing: their expectation stands in and they weigh nothing",
    "no_expectation": "have no expectation: what was sold counts as it is",
}


def model_data(
    reader: Reader,
    tool: str,
    *,
    grain: Grain = "week",
    by: By | None = None,
    as_of: datetime | None = None,
    first: date | None = None,
    population: Mapping[str, float] | None = None,
    country: str = "ZZ",
    mask_below: float = 0.5,
) -> ModelData:
    """Return what a tool reads.

    Parameters
    ----------
    reader, tool
        Where from; one of `TOOLS`.
    grain, by
        Day or week (only whole weeks), and what a geo is; by default regions, and for Robyn, which knows no geo, all.
    as_of, first
        As known then; from this date on.
    population
        People by geo, for Meridian; None to use the stores' expected sales a day, which are proportional enough.
    country
        The country code that the holidays table names, ISO 3166 alpha-2.
    mask_below
        A row that weighs less than this is in the mask of rows not to learn from.

    Raises
    ------
    BadInputError
        If there is no such tool, or it wants something that was not landed.
    """
    if tool not in TOOLS:
        raise BadInputError(f"there is no export for {tool!r}; there is {', '.join(TOOLS)}")
    by = by or ("all" if tool == "robyn" else "region")
    if tool == "robyn" and by != "all":
        raise BadInputError("Robyn models one series: leave --by out, or choose another tool")
    stores = reader.log("stores_data", as_of)
    rows = placed(reader.sales(as_of, first), stores, reader.table(REPORTS, as_of))
    rows, qualities = judged(rows)
    panel = Panel(
        _dated(rows.to_pandas()),
        by,
        lambda name, columns=None: reader.log(name, as_of, columns),
    )
    sales = _dated(rolled_up(rows, grain, by).to_pandas())
    media, controls, found = panel.media(), panel.controls(), panel.found()
    if not any(name.endswith("_spend") for name in media):
        raise BadInputError("no campaigns were landed: a model of media needs their spend")
    sales, notes = _whole(sales, grain)
    notes = (*qualities, *notes)
    frame = sales.sort_values(["geo", "date"]).reset_index(drop=True)
    for frames, how in ((media, "sum"), (controls, "mean"), (found, "mean")):
        for name, values in frames.items():
            frame = frame.merge(_long(values, name, grain, how), how="left", on=["geo", "date"])
    names = Names(
        channels=tuple(sorted(n.removesuffix("_spend") for n in media if n.endswith("_spend"))),
        impressions=tuple(sorted(n for n in media if n.endswith("_impressions"))),
        controls=tuple(n for n in controls if frame[n].notna().all() and frame[n].std() > 0),
        events=tuple(found),
    )
    holidays = panel.holidays(country)
    if tool == "bandit":
        return bandit_data(frame, names, holidays, notes)
    frame["masked"] = frame["weight"] < mask_below
    if tool == "pymc-marketing":
        return _pymc(frame, names, holidays, by, notes)
    if tool == "meridian":
        sizes = panel.stores.groupby("geo")["size"].sum()
        return _meridian(frame, names, holidays, dict(population or sizes), notes)
    return _robyn(frame, names, holidays, country, grain, notes)


def judged(rows: pa.Table) -> tuple[pa.Table, tuple[str, ...]]:
    """Return the store-days from the first on that was judged, and what a person should know of their quality.

    Raises
    ------
    BadInputError
        If none was judged: too little is known of every store.
    """
    days = rows.filter(pc.is_valid(rows["expected_sales"]))["date"]
    if not len(days):
        raise BadInputError("no store-day was judged yet: run ticks with some weeks of history before them")
    begins = pc.min(days)
    kept = rows.filter(pc.greater_equal(rows["date"], begins))
    notes = []
    if kept.num_rows < rows.num_rows:
        left_out = rows.num_rows - kept.num_rows
        notes.append(f"{left_out:,} store-days before {begins} were never judged and are left out; sales() has them")
    if "quality" in kept.column_names:
        count = Counter(kept["quality"].to_pylist())
        notes += [f"{count[word]:,} store-days {what}" for word, what in QUALITIES.items() if count[word]]
    return kept, tuple(notes)


def _pymc(frame: pd.DataFrame, names: Names, holidays: pd.DataFrame, by: By, notes: tuple[str, ...]) -> ModelData:
    target = {"adjusted_sales": "y", "observed_sales": "y_raw", "adjusted_sd": "y_sd"}
    arguments: dict[str, Any] = {
        "date_column": "date",
        "target_column": "y",
        "channel_columns": names.spends,
        "control_columns": list(names.controls) or None,
    }
    if by != "all":
        arguments["dims"] = ["geo"]
    return ModelData("pymc-marketing", frame.rename(columns=target), arguments, holidays, "y", "y_raw", notes)


def _meridian(
    frame: pd.DataFrame, names: Names, holidays: pd.DataFrame, population: Mapping[str, float], notes: tuple[str, ...]
) -> ModelData:
    missing = sorted(set(frame["geo"]) - set(population))
    if missing:
        raise BadInputError(f"population: no number for {', '.join(missing[:5])}")
    frame = frame.rename(columns={"date": "time", "adjusted_sales": "kpi", "observed_sales": "kpi_raw"})
    frame["time"] = frame["time"].dt.strftime("%Y-%m-%d")
    frame["population"] = frame["geo"].map(population).astype(float)
    arguments = {
        "kpi_type": "revenue",
        "coord_to_columns": {
            **{name: name for name in ("time", "geo", "kpi")},
            "population": "population",
            "controls": list(names.controls),
            "media": names.exposures,
            "media_spend": names.spends,
        },
        "media_to_channel": dict(zip(names.exposures, names.channels, strict=True)),
        "media_spend_to_channel": dict(zip(names.spends, names.channels, strict=True)),
    }
    return ModelData("meridian", frame, arguments, holidays, "kpi", "kpi_raw", notes)


def _robyn(
    frame: pd.DataFrame, names: Names, holidays: pd.DataFrame, country: str, grain: Grain, notes: tuple[str, ...]
) -> ModelData:
    short = {f"{c}_spend": f"{c}_S" for c in names.channels} | {
        i: f"{i.removesuffix('_impressions')}_I" for i in names.impressions
    }
    frame = frame.drop(columns="geo").rename(
        columns={"date": "DATE", "adjusted_sales": "revenue", "observed_sales": "revenue_raw", **short}
    )
    frame["DATE"] = frame["DATE"].dt.strftime("%Y-%m-%d")
    arguments = {
        "date_var": "DATE",
        "dep_var": "revenue",
        "dep_var_type": "revenue",
        "prophet_vars": ["trend", "season"]
        + (["holiday"] if len(holidays) else [])
        + (["weekday"] if grain == "day" else []),
        "prophet_country": country if len(holidays) else None,
        "paid_media_spends": [short[s] for s in names.spends],
        "paid_media_vars": [short[e] for e in names.exposures],
        "context_vars": [c for c in names.controls if c != "public_holiday"] or None,
        "window_start": str(frame["DATE"].iloc[0]),
        "window_end": str(frame["DATE"].iloc[-1]),
    }
    return ModelData("robyn", frame, arguments, holidays, "revenue", "revenue_raw", notes)


def _dated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(date=pd.to_datetime(frame["date"]))


def _whole(sales: pd.DataFrame, grain: Grain) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the periods that every geo has, and, of weeks, only whole ones: models want no gaps."""
    geos, notes = sales["geo"].nunique(), []
    if grain == "week":
        cut = sorted(sales.loc[sales["days"] < WEEK, "date"].dt.date.unique())
        sales = sales[~sales["date"].dt.date.isin(cut)]
        notes += [f"weeks that are not whole are left out: {', '.join(map(str, cut))}"] if cut else []
    per_day = sales.groupby("date")["geo"].nunique()
    gaps = per_day.index[per_day < geos]
    if len(gaps):
        notes.append(f"periods that some geos lack are left out: {len(gaps)}")
    kept = sales[~sales["date"].isin(gaps)]
    if kept.empty:
        raise BadInputError("there is no period that is whole: run more ticks, or use --grain day")
    return kept, tuple(notes)


def _long(values: pd.DataFrame, name: str, grain: Grain, how: str) -> pd.DataFrame:
    if grain == "week":
        week = pd.DatetimeIndex(values.index).to_period("W-SUN").start_time
        values = values.groupby(week).agg(how)
    long = values.rename_axis(index="date", columns="geo").reset_index()
    return long.melt("date", var_name="geo", value_name=name)
