"""Measures what anomalies cost a marketing-mix model and a bandit, and how much of it MRS removes, also without a feed.

    .venv/bin/python -m benchmarks.mmm --worlds 3 --out docs/quality
    .venv/bin/python -m benchmarks.mmm --data ../shared/data/rossmann --states /tmp/states --json

The deployed pipeline runs over `input`, whole and without a feed; all else comes from the client, as a model reads it.
The target is what should have been learned from: the sales without planted events (`clean`) times the planted
effect of the campaigns and of promotions (`truth`): the calendar plans these, so that they are expected and a model
holds them constant. Raw and attribution-ready sales are compared with it by region:

- off the target: the sum of |sales - target| over the sum of the target, by day and by week;
- error of ROAS: a least-squares regression of a region's daily sales on the geometric adstock of each channel's spend
  at four rates, with weekdays, a trend, promotions, prices and holidays held constant; the mean distance over the
  channels between its returns and those that the same regression finds on the target;
- credit error: what a bandit would credit beside the truth on days of a burst (a channel spends 1.3 times its median
  in the region), relative to the expectation: its mean size, and its bias.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from mrs.client import Client
from mrs.client.bandit import PUSHED
from numpy.typing import NDArray
from scipy.signal import lfilter

from cli.pipeline import RunRequest, run_ticks
from cli.simulate import simulate_world, write_world
from cli.state import opened

Floats = NDArray[np.float64]
DAYS, MARGIN = 180, timedelta(days=3)
UNSEEN = 80_000
RATES = (0.0, 0.3, 0.5, 0.7)
CONTROLS = ("promotion", "price", "public_holiday", "school_holiday")
STAYS = ("paid_campaign", "promotion")
"""Causes whose effect belongs into what is learned from."""
CONTEXT = ("calendar", "promotions", "weather", "social", "competitors", "inventory")
WHOLE = "attribution-ready"
ABSENT: Mapping[str, Sequence[str]] = {
    WHOLE: (),
    "… without the campaigns' feed": ("campaigns",),
    "… without context": CONTEXT,
}
RAW = "raw"
KEY = ["geo", "date"]


@dataclass(frozen=True)
class Folder:
    """A labelled folder (`input`, `clean`, `truth`), and the ticks to run."""

    path: Path
    first: date
    last: date

    @classmethod
    def of(cls, path: Path) -> Folder:
        """Return a folder with the ticks around its planted events."""
        events = pd.read_parquet(path / "truth/events.parquet")
        return cls(path, (events["start"].min() - MARGIN).date(), (events["end"].max() + MARGIN).date())


def state_of(folder: Folder, absent: Sequence[str], states: Path) -> Path:
    """Run the ticks over a folder without some feeds, and return the state; one that is there already is used."""
    state = states / f"{folder.path.name}-{'-'.join(absent) or 'whole'}"
    if (state / "done").exists():
        return state
    shutil.rmtree(state, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch, opened(state) as s:
        for file in (folder.path / "input").iterdir():
            if file.stem not in absent:
                (Path(scratch) / file.name).symlink_to(file.resolve())
        s.ensure_run("main")
        run_ticks(s.stack, s.environment, RunRequest(Path(scratch), "main", folder.first, folder.last, 1, None, {}))
    (state / "done").touch()
    return state


def target_of(folder: Folder) -> pd.DataFrame:
    """Return what should have been learned from, by region and date."""
    clean = pd.read_parquet(folder.path / "clean/unified_sales_data.parquet")
    planted = pd.read_parquet(folder.path / "truth/store_days.parquet")
    regions = pd.read_parquet(folder.path / "input/stores.parquet").set_index("store_id")["region"]
    stays = planted[planted["cause"].isin(STAYS)].assign(date=lambda t: pd.to_datetime(t["date"]))
    effect = stays.groupby(["store_id", "date"])["log_effect"].sum().rename("effect").reset_index()
    days = clean.assign(date=pd.to_datetime(clean["date"])).groupby(["store_id", "date"])["sales"].sum().reset_index()
    days = days.merge(effect, how="left", on=["store_id", "date"])
    days["target"] = days["sales"] * np.exp(days["effect"].fillna(0.0))
    days["geo"] = days["store_id"].map(regions)
    return days.groupby(KEY)["target"].sum().reset_index()


def sales_of(state: Path) -> pd.DataFrame:
    """Return raw and attribution-ready sales by region and date, as a state's client gives them."""
    sales = Client.local(state).sales(grain="day", by="region").to_pandas()
    sales["date"] = pd.to_datetime(sales["date"])
    names = {"observed_sales": RAW, "adjusted_sales": "ready", "expected_sales": "expected"}
    return sales.rename(columns=names)[[*KEY, *names.values()]]


def returns(table: pd.DataFrame, y: str, channels: Sequence[str], rate: float) -> Floats:
    """Return the sales that one more unit of money in each channel brings, by least squares over regions and days.

    Controls act in proportion to a region's size, so that one coefficient holds for regions of any size.
    """
    size = table.groupby("geo")["expected"].transform("mean")
    day = (table["date"] - table["date"].min()).dt.days
    shared = pd.get_dummies(table["date"].dt.day_of_week, prefix="weekday", dtype=float).iloc[:, 1:]
    shared = shared.assign(
        trend=day / day.max(), **{c: table[c] for c in CONTROLS if c in table and table[c].std() > 0}
    )
    regions = pd.get_dummies(table["geo"], dtype=float).mul(size, axis=0)
    media = [
        table.groupby("geo")[c].transform(lambda spend: lfilter([1 - rate], [1, -rate], spend.to_numpy()))
        for c in channels
    ]
    design = pd.concat([regions, shared.mul(size, axis=0), *media], axis=1).to_numpy()
    found: Floats = np.linalg.lstsq(design, table[y].to_numpy(), rcond=None)[0]
    return found[-len(channels) :]


def figures(table: pd.DataFrame, y: str, channels: Sequence[str]) -> dict[str, float]:
    """Return how far a column of sales is from the target, and what a model and a bandit make of the difference."""
    off = table[y] - table["target"]
    week = off.groupby([table["geo"], table["date"].dt.to_period("W")]).sum().abs().sum()
    usual = table.groupby("geo")[list(channels)].transform("median")
    burst = (table[list(channels)] > PUSHED * usual).any(axis=1) & (table["expected"] > 0)
    credit = (off / table["expected"])[burst]
    found = {
        "off target, day": float(off.abs().sum() / table["target"].sum()),
        "off target, week": float(week / table["target"].sum()),
        "credit error": float(credit.abs().mean()),
        "credit bias": float(credit.mean()),
    }
    for rate in RATES:
        error = np.abs(returns(table, y, channels, rate) - returns(table, "target", channels, rate))
        found[f"ROAS error, adstock {rate}"] = float(error.mean())
    return found


def measured(folder: Folder, states: Path) -> dict[str, dict[str, float]]:
    """Return the figures of raw sales and of what MRS makes of them, whole and without a feed."""
    whole = state_of(folder, (), states)
    data = Client.local(whole).for_model("pymc-marketing", grain="day", by="region")
    channels = list(data.arguments["channel_columns"])
    media = data.frame[[*KEY, *channels, *(c for c in CONTROLS if c in data.frame)]]
    media = media.assign(date=pd.to_datetime(media["date"])).merge(target_of(folder), on=KEY)
    media = media[media["date"] >= pd.Timestamp(folder.first)]
    found = {}
    for name, absent in ABSENT.items():
        table = media.merge(sales_of(state_of(folder, absent, states)), on=KEY)
        table[RAW] = table[RAW].fillna(table["expected"])
        table = table.sort_values(KEY).reset_index(drop=True)
        if not absent:
            found[RAW] = figures(table, RAW, channels)
        found[name] = figures(table, "ready", channels)
    return found


def simulated(seed: int, scratch: Path) -> Folder:
    """Return a world of 120 stores that was not used in training, with events in its last `DAYS` days."""
    folder = scratch / f"world-{seed}"
    if not (folder / "truth").exists():
        write_world(simulate_world(120, 560, seed, regions=8, quiet_days=560 - DAYS, events=70), folder)
    return Folder.of(folder)


def page(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Return the figures as a page: a table for each source, its rows the figures."""
    lines = ["# What anomalies cost a marketing-mix model", "", "Generated by `python -m benchmarks.mmm`.", ""]
    for source, columns in found.items():
        lines += [f"## {source}", "", "| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
        for figure in columns[RAW]:
            shown = [_text(figure, columns[name][figure]) for name in columns]
            lines.append(f"| {figure} | " + " | ".join(shown) + " |")
        lines.append("")
    return "\n".join(lines)


def _text(figure: str, value: float) -> str:
    return f"{value:.2f}" if figure.startswith("ROAS") else f"{100 * value:.2f} %"


def main() -> None:
    """Measure a folder, or the mean of several simulated worlds, and print or write the table."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--data", type=Path, help="a labelled folder: input, clean, truth")
    ask.add_argument("--worlds", type=int, default=0, help="simulated worlds")
    ask.add_argument("--states", type=Path, help="where worlds and states are kept; default: nowhere")
    ask.add_argument("--json", action="store_true")
    ask.add_argument("--out", type=Path, help="folder that mmm.md is written to")
    args = ask.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        states = args.states or Path(scratch)
        states.mkdir(parents=True, exist_ok=True)
        found = {}
        if args.data:
            found["real stores"] = measured(Folder.of(args.data), states)
        if args.worlds:
            each = [measured(simulated(UNSEEN + k, states), states) for k in range(args.worlds)]
            found[f"{args.worlds} simulated worlds"] = {
                column: {f: float(np.mean([w[column][f] for w in each])) for f in each[0][column]} for column in each[0]
            }
    print(json.dumps(found, indent=1) if args.json else page(found))
    if args.out:
        (args.out / "mmm.md").write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main()
