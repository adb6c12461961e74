"""What a landing folder holds, before anything is run: files, columns, stores, dates, what is odd, what is missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from mrs.arrays import EPOCH, FloatArray, epoch_days, floats
from mrs.contracts import dataset
from mrs.landing import FILES, REJECTIONS, Landing, landed, read_landing
from mrs.landing.files import NAMES, SALES
from mrs.panels import SalesPanel, sales_panel
from mrs.settings import Settings

COSTS: Mapping[str, str] = {
    "stores": "no regions, retailers and places: events are grouped by time and course alone",
    "promotions": "promotions look like events of unknown cause",
    "campaigns": "what a campaign sold cannot be told from other causes: its uplift may be taken out",
    "calendar": "local and school holidays look like events",
    "weather": "storms and heat are events of unknown cause",
    "social": "viral posts are events of unknown cause",
    "competitors": "a competitor's stock-out is an event of unknown cause",
    "inventory": "an own stock-out is told by its shape alone",
}
SUSPICIOUS = (0.5, 1.8)
"""A day of the whole chain below or above these multiples of its weekday's usual sales is named."""
LEAST_TRADING_DAYS = 28
SHOWN = 5


@dataclass(frozen=True)
class Check:
    """What `mrs check` found.

    Parameters
    ----------
    facts
        By topic, for people and machines.
    warnings
        What should be looked at before a run, one line each.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return asdict(self)


def check_landing(files: Mapping[str, bytes]) -> Check:
    """Read a landing folder as ingest reads it, and say what it holds.

    Raises
    ------
    LandingError
        If ingest would refuse it; the message lists every reason.
    """
    landing = read_landing(files)
    sales = landing.tables[landed(SALES)]
    days = epoch_days(sales["date"])
    panel = sales_panel(sales.append_column("tick", sales["date"]), int(days.min()), int(days.max()))
    check = Check(warnings=list(landing.notes))
    check.facts["files"] = _files(landing)
    check.facts["columns"] = _columns(landing)
    check.facts["sales"] = _sales(panel, sales)
    check.facts["feeds"] = _feeds(landing)
    check.facts["set_aside"] = _set_aside(landing, sales)
    check.facts["suspicious_days"] = _suspicious(panel)
    check.facts["reports_from"] = _reports_from(panel)
    _warn(check, panel)
    return check


def _files(landing: Landing) -> list[dict[str, Any]]:
    listed = landing.tables[FILES].to_pylist()
    return [{"dataset": r["feed"], "file": r["file"].rsplit("@", 1)[0], "rows": r["rows"]} for r in listed]


def _columns(landing: Landing) -> dict[str, list[str]]:
    found = {}
    for name in NAMES:
        table = landing.tables.get(landed(name))
        if table is not None:
            own = [c.name for c in dataset(name).columns]
            found[name] = [c for c in own if c in table.column_names and table[c].null_count < table.num_rows]
    return found


def _sales(panel: SalesPanel, sales: pa.Table) -> dict[str, Any]:
    seen = panel.seen
    first = np.where(seen.any(axis=1), seen.argmax(axis=1), 0)
    last = np.where(seen.any(axis=1), seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1), 0)
    gaps = int((last - first + 1).sum() - seen.sum())
    values = floats(sales["sales"])
    whole = bool(np.all(values == np.round(values)))
    median = float(np.nanmedian(panel.sales[panel.trading])) if panel.trading.any() else 0.0
    return {
        "stores": len(panel.store_ids),
        "first_date": _day(panel.first_day),
        "last_date": _day(panel.first_day + seen.shape[1] - 1),
        "store_days": int(seen.sum()),
        "gaps": gaps,
        "categories": int(pc.count_distinct(sales["category"]).as_py()),
        "total": round(float(np.nansum(values)), 2),
        "returns": round(float(values[values < 0].sum()), 2),
        "measure": "units" if whole and median < 200 else "money",
        "median_store_day": round(median, 2),
    }


def _feeds(landing: Landing) -> dict[str, str]:
    there = {n for n in NAMES if landed(n) in landing.tables and landing.tables[landed(n)].num_rows}
    return {name: "landed" if name in there else f"absent: {COSTS[name]}" for name in NAMES if name != SALES}


def _set_aside(landing: Landing, sales: pa.Table) -> dict[str, Any]:
    rejected = landing.tables[REJECTIONS]
    used_without = pc.match_substring(rejected["reason"], "used without it")
    rows = rejected.filter(pc.invert(used_without))
    reasons = pc.replace_substring_regex(rows["reason"], r"^'[^']*' ", "")
    counts = sorted(pc.value_counts(reasons).to_pylist(), key=lambda c: -c["counts"])
    money = sum(_money(raw) for raw in rows.filter(pc.equal(rows["dataset"], SALES))["raw"].to_pylist())
    total = float(np.nansum(floats(sales["sales"])))
    return {
        "rows": rows.num_rows,
        "values": rejected.num_rows - rows.num_rows,
        "money": round(money, 2),
        "share": round(money / (money + total), 4) if money else 0.0,
        "reasons": [{"reason": c["values"], "rows": c["counts"]} for c in counts[:SHOWN]],
    }


def _money(raw: str) -> float:
    try:
        return float(json.loads(raw).get("sales") or 0.0)
    except (ValueError, TypeError):
        return 0.0


def _suspicious(panel: SalesPanel) -> list[dict[str, Any]]:
    """Return the days on which the chain sold far more or less than on the same weekday of the weeks around."""
    sold = np.where(panel.seen, panel.sales, 0.0).sum(axis=0)
    found = []
    for day in range(len(sold)):
        around = _same_weekday(sold, day)
        usual = float(np.median(around)) if len(around) >= 3 else 0.0
        if usual > 0 and not SUSPICIOUS[0] <= sold[day] / usual <= SUSPICIOUS[1]:
            times = round(float(sold[day] / usual), 2)
            found.append((abs(np.log(max(times, 0.01))), panel.first_day + day, round(float(sold[day]), 2), times))
    worst = sorted(found, reverse=True)[: 2 * SHOWN]
    return [{"date": _day(day), "sales": sales, "times_usual": times} for _, day, sales, times in worst]


def _same_weekday(sold: FloatArray, day: int) -> FloatArray:
    near = [day + 7 * k for k in (-4, -3, -2, -1, 1, 2, 3, 4)]
    return np.array([sold[d] for d in near if 0 <= d < len(sold) and sold[d] > 0])


def _reports_from(panel: SalesPanel) -> str | None:
    """Return the first date on which a store of this folder can raise a report; None if none has history enough."""
    settings = Settings().detect
    needed = settings.least_history_days + max(settings.cold_start_days, LEAST_TRADING_DAYS)
    traded = np.cumsum(panel.trading, axis=1)
    ready = np.flatnonzero((traded >= needed).any(axis=0))
    return _day(panel.first_day + int(ready[0])) if len(ready) else None


def _day(number: int) -> str:
    return (EPOCH + timedelta(days=int(number))).isoformat()


def _warn(check: Check, panel: SalesPanel) -> None:
    facts = check.facts
    if facts["set_aside"]["rows"]:
        aside = facts["set_aside"]
        check.warnings.append(
            f"{aside['rows']:,} rows are set aside: {aside['money']:,.2f} of sales ({100 * aside['share']:.1f} %)"
        )
    if facts["sales"]["gaps"]:
        gaps = facts["sales"]["gaps"]
        check.warnings.append(f"{gaps:,} store-days between a store's first and last date are not there")
    if facts["suspicious_days"]:
        first = facts["suspicious_days"][0]
        check.warnings.append(
            f"{len(facts['suspicious_days'])} days of the chain look wrong or special, such as {first['date']} "
            f"({first['times_usual']} times its weekday's usual sales)"
        )
    if facts["reports_from"] is None:
        check.warnings.append("no store has history enough for a report yet: it needs some five weeks of trading days")
    if _is_spread(panel):
        check.warnings.append("sales repeat for days on end in most stores: are these weekly totals spread over days?")
    missing = [name for name, what in facts["feeds"].items() if what != "landed"]
    if missing:
        check.warnings.append(f"not landed: {', '.join(missing)}")


def _is_spread(panel: SalesPanel) -> bool:
    """Whether sales stay exactly the same from one trading day to the next more often than they change."""
    both = panel.trading[:, 1:] & panel.trading[:, :-1]
    same = (panel.sales[:, 1:] == panel.sales[:, :-1]) & both
    return bool(both.sum() >= 100 and np.nanmedian(panel.sales[panel.trading]) >= 50 and same.sum() > 0.5 * both.sum())
