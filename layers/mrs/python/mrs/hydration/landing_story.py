"""What a state says of its landing: money landed, exported and set aside and why, days restated, ticks to replay."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

STORY = ("date", "quality", "restated_at", "restated_why", "is_replay_due")
"""The columns of `attribution_ready_sales` that the story is made of."""


@dataclass(frozen=True)
class Reason:
    """Why rows were set aside, how many, and their sales."""

    reason: str
    rows: int
    sales: float


@dataclass(frozen=True)
class RestatedDay:
    """A date of which store-days were restated, the newest restatement of them, and its reason."""

    date: date
    store_days: int
    restated_at: datetime
    why: str


@dataclass(frozen=True)
class LandingStory:
    """The story of a state: landed = exported + set aside.

    Parameters
    ----------
    days
        Rows of `sales_reconciliation`, by date.
    landed, exported, set_aside, unexplained
        Sums over them.
    set_aside_why
        The most money first.
    quality
        Store-days by the quality of their row.
    restated
        The newest date first.
    replay_due
        Ticks that were judged by other sales than are known now.
    """

    days: list[dict[str, Any]]
    landed: float
    exported: float
    set_aside: float
    unexplained: float
    set_aside_why: list[Reason]
    quality: dict[str, int]
    restated: list[RestatedDay]
    replay_due: list[date]


def landing_story(reconciliation: pa.Table, sales: pa.Table) -> LandingStory:
    """Return the story of `sales_reconciliation` and `attribution_ready_sales` of one state."""
    days = reconciliation.sort_by("date").to_pylist()
    sums = {name: round(sum(d[f"{name}_sales"] for d in days), 2) for name in ("landed", "exported", "set_aside")}
    return LandingStory(
        days=days,
        **sums,
        unexplained=round(sum(d["unexplained_sales"] for d in days), 2) + 0.0,
        set_aside_why=_reasons(days),
        quality=_counts(sales["quality"]),
        restated=_restated(sales),
        replay_due=ticks_due(sales),
    )


def ticks_due(sales: pa.Table) -> list[date]:
    """Return the dates of `attribution_ready_sales` that were judged by other sales than are known now, in order."""
    return sorted(pc.unique(sales.filter(pc.fill_null(sales["is_replay_due"], False))["date"]).to_pylist())


def _reasons(days: list[dict[str, Any]]) -> list[Reason]:
    rows, money = defaultdict[str, int](int), defaultdict[str, float](float)
    for day in days:
        for reason, said in json.loads(day["set_aside_why"] or "{}").items():
            rows[reason] += said["rows"]
            money[reason] += said["sales"]
    found = [Reason(reason, rows[reason], round(money[reason], 2)) for reason in rows]
    return sorted(found, key=lambda r: (-abs(r.sales), -r.rows, r.reason))


def _counts(words: pa.ChunkedArray) -> dict[str, int]:
    counted = Counter[str]()
    for found in pc.value_counts(words).to_pylist():
        counted[found["values"] or "not said"] += found["counts"]
    return dict(sorted(counted.items()))


def _restated(sales: pa.Table) -> list[RestatedDay]:
    rows = sales.filter(pc.is_valid(sales["restated_at"])).select(["date", "restated_at", "restated_why"])
    by_day: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in rows.to_pylist():
        by_day[row["date"]].append(row)
    newest = {day: max(own, key=lambda r: (r["restated_at"], r["restated_why"])) for day, own in by_day.items()}
    return [
        RestatedDay(day, len(by_day[day]), newest[day]["restated_at"], newest[day]["restated_why"])
        for day in sorted(by_day, reverse=True)
    ]
