"""What values may be: the rules of each landing dataset, each with the words that a person gets when one is broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

EARLIEST, LATEST = date(1990, 1, 1), date(2199, 12, 31)
CALENDAR_KINDS = ("public_holiday", "school_holiday", "local_event")

# Least and greatest value of a number, no bound where None. Sales and units below zero are returns.
BOUNDS: dict[str, dict[str, tuple[float | None, float | None]]] = {
    "unified_sales_data": {"price": (0, None)},
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
    for column in ("date", "start_date"):
        if column in columns:
            days = columns[column]
            outside = pc.or_(pc.less(days, pa.scalar(EARLIEST)), pc.greater(days, pa.scalar(LATEST)))
            yield column, outside, f"is out of range ({EARLIEST} to {LATEST})"
    if "end_date" in columns:
        yield "end_date", pc.less(columns["end_date"], pa.scalar(EARLIEST)), f"is out of range (from {EARLIEST})"
        yield "end_date", pc.less(columns["end_date"], columns["start_date"]), "is before start_date"
    if name == "calendar":
        known = pc.is_in(columns["kind"], value_set=pa.array(CALENDAR_KINDS))
        yield "kind", pc.and_(pc.is_valid(columns["kind"]), pc.invert(known)), f"is none of {', '.join(CALENDAR_KINDS)}"


def with_open_end(name: str, columns: dict[str, pa.Array], unreadable: pa.Array | None) -> None:
    """Take an end date beyond the range, such as 9999-12-31, as the range's last day: it means that no end is known.

    So does a promotion's end that is not given, if it is not one that cannot be read.
    """
    if name == "promotions":
        not_given = pc.is_null(columns["end_date"])
        if unreadable is not None:
            not_given = pc.and_(not_given, pc.invert(pc.fill_null(unreadable, False)))
        columns["end_date"] = pc.if_else(not_given, pa.scalar(LATEST), columns["end_date"])
    if "end_date" in columns:
        columns["end_date"] = pc.if_else(
            pc.greater(columns["end_date"], pa.scalar(LATEST)), pa.scalar(LATEST), columns["end_date"]
        )
