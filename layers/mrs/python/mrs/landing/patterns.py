"""Faults of a whole file rather than of its rows: what so many rows show alike is said once, with how to settle it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from mrs.landing.coerce import Coerced, flags
from mrs.landing.dates import possible_formats
from mrs.landing.mapping import FILE, FeedMapping
from mrs.landing.numbers import possible_styles
from mrs.landing.rejected import as_text

LEAST_ROWS = 20
SHARE = 0.05
EXAMPLES = 2


def unreadable(name: str, column: str, raw: pa.ChunkedArray, got: Coerced, how: FeedMapping) -> str | None:
    """Return what is wrong with a column as a whole, None if its bad values are few.

    Parameters
    ----------
    name, column
        The dataset and its column.
    raw, got
        The values as read, and what they became.
    how
        The mapping that was used.
    """
    bad = flags(got.bad)
    share = bad.mean() if len(bad) else 0.0
    if bad.sum() < LEAST_ROWS or share < SHARE:
        return None
    text = as_text(raw)
    examples = ", ".join(repr(v) for v in pc.unique(text.filter(pa.array(bad))).slice(0, EXAMPLES).to_pylist())
    hint = _hint(name, column, raw, text, how)
    return f"column {column}: {bad.sum()} of {len(bad)} rows ({share:.0%}) cannot be read, such as {examples}{hint}"


def ambiguous(name: str, column: str, raw: pa.ChunkedArray, how: FeedMapping) -> str | None:
    """Return the question if a column of numbers or dates as text can be read in two ways, and nothing says which."""
    kind = raw.type.value_type if pt.is_dictionary(raw.type) else raw.type
    if not (pt.is_string(kind) or pt.is_large_string(kind)):
        return None
    if {"decimal", "thousands"} & how.model_fields_set:
        return None
    text = as_text(raw)
    example = pc.unique(text.filter(pc.match_substring_regex(text, r"\d\.\d{3}$"))).drop_null()
    if not len(example):
        return None
    styles = possible_styles(text)
    if len(styles) < 2:
        return None
    value = example[0].as_py()
    return (
        f"column {column}: {value!r} may be {float(value):,.3f} or {float(value) * 1000:,.0f}: "
        f"say in {FILE}, under [{name}], {' or '.join(s.words for s in styles)}"
    )


def _hint(name: str, column: str, raw: pa.ChunkedArray, text: pa.Array, how: FeedMapping) -> str:
    """Return how to settle it, by what reads the column."""
    if pt.is_timestamp(raw.type):
        return f': these are instants; say timezone = "Europe/Lisbon" or your own in {FILE}, under [{name}]'
    if column in ("date", "start_date", "end_date"):
        found = [f'date_format = "{f}"' for f in possible_formats(text)]
        if found and "%H" in found[0]:
            found = [found[0] + ' and timezone = "Europe/Lisbon" or your own']
    elif column in ("sales", "units", "price"):
        found = [s.words for s in possible_styles(text)]
    else:
        return ""
    if not found:
        return ""
    how_to = f": say {' or '.join(found)} in {FILE}, under [{name}]"
    return how_to + (" (both are possible)" if len(found) > 1 else " (mrs check --write-mapping does)")


def contradictions(rows: int, contradicting: int, money: float) -> str | None:
    """Return what is wrong with a file in which many rows share a key and disagree, None if these are few."""
    if contradicting < LEAST_ROWS or contradicting < SHARE * rows:
        return None
    return (
        f"{contradicting} of {rows} rows ({contradicting / rows:.0%}, sales of {money:,.2f}) share store, date and "
        f'category with another and disagree: if they add up, say same_key = "sum" in {FILE}; else land one row a key'
    )
