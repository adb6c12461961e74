"""Days that come again and that no calendar names: how much of one is expected each time, and how much reported.

    .venv/bin/python -m benchmarks.repeated_days

A simulated chain without events sells more on such days, in all stores. Pay days begin after two years of history and
are judged for five months; feasts and sales days come once a year from the first year on, and each time is judged by
itself. What is expected is the median over the stores, beside the same day of the same chain without it.
"""

from __future__ import annotations

import argparse
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from mrs.detection.baseline.holidays import easter_sunday

from benchmarks.attribution_scoring import last_word
from benchmarks.generalisation import BASELINE, SALES
from cli.simulate import simulate_world
from cli.train.rehearsal import MemoryLogs, landing_from, rehearse
from functions.detect.detect_anomalies import DETECT, PREDICT


def unless_weekend(due: date) -> date:
    """Return the day, or the Friday before a weekend."""
    return due - timedelta(days=max(0, due.weekday() - 4))


MONTHLY: dict[str, Callable[[date], bool]] = {
    "the 25th of a month": lambda d: d.day == 25,
    "the last day of a month": lambda d: d.day == monthrange(d.year, d.month)[1],
    "the first Friday of a month": lambda d: d.weekday() == 4 and d.day <= 7,
    "the 25th, or the Friday before": lambda d: d == unless_weekend(d.replace(day=25)),
    "the last working day of a month": lambda d: d == unless_weekend(d.replace(day=monthrange(d.year, d.month)[1])),
}
YEARLY: dict[str, Callable[[date], bool]] = {
    "ten days before Easter": lambda d: (easter_sunday(d.year) - d).days == 10,
    "the fourth Friday of November": lambda d: d.month == 11 and d.weekday() == 4 and 22 <= d.day <= 28,
    "the 9th of September": lambda d: d.month == 9 and d.day == 9,
}
SIZES = (1.15, 1.4)
TIMES = 5
MONTHS_FROM = 760
YEARS = 1200
"""Days of the chain in which days of the year come three times."""
WARM = timedelta(days=3)
DAY = timedelta(days=1)


def landing(stores: int, days: int) -> dict[str, pa.Table]:
    """Return a simulated chain without events."""
    world = simulate_world(stores, days, events=0)
    kept = ("stores", "promotions", "calendar")
    return {**{name: world.landing[name] for name in kept if name in world.landing}, SALES: world.clean_sales}


def with_days(tables: Mapping[str, pa.Table], days: Sequence[date], size: float) -> dict[str, pa.Table]:
    """Return the tables with so many times the sales on some days."""
    sales = tables[SALES]
    on = pc.is_in(sales["date"].cast(pa.date32()), value_set=pa.array(days, pa.date32()))
    more = pc.multiply(sales["sales"].cast(pa.float64()), pc.if_else(on, size, 1.0))
    return {**tables, SALES: sales.set_column(sales.schema.get_field_index("sales"), "sales", more)}


def judged(tables: Mapping[str, pa.Table], first: date, last: date) -> MemoryLogs:
    """Return the logs of detection from the first tick to the last."""
    sales = tables[SALES]
    known = sales.filter(pc.less_equal(sales["date"].cast(pa.date32()), pa.scalar(last, pa.date32())))
    return rehearse(landing_from({**tables, SALES: known}), first, last, chain=(PREDICT, DETECT))


def expected(logs: MemoryLogs, day: date) -> float:
    """Return the median over the stores of what was expected of a day (log)."""
    rows = logs.all(BASELINE)
    of_day = rows.filter(pc.and_(pc.equal(rows["date"], day), pc.equal(rows["tick"], day)))["expected_sales"].to_numpy()
    return float(np.median(np.log(of_day[of_day > 0])))


def reported(logs: MemoryLogs, day: date) -> float:
    """Return the share of the stores with a report that covers a day."""
    reports, at = last_word(logs), pd.Timestamp(day)
    first, last = (pd.to_datetime(reports[c]) for c in ("first_detected_at", "last_detected_at"))
    stores = len(pc.unique(logs.all(BASELINE)["store_id"]))
    return float(reports[(first <= at) & (last >= at)]["store_id"].nunique() / stores)


def each_time(tables: Mapping[str, pa.Table], days: Sequence[date], size: float, together: bool) -> list[str]:
    """Return for each of the days the share of its size that was expected, and of the stores that were reported."""
    planted = with_days(tables, days, size)
    spans = [(days[0] - WARM, days[-1])] * len(days) if together else [(day - WARM, day) for day in days]
    found: dict[tuple[date, date], tuple[MemoryLogs, MemoryLogs]] = {}
    cells = []
    for day, span in zip(days, spans, strict=True):
        if span not in found:
            found[span] = (judged(planted, *span), judged(tables, *span))
        of, without = found[span]
        part = (expected(of, day) - expected(without, day)) / np.log(size)
        cells.append(f"{part:.2f}; {reported(of, day):.2f}")
    return cells


def rows(
    kinds: Mapping[str, Callable[[date], bool]], stores: int, days: int, skip: int, sizes: Sequence[float]
) -> None:
    """Print a row for each kind of day and size: those after so many days of a chain of so many."""
    tables = landing(stores, days)
    begins = pc.min(tables[SALES]["date"].cast(pa.date32())).as_py()
    together = kinds is MONTHLY
    for name, is_one in kinds.items():
        found = [d for d in (begins + k * DAY for k in range(skip, days)) if is_one(d)][:TIMES]
        for size in sizes:
            cells = each_time(tables, found, size, together)
            print(f"| {name}, {size} | " + " | ".join(cells + [""] * (TIMES - len(cells))) + " |", flush=True)


def main() -> None:
    """Print the table."""
    ask = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    ask.add_argument("--stores", type=int, default=60)
    ask.add_argument("--only", choices=("monthly", "yearly"))
    asked = ask.parse_args()
    print("| day, times the usual sales | " + " | ".join(f"time {k + 1}" for k in range(TIMES)) + " |")
    print("|---" * (TIMES + 1) + "|", flush=True)
    if asked.only != "yearly":
        rows(MONTHLY, asked.stores, MONTHS_FROM + 40 * TIMES, MONTHS_FROM, SIZES)
    if asked.only != "monthly":
        rows(YEARLY, asked.stores, YEARS, 80, SIZES[-1:])


if __name__ == "__main__":
    main()
