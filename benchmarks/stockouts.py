"""Real stock-outs: how many of the reports that open as shelf availability falls name `own_stockout`.

    .venv/bin/python -m benchmarks.stockouts --input DIR

DIR is a landing folder with an `inventory` feed of real shelves; nothing in it is labelled. A fall: on the day on which
a report of falling sales opens, the store's mean availability is by `--fall` or more below the median of its four weeks
before. Printed is which cause such reports name in the end, and which those of falling sales without a fall name. A
report may be of falling sales although more was sold than expected: against what the other stores gained on that day.
"""

from __future__ import annotations

import argparse
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow.compute as pc
from mrs.landing import landed

from benchmarks.attribution_scoring import last_word
from cli.train.rehearsal import landing_of, rehearse

INTERNAL = Path("../shared/data/freshretail/input")
USUAL_DAYS = 28


def availability_falls(shelves: pd.DataFrame) -> pd.Series[float]:
    """Return, by store and date, how far the mean availability is below the median of the four weeks before."""
    by_day = shelves.assign(date=pd.to_datetime(shelves.date)).pivot_table(
        index="date", columns="store_id", values="availability", aggfunc="mean"
    )
    usual = by_day.rolling(USUAL_DAYS, min_periods=7).median().shift(1)
    found: pd.Series[float] = (usual - by_day).stack().swaplevel()
    return found


def main() -> None:
    """Run the folder's last weeks and print what its reports name."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--input", type=Path, default=INTERNAL)
    ask.add_argument("--skip-days", type=int, default=30, help="Days at the start that serve as history only.")
    ask.add_argument("--fall", type=float, default=0.15)
    args = ask.parse_args()
    if not args.input.is_dir():
        print(f"{args.input} is absent: skipped")
        return
    landing = landing_of(args.input)
    dates = pc.min_max(landing[landed("unified_sales_data")]["date"]).as_py()
    logs = rehearse(landing, dates["min"] + timedelta(days=args.skip_days), dates["max"])
    reports = last_word(logs)
    fall = availability_falls(landing[landed("inventory")].to_pandas())
    key = pd.MultiIndex.from_arrays([reports.store_id, pd.to_datetime(reports.first_detected_at).dt.normalize()])
    reports = reports.assign(fall=fall.reindex(key).to_numpy())
    down = reports[(reports.direction == "down") & reports.fall.notna()]
    lost = -down.sales_delta / down.expected_sales
    for name, rows in (
        (f"availability fell by {args.fall} or more", down[down.fall >= args.fall]),
        ("… and sales were a tenth below expected", down[(down.fall >= args.fall) & (lost >= 0.1)]),
        ("availability fell by less than 0.05", down[down.fall < 0.05]),
    ):
        named = rows.cause.value_counts(normalize=True).round(3).to_dict()
        print(f"{name}: {len(rows)} reports of falling sales; named: {named}")


if __name__ == "__main__":
    main()
