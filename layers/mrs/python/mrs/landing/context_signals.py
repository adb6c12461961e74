"""Context feeds in one long form: a row is one value of one signal on one day, for the place that it speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from mrs.landing import landed

# For each feed: the signals by landing column, and the columns that say where a row comes from.
SIGNALS: dict[str, dict[str, str]] = {
    "campaigns": {"spend": "spend", "impressions": "impressions"},
    "competitors": {"availability": "competitor_availability"},
    "inventory": {"availability": "own_availability"},
    "social": {"mentions": "mentions", "sentiment": "sentiment"},
    "weather": {"temperature_c": "temperature_c", "precipitation_mm": "precipitation_mm", "wind_kph": "wind_kph"},
}
SOURCES: dict[str, tuple[str, ...]] = {"campaigns": ("platform", "campaign_id"), "competitors": ("competitor",)}
PLACES = ("store_id", "region", "category")
COLUMNS = ("feed", "signal", "date", *PLACES, "source", "value")
SCHEMA = pa.schema(
    [(c, pa.date32() if c == "date" else pa.float64() if c == "value" else pa.string()) for c in COLUMNS]
)


def long_signals(tables: Mapping[str, pa.Table], last: date) -> pa.Table:
    """Return every value that is known of every signal until `last`; a value that is null is no row."""
    parts = [SCHEMA.empty_table()]
    for feed, signals in SIGNALS.items():
        if landed(feed) in tables:
            table = tables[landed(feed)]
            parts += _of_feed(feed, signals, table.filter(pc.less_equal(table["date"], pa.scalar(last))))
    return pa.concat_tables(parts)


def first_signal(tables: Mapping[str, pa.Table]) -> date | None:
    """Return the earliest date of the context rows that landed; None where none did."""
    firsts = [pc.min(tables[landed(feed)]["date"]).as_py() for feed in SIGNALS if landed(feed) in tables]
    return min((first for first in firsts if first is not None), default=None)


def _of_feed(feed: str, signals: Mapping[str, str], table: pa.Table) -> list[pa.Table]:
    source = _joined(table, SOURCES.get(feed, ()))
    parts = []
    for column, signal in signals.items():
        given = pc.is_valid(table[column])
        rows = table if pc.all(given).as_py() is not False else table.filter(given)
        origin = source if rows is table else source.filter(given)
        count = rows.num_rows
        arrays: dict[str, pa.Array | pa.ChunkedArray] = {
            "feed": pa.repeat(pa.scalar(feed), count),
            "signal": pa.repeat(pa.scalar(signal), count),
            "date": rows["date"],
            **{p: rows[p] if p in rows.column_names else pa.nulls(count, pa.string()) for p in PLACES},
            "source": origin,
            "value": rows[column],
        }
        parts.append(pa.table([arrays[c] for c in COLUMNS], schema=SCHEMA))
    return parts


def _joined(table: pa.Table, columns: Sequence[str]) -> pa.Array | pa.ChunkedArray:
    if not columns:
        return pa.nulls(table.num_rows, pa.string())
    return pc.binary_join_element_wise(*(table[c] for c in columns), "/")
