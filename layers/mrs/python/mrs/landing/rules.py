"""What values may be: the rules of each landing dataset, each with the words that a person gets when one is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)
CALENDAR_KINDS = ("public_holiday", "school_holiday", "local_event")

# Least and greatest value of a number; None: no bound.
BOUNDS: dict[str, dict[str, tuple[float | None, float | None]]] = {
    "unified_sales_data": {"units": (0, None), "price": (0, None)},  # sales below zero are net returns
    "stores": {"latitude": (-90, 90), "longitude": (-180, 180)},
    "promotions": {"depth": (0, 1)},
    "campaigns": {"spend": (0, None), "impressions": (0, None)},
    "calendar": {},
    "weather": {"temperature_c": (-90, 65), "precipitation_mm": (0, 2000), "wind_kph": (0, 500)},
    "social": {"mentions": (0, None)},
    "competitors": {"availability": (0, 1)},
    "inventory": {"availability": (0, 1)},
}


def broken(name: str, columns: Mapping[str, pa.Array]) -> Iterator[tuple[str, pa.Array, str]]:
    """Yield the column, the mask and the reason of every rule of a dataset, for the rows that break it."""
    for column, (low, high) in BOUNDS[name].items():
        if column not in columns:
            continue
        if low == 0 and high is None:
            yield column, pc.less(columns[column], 0.0), "is negative"
            continue
        outside = pc.or_(pc.less(columns[column], low), pc.greater(columns[column], high))
        yield column, outside, f"is outside {low} to {high}"
    for column in ("date", "start_date", "end_date"):
        if column in columns:
            days = columns[column]
            outside = pc.or_(pc.less(days, pa.scalar(EARLIEST)), pc.greater(days, pa.scalar(LATEST)))
            yield column, outside, f"is out of range ({EARLIEST} to {LATEST})"
    if "start_date" in columns:
        yield "end_date", pc.less(columns["end_date"], columns["start_date"]), "is before start_date"
    if name == "calendar":
        known = pc.is_in(columns["kind"], value_set=pa.array(CALENDAR_KINDS))
        yield "kind", pc.and_(pc.is_valid(columns["kind"]), pc.invert(known)), f"is none of {', '.join(CALENDAR_KINDS)}"
