"""What a landing folder holds, before anything is run: files, columns, stores, dates, what is odd, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from mrs.arrays import EPOCH, FloatArray, IntArray, epoch_days, floats
from mrs.contracts import dataset
from mrs.landing import FILES, REJECTIONS, Landing, landed, read_landing
from mrs.landing.accounts import accounts_of, set_aside_by_rule
from mrs.landing.files import NAMES, SALES
from mrs.landing.mapping import LandingMapping, mapping_of
from mrs.landing.rejected import USED
from mrs.panels import SalesPanel, sales_panel
from mrs.settings import Settings

from cli.console import counted

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
    mapping = mapping_of(files)
    check.facts["columns"] = _columns(landing, mapping)
    check.facts["dialect"] = {n: m.model_dump(exclude_defaults=True) for n, m in mapping.datasets.items()}
    check.facts["sales"] = _sales(panel, sales)
    check.facts["feeds"] = _feeds(landing)
    check.facts["money"] = _money(landing)
    check.facts["set_aside"] = _set_aside(landing)
    check.facts["suspicious_days"] = _suspicious(panel)
    check.facts["reports_from"] = _reports_from(panel)
    _warn(check)
    return check


def _files(landing: Landing) -> list[dict[str, Any]]:
    listed = landing.tables[FILES].to_pylist()
    return [{"dataset": r["feed"], "file": r["file"].rsplit("@", 1)[0], "rows": r["rows"]} for r in listed]


def _columns(landing: Landing, mapping: LandingMapping) -> dict[str, dict[str, str]]:
    """Return, by dataset, the contract's columns that hold anything, and the file's column that each was read from."""
    found = {}
    for name in NAMES:
        table = landing.tables.get(landed(name))
        if table is not None:
            there = [c.name for c in dataset(name).columns if c.name in table.column_names]
            own = mapping.of(name).columns
            found[name] = {c: own.get(c, c) for c in there if table[c].null_count < table.num_rows}
    return found


def _sales(panel: SalesPanel, sales: pa.Table) -> dict[str, Any]:
    seen = panel.seen
    first = np.where(seen.any(axis=1), seen.argmax(axis=1), 0)
    last = np.where(seen.any(axis=1), seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1), 0)
    gaps = _gaps(panel, first, last)
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


def _gaps(panel: SalesPanel, first: IntArray, last: IntArray) -> int:
    """Return how many store-days are not there between a store's first and last, but for weekdays that it never has."""
    day = np.arange(panel.seen.shape[1])
    within = (day[None, :] >= first[:, None]) & (day[None, :] <= last[:, None])
    gaps = 0
    for weekday in range(7):
        on = within & (day % 7 == weekday)[None, :]
        has = (panel.seen & on).sum(axis=1)
        gaps += int((on.sum(axis=1) - has)[has > 0].sum())
    return gaps


def _feeds(landing: Landing) -> dict[str, str]:
    there = {n for n in NAMES if landed(n) in landing.tables and landing.tables[landed(n)].num_rows}
    return {name: "landed" if name in there else f"absent: {COSTS[name]}" for name in NAMES if name != SALES}


def _set_aside(landing: Landing) -> dict[str, Any]:
    accounts, rejected = accounts_of(landing.tables), landing.tables[REJECTIONS]
    aside = set_aside_by_rule(rejected)
    used_without = rejected.filter(pc.equal(rejected["outcome"], USED))
    return {
        "rows": sum(rows for _, rows, _ in aside),
        "values": used_without.num_rows,
        "money": round(accounts.set_aside, 2),
        "share": round(accounts.set_aside / accounts.landed, 4) if accounts.landed else 0.0,
        "reasons": [{"reason": rule, "rows": rows, "money": round(money, 2)} for rule, rows, money in aside[:SHOWN]],
        "other_rows": _other_rows(rejected),
    }


def _other_rows(rejected: pa.Table) -> list[dict[str, Any]]:
    """Return what is wrong with rows of other feeds, and with values without which rows are used."""
    other = pc.or_(pc.not_equal(rejected["dataset"], SALES), pc.equal(rejected["outcome"], USED))
    keys = ["dataset", "column", "rule", "outcome"]
    counted = rejected.filter(other).group_by(keys).aggregate([("rule", "count")]).to_pylist()
    counted.sort(key=lambda r: (-r["rule_count"], *(str(r[k]) for k in keys)))
    return [{**{k: r[k] for k in keys}, "rows": r["rule_count"]} for r in counted[:SHOWN]]


def _money(landing: Landing) -> dict[str, float]:
    """Return what became of the sales in the files: landed = used + set aside + replaced by a later file."""
    found = accounts_of(landing.tables)
    sums = {"landed": found.landed, "used": found.used, "set_aside": found.set_aside, "replaced": found.replaced}
    return {name: round(value, 2) for name, value in sums.items()} | {"unexplained": found.unexplained}


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


def _warn(check: Check) -> None:
    facts = check.facts
    if facts["set_aside"]["rows"]:
        aside = facts["set_aside"]
        check.warnings.append(
            f"set aside: {counted(aside['rows'], 'row')}, {aside['money']:,.2f} of sales ({100 * aside['share']:.1f} %)"
        )
    if facts["sales"]["gaps"]:
        gaps = facts["sales"]["gaps"]
        check.warnings.append(f"not there: {counted(gaps, 'store-day')} between a store's first and last date")
    if facts["suspicious_days"]:
        first = facts["suspicious_days"][0]
        check.warnings.append(
            f"{counted(len(facts['suspicious_days']), 'day')} of the chain to look at: wrong or special, "
            f"such as {first['date']} ({first['times_usual']} times its weekday's usual sales)"
        )
    if facts["reports_from"] is None:
        check.warnings.append("no store has history enough for a report yet: it needs some five weeks of trading days")
    missing = [name for name, what in facts["feeds"].items() if what != "landed"]
    if missing:
        check.warnings.append(f"not landed: {', '.join(missing)}")
