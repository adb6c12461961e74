"""Measures event recovery and causes on worlds that no model was trained on, with each feed removed in turn.

    .venv/bin/python -m benchmarks.attribution --worlds 6 --out docs/quality

writes `attribution.md` and its plots. `--scenario DIR` adds a labelled scenario (input/, clean/, truth/) beside the
simulated worlds; if its folder is absent, it is skipped with a message.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from mrs.attribution.signal_specs import CONTEXT_FEEDS
from mrs.settings import Settings

from benchmarks.attribution_scoring import (
    Planted,
    cause_figures,
    cohort_figures,
    labelled,
    last_word,
    money_figures,
    pooled,
    quiet_of,
)
from cli.train.causes import training_world
from cli.train.labelling import WARM_UP_DAYS
from cli.train.rehearsal import ATTRIBUTE, CHAIN, MemoryLogs, landing_from, landing_of, rehearse
from functions.ingest.plan_ticks import chunks

matplotlib.use("Agg")
import matplotlib.pyplot as plt

UNSEEN = 95_000
BARS = {
    "events recovered as one cohort": "≥ 0.85",
    "cohort V-measure": "≥ 0.90",
    "cause accuracy": "≥ 0.85",
    "cause macro-F1": "≥ 0.80",
    "event accuracy": "≥ 0.88",
    "expected calibration error": "≤ 0.06",
    "idle campaigns blamed": "≤ 0.05",
    "… by event": "",
    "real campaigns found": "≥ 0.85",
    "misattributable money left": "≤ 0.25",
    "campaign uplift wrongly removed": "≤ 0.08",
}
INTERNAL = Path("../shared/data/rossmann")


@dataclass(frozen=True)
class Case:
    """A labelled history, run through all stages."""

    name: str
    logs: MemoryLogs
    planted: Planted
    first: date
    last: date


def simulated_case(seed: int) -> Case:
    """Return a simulated world of the training's kind that no training has seen, run."""
    world = training_world(seed)
    first = world.options.start + timedelta(days=world.options.first_event_day - WARM_UP_DAYS)
    last = world.options.start + timedelta(days=world.options.days - 1)
    planted = Planted(world.events.to_pandas(), world.store_days.to_pandas(), quiet_of(world.clean_sales.to_pandas()))
    return Case(f"world {seed}", rehearse(landing_from(world.landing), first, last), planted, first, last)


def scenario_case(folder: Path, first: date, last: date) -> Case:
    """Return a labelled scenario, run."""
    events = pd.read_parquet(folder / "truth/events.parquet")
    store_days = pd.read_parquet(folder / "truth/store_days.parquet")
    quiet = quiet_of(pd.read_parquet(folder / "clean/unified_sales_data.parquet"))
    logs = rehearse(landing_of(folder / "input"), first, last)
    return Case("internal scenario", logs, Planted(events, store_days, quiet), first, last)


def figures_of(case: Case, logs: MemoryLogs) -> dict[str, float]:
    """Return every figure of one case."""
    reports = last_word(logs)
    matched = labelled(reports, case.planted)
    return {
        **cohort_figures(reports, matched),
        **cause_figures(matched, case.planted),
        **money_figures(logs, reports, case.planted),
    }


def without_feed(case: Case, absent: Sequence[str]) -> MemoryLogs:
    """Return the case's logs with causes proposed again, without some feeds (or the prices that come with sales)."""
    logs = MemoryLogs()
    for name in ("minority_reports_proposed_attribution_log",):
        logs.append(name, case.logs.all(name).slice(0, 0))
    for read in {r.dataset.name for s in CHAIN for r in (*s.reads,)} | {"minority_reports_cohorted_log"}:
        table = case.logs.all(read)
        if read == "context_signals_data":
            table = table.filter(pc.invert(pc.is_in(table["feed"], pa.array(list(absent), pa.string()))))
        if read == "sales_timeseries_data" and "prices" in absent:
            at = table.schema.get_field_index("price")
            table = table.set_column(at, table.schema.field(at), pa.nulls(table.num_rows, pa.float64()))
        if read in {f"{feed}_data" for feed in absent if feed in ("promotions", "calendar")}:
            table = table.slice(0, 0)
        logs.append(read, table)
    settings = Settings()
    for start, end in chunks(case.first, case.last, settings.detect.refit_days):
        span = [start + timedelta(days=k) for k in range((end - start).days + 1)]
        tables = {r.dataset.name: logs.read(r, start, end) for r in ATTRIBUTE.reads}
        for name, table in ATTRIBUTE.run(tables, span, settings.attribute).items():
            logs.append(name, table)
    return logs


def confusion_plot(matched: pd.DataFrame, path: Path) -> None:
    """Draw which cause was named for which, as shares of the reports of each true cause."""
    names = sorted(set(matched.true_cause) | set(matched.cause))
    counts = pd.crosstab(matched.true_cause, matched.cause).reindex(index=names, columns=names, fill_value=0)
    share = counts.div(counts.sum(axis=1).replace(0, 1), axis=0)
    figure, axes = plt.subplots(figsize=(8, 7))
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("proposed")
    axes.set_ylabel("planted")
    for i in range(len(names)):
        for j in range(len(names)):
            if counts.iat[i, j]:
                colour = "white" if share.iat[i, j] > 0.5 else "black"
                axes.text(j, i, counts.iat[i, j], ha="center", va="center", fontsize=8, color=colour)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def calibration_plot(matched: pd.DataFrame, path: Path) -> None:
    """Draw accuracy over confidence."""
    bins = np.minimum((matched.confidence * 10).astype(int), 9)
    right = (matched.cause == matched.true_cause).groupby(bins).mean()
    stated, count = matched.confidence.groupby(bins).mean(), bins.value_counts().sort_index()
    figure, axes = plt.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.scatter(stated, right, s=20 + 200 * count / count.max())
    axes.set_xlabel("confidence of the proposed cause")
    axes.set_ylabel("share that is right")
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def table_of(columns: dict[str, dict[str, float]]) -> list[str]:
    """Return a Markdown table: a row a figure, a column a case."""
    lines = ["| figure | bar | " + " | ".join(columns) + " |", "|---|---|" + "---|" * len(columns)]
    for name, bar in BARS.items():
        values = [f"{c[name]:.3f}" if np.isfinite(c[name]) else "–" for c in columns.values()]
        lines.append(f"| {name} | {bar} | " + " | ".join(values) + " |")
    return lines


def main() -> None:
    """Run the benchmark and write the page."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--worlds", type=int, default=6)
    ask.add_argument("--out", type=Path, default=Path("docs/quality"))
    ask.add_argument("--scenario", type=Path, default=INTERNAL)
    ask.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2015, 2, 1))
    ask.add_argument("--to", dest="last", type=date.fromisoformat, default=date(2015, 7, 31))
    args = ask.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    cases = []
    for seed in range(UNSEEN, UNSEEN + args.worlds):
        cases.append(simulated_case(seed))
        print(cases[-1].name, flush=True)
    columns = {"simulated, all feeds": pooled([figures_of(c, c.logs) for c in cases])}
    if args.scenario.is_dir():
        internal = scenario_case(args.scenario, args.first, args.last)
        columns["internal scenario"] = figures_of(internal, internal.logs)
    else:
        print(f"{args.scenario} is absent: the internal scenario is skipped")
    removed = {}
    for absent in [*((f,) for f in CONTEXT_FEEDS), CONTEXT_FEEDS]:
        name = "no context" if len(absent) > 1 else f"no {absent[0]}"
        removed[name] = pooled([figures_of(c, without_feed(c, absent)) for c in cases])
        print(name, {k: round(v, 3) for k, v in removed[name].items()}, flush=True)
    matched = pd.concat([labelled(last_word(c.logs), c.planted) for c in cases])
    confusion_plot(matched, args.out / "attribution-confusion.png")
    calibration_plot(matched, args.out / "attribution-calibration.png")
    page = [
        "# Cohorts and causes: quality",
        "",
        "Generated by `python -m benchmarks.attribution`. No model was trained on the seeds of these simulated worlds;",
        "each report is judged by the last word on it. A report counts for the strongest planted day that it covers.",
        "",
        *table_of(columns),
        "",
        "## Without a feed",
        "",
        "A cause whose feed is absent cannot be named; its reports should become `unknown`, and no other cause gain.",
        "",
        *table_of(removed),
        "",
        "![confusion](attribution-confusion.png)",
        "",
        "![calibration](attribution-calibration.png)",
        "",
    ]
    (args.out / "attribution.md").write_text("\n".join(page), encoding="utf-8")
    print("\n".join(page[5:20]))


if __name__ == "__main__":
    main()
