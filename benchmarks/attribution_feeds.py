"""Measures causes on labelled folders with each feed removed in turn: a cause that cannot be seen must not look sure.

    .venv/bin/python -m benchmarks.attribution_feeds --data ../shared/data --folders m5 recruit

detects and clusters the reports of each folder's `input` once, and proposes their causes again for each feed that is
removed; prints one line for each, and then whose the money is that is left with all feeds. "By chance" is the ECE that
the same confidences would have on average if all were right: a chain has some 30 events, and the reports of one are
right or wrong together.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from mrs.attribution.signal_specs import CONTEXT_FEEDS
from threadpoolctl import threadpool_limits

from benchmarks.attribution import Case, scenario_case, without_feed
from benchmarks.attribution_scoring import (
    PARTS,
    cause_figures,
    error_by_chance,
    labelled,
    last_word,
    money_figures,
    money_parts,
)
from cli.train.rehearsal import MemoryLogs

MARGIN = pd.Timedelta("3D")
PRICES = "prices"
REMOVED: dict[str, tuple[str, ...]] = {
    "all feeds": (),
    **{f"no {feed}": (feed,) for feed in (*CONTEXT_FEEDS, PRICES)},
    "no context": CONTEXT_FEEDS,
    "sales alone": (*CONTEXT_FEEDS, PRICES),
}
SHOWN = {
    "cause accuracy": "cause accuracy",
    "cause macro-F1": "macro-F1",
    "expected calibration error": "ECE",
    "error by chance": "by chance",
    "misattributable money left": "money left",
    "campaign uplift wrongly removed": "uplift removed",
}


def folder_case(folder: Path) -> Case:
    """Return a labelled folder, run from a little before its first planted event to a little after its last."""
    events = pd.read_parquet(folder / "truth/events.parquet")
    return scenario_case(folder, (events.start.min() - MARGIN).date(), (events.end.max() + MARGIN).date())


def figures(case: Case, logs: MemoryLogs) -> dict[str, float]:
    """Return the figures of a case's causes."""
    reports = last_word(logs)
    matched = labelled(reports, case.planted)
    chance = {"error by chance": error_by_chance(matched)}
    return cause_figures(matched, case.planted) | chance | money_figures(logs, reports, case.planted)


def main() -> None:
    """Measure and print."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--data", type=Path, default=Path("../shared/data"))
    ask.add_argument("--folders", nargs="+", default=["m5", "recruit"])
    args = ask.parse_args()
    print("| folder | removed | " + " | ".join(SHOWN.values()) + " |\n|" + "---|" * (len(SHOWN) + 2), flush=True)
    parts = [f"| folder | money left | {' | '.join(PARTS)} |", "|---" * (len(PARTS) + 2) + "|"]
    with threadpool_limits(limits=1):
        for name in args.folders:
            case = folder_case(args.data / name)
            whose = money_parts(case.logs, last_word(case.logs), case.planted)
            parts.append(f"| {name} | " + " | ".join(f"{share:.3f}" for share in whose.values()) + " |")
            for said, absent in REMOVED.items():
                found = figures(case, without_feed(case, absent) if absent else case.logs)
                print(f"| {name} | {said} | " + " | ".join(f"{found[k]:.3f}" for k in SHOWN) + " |", flush=True)
    print("\n".join(["", *parts]))


if __name__ == "__main__":
    main()
