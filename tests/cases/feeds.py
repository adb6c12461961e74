"""A plain chain as rows, and its files in the forms in which feeds come."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Rows = list[dict[str, Any]]
START = date(2024, 1, 1)


def chain(stores: int = 6, days: int = 60, seed: int = 1, start: date = START) -> Rows:
    """Return daily sales of a chain whose stores are closed on Sundays."""
    noise = np.random.default_rng(seed).normal(0, 0.08, (stores, days))
    rows = []
    for s in range(stores):
        for d in range(days):
            day = start + timedelta(days=d)
            is_open = day.weekday() != 6
            sold = round((1000 + 700 * s) * float(np.exp(noise[s, d])), 2) if is_open else 0.0
            rows.append({"store_id": f"S{s + 1:03d}", "date": day, "sales": sold, "is_open": is_open})
    return rows


def parquet(rows: Rows) -> bytes:
    """Return rows as a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


def text(rows: Rows, separator: str = ",", **written: Callable[[Any], str]) -> bytes:
    """Return rows as a CSV file; `written` says how the values of a column are written."""
    sink = io.StringIO()
    writer = csv.writer(sink, delimiter=separator)
    writer.writerow(rows[0])
    writer.writerows([[written.get(k, str)(v) if v is not None else "" for k, v in r.items()] for r in rows])
    return sink.getvalue().encode()


def german(value: float) -> str:
    """Return a number as 1.234,50."""
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def named(rows: Rows, names: Mapping[str, str]) -> Rows:
    """Return rows with some columns under other names."""
    return [{names.get(k, k): v for k, v in r.items()} for r in rows]


def money(rows: Iterable[Mapping[str, Any]]) -> float:
    """Return the sum of the sales."""
    return round(sum(r["sales"] for r in rows), 2)


def totals(rows: Sequence[Mapping[str, Any]]) -> Rows:
    """Return one row a day with the sales of all stores."""
    days = sorted({r["date"] for r in rows})
    return [{"store_id": "TOTAL", "date": d, "sales": money(r for r in rows if r["date"] == d)} for d in days]
