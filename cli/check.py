"""What a landing folder holds, as a newcomer wants to know it: read as ingest reads it, and nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from mrs.errors import LandingError
from mrs.landing import FILES, REJECTIONS, Landing, landed, read_landing
from mrs.landing.files import NAMES, SALES
from mrs.settings import DetectSettings

from cli.landing import landing_files

WITHOUT = {
    "stores": "regions and retailers are not known: no cause that is local or of one retailer can be told",
    "promotions": "an uplift by a promotion looks like an anomaly",
    "campaigns": "paid campaigns cannot be proposed as a cause",
    "calendar": "only the holidays that sales show by themselves are known",
    "weather": "weather cannot be proposed as a cause",
    "social": "viral demand cannot be proposed as a cause",
    "competitors": "a competitor's stock-out cannot be proposed as a cause",
    "inventory": "own stock-outs cannot be proposed as a cause",
}
ODD_DAY = 2.5
LEAST_WEEKS = 4
COUNT_MEDIAN = 50.0
READY, WARNINGS, NOT_READABLE = 0, 1, 2


@dataclass
class Report:
    """What a landing folder holds.

    Parameters
    ----------
    faults
        What stops a run, one line each; empty if it can run.
    warnings
        What a person should look at.
    facts
        What was found, by name; values are JSON's.
    """

    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 ready, 1 ready with warnings, 2 not readable."""
        return NOT_READABLE if self.faults else WARNINGS if self.warnings else READY

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON's values."""
        return {"exit_code": self.exit_code, "faults": self.faults, "warnings": self.warnings, **self.facts}

    def lines(self) -> list[str]:
        """Return everything as lines of text."""
        words = ("ready", "ready, with warnings", "not readable")
        lines = [words[self.exit_code]]
        for name, value in self.facts.items():
            shown = value if isinstance(value, list) else [value]
            lines += [f"{name.replace('_', ' ')}: {shown[0] if shown else 'none'}", *(f"  {v}" for v in shown[1:])]
        return [*lines, *(f"warning: {w}" for w in self.warnings), *(f"fault: {f}" for f in self.faults)]


def check_landing(folder: Path, mapping: bytes | None = None) -> Report:
    """Return what a folder holds; `mapping` stands for its `landing.toml`.

    Raises
    ------
    BadInputError
        If there is no such folder, or no landing file in it.
    """
    files = landing_files(folder)
    if mapping is not None:
        from mrs.landing.mapping import FILE

        files[FILE] = mapping
    return check_files(files)


def check_files(files: Mapping[str, bytes]) -> Report:
    """Return what landing files hold."""
    report = Report()
    try:
        landing = read_landing(files)
    except LandingError as error:
        lines = str(error).splitlines()
        report.faults = [line.removeprefix("- ") for line in (lines[1:] if len(lines) > 1 else lines)]
        report.facts["files"] = sorted(files)
        return report
    sales = landing.tables[landed(SALES)]
    _files(report, landing)
    _sales(report, sales)
    _set_aside(report, landing, sales)
    _feeds(report, landing)
    report.warnings += list(landing.notes)
    return report


def _files(report: Report, landing: Landing) -> None:
    rows = landing.tables[FILES].to_pylist()
    report.facts["files"] = [f"{r['file'].split('@')[0]}: {r['feed']}, {r['rows']} rows" for r in rows if r["file"]]


def _sales(report: Report, sales: pa.Table) -> None:
    first, last = (f(sales["date"]).as_py() for f in (pc.min, pc.max))
    stores = pc.count_distinct(sales["store_id"]).as_py()
    days = (last - first).days + 1
    by_day = sales.group_by("date").aggregate([("sales", "sum"), ("store_id", "count_distinct")]).sort_by("date")
    there = pc.count_distinct(pc.cast(sales["date"], pa.int32())).as_py()
    categories = pc.unique(sales["category"]).drop_null().to_pylist()
    facts = report.facts
    facts["stores"] = stores
    facts["dates"] = f"{first} to {last}, {days} days"
    facts["categories"] = sorted(categories)[:20]
    facts["sales"] = round(pc.sum(sales["sales"]).as_py() or 0.0, 2)
    facts["sales_below_zero"] = int(pc.sum(pc.less(sales["sales"], 0.0)).as_py() or 0)
    facts["measure"] = _measure(sales)
    settings = DetectSettings()
    possible = first + timedelta(days=settings.least_history_days + settings.cold_start_days)
    facts["reports_possible_from"] = possible.isoformat()
    pairs = sales.group_by(["store_id", "date"]).aggregate([]).num_rows
    facts["store_days"] = f"{pairs} of {stores * days} have a row"
    if there < days:
        known = set(by_day["date"].to_pylist())
        gaps = [first + timedelta(days=k) for k in range(days) if first + timedelta(days=k) not in known]
        report.warnings.append(f"{len(gaps)} days have no row of any store: {_some(gaps)}")
    if possible > last:
        report.warnings.append(f"too little is known for reports: they are possible from {possible} on")
    odd = _odd_days(by_day)
    if odd:
        report.warnings.append(f"{len(odd)} days sold {ODD_DAY} times more or less than their weekday: {_some(odd)}")
    if _is_spread(sales):
        report.warnings.append(
            "most stores sold the same on every day of a week: weekly totals seem to be spread over days; "
            "what a single day sold is not in this feed"
        )


def _some(days: list[date]) -> str:
    return ", ".join(map(str, days[:5])) + (", …" if len(days) > 5 else "")


def _measure(sales: pa.Table) -> str:
    """Return whether sales look like money or like counts."""
    values = np.asarray(sales["sales"].to_numpy(), dtype=np.float64)
    sold = values[values > 0]
    if len(sold) and (sold == np.floor(sold)).all() and np.median(sold) < COUNT_MEDIAN:
        return "counts (whole and small numbers)"
    return "money or large counts"


def _odd_days(by_day: pa.Table) -> list[date]:
    days, sold = by_day["date"].to_pylist(), np.asarray(by_day["sales_sum"].to_numpy(), dtype=np.float64)
    weekday = np.array([d.weekday() for d in days])
    odd = np.zeros(len(days), dtype=bool)
    for k in range(7):
        mine = weekday == k
        usual = np.median(sold[mine]) if mine.sum() >= LEAST_WEEKS else 0.0
        if usual > 0:
            odd |= mine & ((sold > ODD_DAY * usual) | (sold < usual / ODD_DAY))
    return [d for d, is_odd in zip(days, odd, strict=True) if is_odd]


def _is_spread(sales: pa.Table) -> bool:
    """Whether most stores' sales are equal on all days of a calendar week."""
    week = pc.floor_temporal(sales["date"], unit="week")
    weeks = (
        pa.table({"store": sales["store_id"], "week": week, "sales": sales["sales"]})
        .group_by(["store", "week"])
        .aggregate([("sales", "min"), ("sales", "max"), ("sales", "count")])
    )
    full = weeks.filter(pc.and_(pc.equal(weeks["sales_count"], 7), pc.greater(weeks["sales_min"], 0.0)))
    if full.num_rows < LEAST_WEEKS:
        return False
    return bool(pc.mean(pc.equal(full["sales_min"], full["sales_max"])).as_py() > 0.5)


def _set_aside(report: Report, landing: Landing, sales: pa.Table) -> None:
    found = landing.tables[REJECTIONS]
    mine = found.filter(pc.and_(pc.equal(found["dataset"], SALES), pc.invert(pc.fill_null(found["is_used"], False))))
    rows = mine.group_by(["file", "row_number"]).aggregate([("sales", "max")])
    money = pc.sum(rows["sales_max"]).as_py() or 0.0
    exported = pc.sum(sales["sales"]).as_py() or 0.0
    share = rows.num_rows / max(1, rows.num_rows + sales.num_rows)
    report.facts["set_aside"] = f"{rows.num_rows} rows ({share:.1%}), sales of {money:,.2f}"
    report.facts["landed_money"] = {
        "landed": round(exported + money, 2),
        "usable": round(exported, 2),
        "set_aside": round(money, 2),
    }
    if found.num_rows:
        first = found.slice(0, 1).to_pylist()[0]
        where = f"{first['file']}, row {first['row_number']}"
        report.warnings.append(
            f"{found.num_rows} faults in rows ({rows.num_rows} rows of sales set aside); first: {where}: "
            f"{first['column'] or 'it'} {first['reason']}"
        )


def _feeds(report: Report, landing: Landing) -> None:
    there = [n for n in NAMES if landed(n) in landing.tables and landing.tables[landed(n)].num_rows]
    report.facts["feeds"] = there
    report.facts["missing_feeds"] = [f"{n}: {WITHOUT[n]}" for n in NAMES if n in WITHOUT and n not in there]
