"""Measures what anomalies cost a budget allocator, and how much of it MRS recovers.

    .venv/bin/python -m benchmarks.budget --seeds 8 --out docs/quality

A Thompson-sampling allocator spreads a daily budget over platforms × regions for 180 days. Each arm has a true return;
what the allocator learns from is a region's sales above expectation on the days on which an arm was pushed. Anomalies
of a simulated world (competitors out of stock, storms, viral posts, broken feeds) move those sales as well. Three
learners see the same world: one learns from the raw sales, one from the attribution-ready sales that MRS makes of them,
one from the sales as they would have been without anomalies; each also where feeds are missing. What is above
expectation depends on the feeds (a promotion that nobody knows of is a surprise), so learners are compared with those
that know as much.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.attribution_scoring import BASELINE, covered_days, last_word, quiet_of
from benchmarks.mmm import ABSENT, WHOLE
from cli.simulate.world import World, simulate_world
from cli.train.rehearsal import landing_from, rehearse

matplotlib.use("Agg")
import matplotlib.pyplot as plt

Floats = NDArray[np.float64]
DAYS = 180
PLATFORMS = 3
ARMS_A_DAY = 4
UNSEEN = 70_000
RAW, READY, QUIET = LEARNERS = ("raw sales", "attribution-ready sales", "sales without anomalies")
ALL = "all"
FEEDS = {ALL if name == WHOLE else name.removeprefix("… "): absent for name, absent in ABSENT.items()}


@dataclass(frozen=True)
class Views:
    """Relative deviation from expectation by region and day, as three learners see it: shape (regions, DAYS)."""

    raw: Floats
    ready: Floats
    quiet: Floats


def views_of(world: World, absent: Sequence[str] = ()) -> Views:
    """Run MRS over the world, without some feeds, and return what each learner sees of every region's day."""
    first = world.options.start + timedelta(days=world.options.days - DAYS)
    last = first + timedelta(days=DAYS - 1)
    landing = {name: table for name, table in world.landing.items() if name not in absent}
    logs = rehearse(landing_from(landing), first, last)
    days = logs.all(BASELINE).to_pandas()[["store_id", "date", "observed_sales", "expected_sales"]]
    days = days.assign(date=pd.to_datetime(days.date)).drop_duplicates(["store_id", "date"], keep="last")
    days = days[days.date >= pd.Timestamp(first)]
    known = days.merge(covered_days(last_word(logs)), how="left", on=["store_id", "date"]).merge(
        quiet_of(world.clean_sales.to_pandas())
    )
    known["ready"] = known.observed_sales - known.taken.fillna(0) * (known.observed_sales - known.expected_sales)
    known["region"] = known.store_id.map(world.landing["stores"].to_pandas().set_index("store_id").region)
    known["day"] = (known.date - pd.Timestamp(first)).dt.days
    sums = known.groupby(["region", "day"])[["observed_sales", "ready", "quiet", "expected_sales"]].sum()
    ratio = lambda column: (sums[column] / sums.expected_sales.where(sums.expected_sales > 0) - 1).unstack("day")  # noqa: E731
    arrays = (
        ratio(c).reindex(columns=range(DAYS)).fillna(0.0).to_numpy() for c in ("observed_sales", "ready", "quiet")
    )
    return Views(*arrays)


def regret(seen: Floats, returns: Floats, rng: np.random.Generator) -> Floats:
    """Return the cumulative regret of Thompson sampling that learns from `seen` plus what its own pushes bring.

    Parameters
    ----------
    seen
        (regions, DAYS) deviation that has nothing to do with the allocator's pushes, as the learner sees it.
    returns
        (platforms, regions) true relative uplift of a push.
    """
    shape = returns.shape
    mean, weight = np.full(shape, 0.05), np.ones(shape)
    noise = 0.05
    best = np.sort(returns.ravel())[-ARMS_A_DAY:].sum()
    total, out = 0.0, np.empty(DAYS)
    for day in range(DAYS):
        draw = rng.normal(mean, noise / np.sqrt(weight))
        chosen = np.argsort(-draw.ravel(), kind="stable")[:ARMS_A_DAY]
        platform, region = np.unravel_index(chosen, shape)
        pushes = np.bincount(region, minlength=shape[1])
        brought = np.zeros(shape[1])
        np.add.at(brought, region, returns[platform, region])
        outcome = seen[region, day] + brought[region]
        share = outcome / pushes[region]
        old = weight[platform, region]
        weight[platform, region] = old + 1.0
        mean[platform, region] += (share - mean[platform, region]) / (old + 1.0)
        total += best - returns[platform, region].sum()
        out[day] = total
    return out


def main() -> None:
    """Run the allocators over several worlds and write the page."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--seeds", type=int, default=6)
    ask.add_argument("--draws", type=int, default=40)
    ask.add_argument("--out", type=Path, default=Path("docs/quality"))
    ask.add_argument("--json", action="store_true")
    args = ask.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    paths: dict[str, dict[str, list[Floats]]] = {feeds: {name: [] for name in LEARNERS} for feeds in FEEDS}
    for seed in range(UNSEEN, UNSEEN + args.seeds):
        world = simulate_world(stores=120, days=560, seed=seed, regions=8, quiet_days=560 - DAYS, events=70)
        for feeds, absent in FEEDS.items():
            views = views_of(world, absent)
            returns = np.random.default_rng([seed, 3]).gamma(2.0, 0.03, (PLATFORMS, views.raw.shape[0]))
            for name, sales in zip(LEARNERS, (views.raw, views.ready, views.quiet), strict=True):
                runs = [regret(sales, returns, np.random.default_rng([seed, k])) for k in range(args.draws)]
                paths[feeds][name].append(np.mean(runs, axis=0))
            newest = {name: round(float(paths[feeds][name][-1][-1]), 2) for name in LEARNERS}
            print(f"» world {seed}, {feeds}: {newest}", file=sys.stderr, flush=True)
    mean = {feeds: {name: np.mean(p, axis=0) for name, p in of.items()} for feeds, of in paths.items()}
    _plot(mean[ALL], args.out / "budget-regret.png")
    figures = {feeds: _figures(of) for feeds, of in mean.items()}
    lines = [f"| {feeds} | {_row(found)} |" for feeds, found in figures.items()]
    page = [
        "# What anomalies cost the budget",
        "",
        "Generated by `python -m benchmarks.budget`: Thompson sampling over platforms × regions, "
        f"{DAYS} days, {args.seeds} worlds, {args.draws} draws each. Regret in region-days of baseline sales, by "
        "what the allocator learns from; expectation and reports are those that MRS makes of the feeds that are there.",
        "",
        f"| feeds | {' | '.join(LEARNERS)} | of the regret that anomalies cause, removed |",
        "|---|---|---|---|---|",
        *lines,
        "",
        "![regret](budget-regret.png)",
        "",
    ]
    (args.out / "budget.md").write_text("\n".join(page), encoding="utf-8")
    print(json.dumps(figures, indent=1) if args.json else "\n".join(page))


def _figures(mean: dict[str, Floats]) -> dict[str, float]:
    """Return the regret of each learner at the end, and the share that MRS removes of what anomalies cause."""
    raw, ready, quiet = (float(mean[name][-1]) for name in LEARNERS)
    return {RAW: raw, READY: ready, QUIET: quiet, "removed": (raw - ready) / (raw - quiet) if raw > quiet else np.nan}


def _row(found: dict[str, float]) -> str:
    return " | ".join([*(f"{found[name]:.2f}" for name in LEARNERS), f"{found['removed']:.0%}"])


def _plot(mean: dict[str, Floats], path: Path) -> None:
    figure, axes = plt.subplots(figsize=(6, 4))
    for name, total in mean.items():
        axes.plot(total, label=name)
    axes.set_xlabel("day")
    axes.set_ylabel("cumulative regret")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
