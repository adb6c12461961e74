"""How much wrongly credited money an analyst reaches in the first decisions, by the order of the list of events.

    mrs run --input SCENARIO/input --state S && mrs export --state S --out OUT
    .venv/bin/python -m benchmarks.triage SCENARIO OUT [SCENARIO OUT ...] [--json]

A proposal is wrong where the cause that was planted into most of an event's money is another one; its money is that of
the reports to which another cause was planted. Events into which nothing was planted stay in the list and take their
rows, but nobody can say whether their causes are right. Orders: by severity, by money, and the inbox's own (`worth`:
money × (1 − confidence)). `promised` is what that order would reach on average if every confidence were right: no order
by these confidences can be expected to reach more. Only this program reads what was planted.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from functions.workshop.objects.worth import worth
from functions.workshop.state.kinds import EVENTS

ROWS = (5, 10, 20)
BAR, DRAWS, LEAST_SURE = 0.9, 4000, 1e-4
ORDERS = ("severity", "money", "worth", "promised")
UNDECIDED = ("open", "ongoing", "closed")


def main() -> None:
    """Print a table for each scenario."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("folders", nargs="+", type=Path, help="pairs of a scenario and the folder of its export")
    ask.add_argument("--json", action="store_true")
    args = ask.parse_args()
    pairs = list(zip(args.folders[::2], args.folders[1::2], strict=True))
    found = {str(scenario): reached(scenario, out) for scenario, out in pairs}
    if args.json:
        print(json.dumps(found, indent=2))
        return
    for scenario, figures in found.items():
        wrong, all_money = figures["wrong_events"], figures["wrong_money"]
        print(f"{scenario}: {figures['events']:.0f} events, {wrong:.0f} with a wrong cause, {all_money:,.0f} at stake")
        print(f"  {'order by':<10}" + "".join(f"{f'first {n}':>10}" for n in ROWS))
        for order in ORDERS:
            print(f"  {order:<10}" + "".join(f"{figures[f'{order} {n}']:>10.1%}" for n in ROWS))
        print(
            f"  if every confidence is right, {figures['chance']:.0%} of draws reach {BAR:.0%} in the first {ROWS[0]}"
        )
        print(
            f"  {figures['planted_events']:.0f} planted events: surprise {figures['surprise']:.3f}, "
            f"doubt {figures['doubt']:.3f}, wrong {figures['wrong_events'] / figures['planted_events']:.3f}"
        )


def reached(scenario: Path, out: Path) -> dict[str, float]:
    """Return the share of wrongly credited money in the first rows of each order, and what there is in all."""
    events = pd.read_parquet(out / "minority_events_log.parquet")
    events = events[events.event_status.isin(UNDECIDED)].set_index("report_group_id")
    reports = pd.read_parquet(out / "minority_reports.parquet").set_index("report_id")
    reports = reports[reports.report_group_id.isin(events.index)]
    reports = reports.assign(money=reports.sales_delta.abs(), planted=planted(scenario, reports))
    reports["proposed"] = events.cause.reindex(reports.report_group_id).to_numpy()
    labelled = reports.dropna(subset="planted")
    sums = labelled.groupby(["report_group_id", "planted"]).money.sum().reset_index().sort_values("money")
    most = sums.drop_duplicates("report_group_id", keep="last").set_index("report_group_id").planted
    wrong = events.cause.reindex(most.index) != most
    off = labelled[labelled.planted != labelled.proposed].groupby("report_group_id").money.sum()
    money = off.reindex(events.index).where(wrong.reindex(events.index, fill_value=False), 0.0).fillna(0.0)
    keys = {
        "severity": events.severity,
        "money": events.sales_delta.abs(),
        "worth": pd.Series(worth(EVENTS, pa.Table.from_pandas(events.reset_index())), events.index),
    }
    figures = {"events": float(len(events)), "wrong_events": float(wrong.sum()), "wrong_money": float(money.sum())}
    for name, key in keys.items():
        figures |= _shares(name, money, key)
    figures |= _shares("promised", keys["worth"], keys["worth"]) | _calibration(events, most)
    return figures | {"chance": _chance(events)}


def _calibration(events: pd.DataFrame, planted_cause: pd.Series[str]) -> dict[str, float]:
    """Return how sure events were of their planted cause: the means of its -log probability and of 1 - confidence."""
    own = events.loc[planted_cause.index]
    others = own.alternatives.fillna("[]").map(json.loads)
    said = [
        {cause: sure} | {a["cause"]: a["confidence"] for a in other}
        for cause, sure, other in zip(own.cause, own.cause_confidence, others, strict=True)
    ]
    sure = [max(one.get(cause, 0.0), LEAST_SURE) for one, cause in zip(said, planted_cause, strict=True)]
    return {
        "planted_events": float(len(own)),
        "surprise": float(-np.log(sure).mean()),
        "doubt": float((1 - own.cause_confidence).mean()),
    }


def _chance(events: pd.DataFrame) -> float:
    """Return how often the inbox's order reaches the bar in its first rows, if events err as often as they say."""
    money, doubt = events.sales_delta.abs().to_numpy(), 1 - events.cause_confidence.to_numpy()
    order = np.argsort(-money * doubt, kind="stable")
    wrong = money * (np.random.default_rng(0).random((DRAWS, len(money))) < doubt)
    return float(np.mean(wrong[:, order[: ROWS[0]]].sum(axis=1) >= BAR * wrong.sum(axis=1)))


def _shares(name: str, money: pd.Series[float], key: pd.Series[float]) -> dict[str, float]:
    """Return the share of the money that lies in the first rows of an order, by name and number of rows."""
    in_order = money.loc[key.sort_values(ascending=False, kind="stable").index].cumsum()
    total = max(float(money.sum()), 1e-9)
    return {f"{name} {n}": float(in_order.iloc[min(n, len(in_order)) - 1]) / total for n in ROWS}


def planted(scenario: Path, reports: pd.DataFrame) -> pd.Series[str]:
    """Return the planted cause with the largest effect on each report's days, in its direction; null where none is."""
    truth = pd.read_parquet(scenario / "truth" / "store_days.parquet")
    truth["date"] = pd.to_datetime(truth["date"])
    first, last = (pd.to_datetime(reports[c], utc=True).dt.tz_localize(None).dt.normalize() for c in SPAN)
    spans = reports[["store_id", "direction"]].astype(str).assign(first=first, last=last).reset_index()
    days = spans.merge(truth.astype({"store_id": str}), on="store_id")
    same_way = np.where(days.direction == "up", days.log_effect, -days.log_effect) > 0
    days = days[same_way & (days.date >= days["first"]) & (days.date <= days["last"])]
    strongest = days.sort_values("log_effect", key=np.abs).drop_duplicates("report_id", keep="last")
    return strongest.set_index("report_id").cause.reindex(reports.index)


SPAN = ("first_detected_at", "last_detected_at")


if __name__ == "__main__":
    main()
