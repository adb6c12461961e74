"""The context of stores: signals, promotions and holidays, from the logs that ingest wrote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import fsum
from statistics import fmean
from typing import Any

import numpy as np
import pyarrow as pa
from mrs.contracts import dataset

from functions.workshop.objects.series_models import CalendarSpan, PromotionSpan, Signal
from functions.workshop.state import columns
from functions.workshop.state.view import View

EPOCH = date(1970, 1, 1)
LATEST = timedelta(days=45)
SIGNALS = dataset("context_signals_data")
PROMOTIONS = dataset("promotions_data")
CALENDAR = dataset("calendar_data")
_COLUMNS = ("feed", "signal", "date", "store_id", "region", "category", "source", "value")
_SUMMED = frozenset({"spend", "impressions", "mentions"})
_Group = tuple[str, str, str, str | None]


@dataclass(frozen=True)
class Place:
    """A store with its region and retailer; None if unknown."""

    store_id: str
    region: str | None
    retailer: str | None


def context_of(view: View, places: Sequence[Place], first: date, last: date) -> dict[str, Any]:
    """Return the signals, promotions and calendar entries that concern any of these stores on these days."""
    return {
        "signals": _signals(view, places, first, last),
        "promotions": [PromotionSpan(**r) for r in _spans(view, PROMOTIONS, places, first, last, PromotionSpan)],
        "calendar": [CalendarSpan(**r) for r in _spans(view, CALENDAR, places, first, last, CalendarSpan)],
    }


def _signals(view: View, places: Sequence[Place], first: date, last: date) -> list[Signal]:
    """Return one line per signal and scope; each competitor and each channel of campaigns has its own line.

    A place's amounts of a day (spend, impressions, mentions) are summed, its other values averaged; the line is the
    mean over the places.
    """
    newest: dict[tuple[Any, ...], float] = {}
    for table in _signal_tables(view, first, last):
        newest.update(_rows(table, places, first, last))
    lines: dict[_Group, dict[int, dict[str, list[float]]]] = {}
    for (feed, signal, day, store, region, _, source), value in newest.items():
        scope = "store" if store is not None else "region" if region is not None else "everywhere"
        group = (feed, signal, scope, _speaker(feed, source))
        lines.setdefault(group, {}).setdefault(day, {}).setdefault(store or region or "", []).append(value)
    return [_signal(group, lines[group]) for group in sorted(lines, key=str)]


def _speaker(feed: str, source: str | None) -> str | None:
    """Return who a line is about: a competitor, or a channel of campaigns (sources are channel/campaign)."""
    if feed == "campaigns" and source:
        return source.partition("/")[0]
    return source if feed == "competitors" else None


def _signal_tables(view: View, first: date, last: date) -> list[pa.Table]:
    every = columns.objects_in_force(view, SIGNALS)
    if not every:
        return []
    begun = every[0][0].tick
    found = [(k, s) for k, s in every if k.tick == begun or first <= k.tick <= last + LATEST]
    return columns.columns_of(view, found, _COLUMNS)


def _rows(table: pa.Table, places: Sequence[Place], first: date, last: date) -> dict[tuple[Any, ...], float]:
    """Return the values that concern these stores and days, by the key of their row."""
    day = columns.days(table)
    stores, regions = {p.store_id for p in places}, {p.region for p in places if p.region is not None}
    of_store = columns.is_one_of(table, "store_id", stores)
    no_store = columns.is_null(table, "store_id")
    elsewhere = columns.is_one_of(table, "region", regions) | columns.is_null(table, "region")
    inside = (day >= (first - EPOCH).days) & (day <= (last - EPOCH).days)
    rows = np.flatnonzero(inside & (of_store | (no_store & elsewhere)))
    if not len(rows):
        return {}
    cut = table.take(rows)
    names = ("feed", "signal", "store_id", "region", "category", "source")
    feed, signal, store, region, category, source = (columns.text(cut, name).tolist() for name in names)
    keys = zip(feed, signal, day[rows].tolist(), store, region, category, source, strict=True)
    return dict(zip(keys, columns.numbers(cut, "value").tolist(), strict=True))


def _signal(group: _Group, by_day: dict[int, dict[str, list[float]]]) -> Signal:
    feed, signal, scope, source = group
    days = sorted(by_day)
    merge = fsum if signal in _SUMMED else fmean
    return Signal(
        feed=feed,
        signal=signal,
        source=source,
        category=None,
        scope=scope,  # type: ignore[arg-type]
        dates=[EPOCH + timedelta(days=d) for d in days],
        values=[round(fmean([merge(found) for found in by_day[d].values()]), 6) for d in days],
    )


def _spans(
    view: View, ds: Any, places: Sequence[Place], first: date, last: date, model: type[Any]
) -> list[dict[str, Any]]:
    """Return the rows that overlap these days and cover any of these stores, by start."""
    rows = view.cache.hydrated.get((view.snapshot, ds.name), lambda: _all_rows(view, ds))
    found = [
        {name: row[name] for name in model.model_fields}
        for row in rows
        if row["start_date"] <= last and row["end_date"] >= first and any(_covers(row, p) for p in places)
    ]
    unique = {tuple(r.values()): r for r in found}
    return sorted(unique.values(), key=lambda r: (r["start_date"], str(tuple(r.values()))))


def _all_rows(view: View, ds: Any) -> list[dict[str, Any]]:
    assert view.snapshot is not None  # noqa: S101 (objects are asked for of a state)
    tick, written_at = view.snapshot.tick, view.snapshot.written_at
    table = view.logs.read(
        ds, view.run_id, last=tick, visible=lambda key: key.tick < tick or key.written_at <= written_at
    )
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _covers(row: dict[str, Any], place: Place) -> bool:
    """Whether a scope covers a store; a null scope means all."""
    return (
        row["store_id"] in (None, place.store_id)
        and row["region"] in (None, place.region)
        and row.get("retailer") in (None, place.retailer)
    )
