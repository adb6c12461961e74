"""Patterns of bad values: where much of a column cannot be read, the file is at fault and not its rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import BoolArray, epoch_days, floats
from mrs.landing.coerce import INSTANT
from mrs.landing.mapping import FILE as MAPPING
from mrs.landing.mapping import DatasetMapping
from mrs.store.canonical import group_codes

LEAST_SHARE = 0.1
"""From this share of unreadable values on, a column is said to be written in another way."""
LEAST_VALUES = 20
LEAST_GROUPED = 3
"""Numbers whose digits are grouped say how all are written, however few of them are large enough for it."""
LEAST_FOLLOWING, LEAST_SPREAD_SALES = 100, 50.0
LEAST_APART, LEAST_ROWS = 5, 20
"""Rows of a store that are so many days apart, by the median over so many rows, are no daily sales."""
SERIES = ("store_id", "category")
GROUPED = {",": r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$", ".": r"^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$"}
"""Numbers whose digits are grouped in threes."""
DECIMAL_COMMA = r"^[+-]?\d+,\d{1,2}$"
DAY_FIRST = r"^\d{1,2}[./-]\d{1,2}[./-]\d{4}$"


def unreadable(raw: pa.Array, bad: BoolArray, type_name: str) -> str | None:
    """Return why a column as a whole cannot be read, and how to settle it; None where only some values are bad.

    Parameters
    ----------
    raw, bad
        The values as they were read, and which of them could not be converted.
    type_name
        What the contract wants.
    """
    given = int(len(raw) - raw.null_count)
    count = int(bad.sum())
    wrong = raw.filter(pa.array(bad))
    if (count < LEAST_VALUES or count < LEAST_SHARE * given) and not _are_grouped(wrong, type_name):
        return None
    share = f"{count:,} of {given:,} values ({100 * count / given:.0f} %)"
    return f"{share} cannot be read as a {type_name}, such as {wrong[0].as_py()!r}" + _advice(wrong, type_name)


def _are_grouped(wrong: pa.Array, type_name: str) -> bool:
    text = _text(wrong) if type_name == "double" and len(wrong) >= LEAST_GROUPED else None
    return text is not None and _mostly(text, GROUPED[","])


def _advice(bad: pa.Array, type_name: str) -> str:
    if pa.types.is_timestamp(bad.type):
        return _INSTANTS
    text = _text(bad)
    if text is None:
        return ""
    if type_name == "double":
        if _mostly(text, GROUPED[","]):
            return f': their digits are grouped by commas; say so in {MAPPING}: thousands = ","'
        if _mostly(text, GROUPED["."] + "|" + DECIMAL_COMMA):
            return f': their decimal sign is a comma; say so in {MAPPING}: decimal = "," and, if so, thousands = "."'
    if type_name == "date" and _mostly(text, INSTANT):
        return _INSTANTS
    if type_name == "date":
        return f': say how dates are written in {MAPPING}: date_format = "%d.%m.%Y", say'
    return f"; see {MAPPING} for how to say what they mean"


_INSTANTS = f': they are instants, not days; say where their day begins in {MAPPING}: timezone = "Europe/Lisbon", say'


def grouped_by_dots(raw: pa.Array, mapping: DatasetMapping) -> str | None:
    """Return why numbers such as 1.234 cannot be read for sure; None if they can.

    Where every number with a point has exactly three digits behind it and others have no point, both are possible.
    """
    text = _text(raw)
    if text is None or mapping.thousands is not None or mapping.decimal == ",":
        return None
    pointed = np.asarray(pc.fill_null(pc.match_substring(text, "."), False))
    if pointed.sum() < LEAST_GROUPED or bool(pointed.all()):
        return None
    grouped = np.asarray(pc.fill_null(pc.match_substring_regex(text, GROUPED["."]), False))
    plain = text.filter(pa.array(~pointed)).drop_null()
    short = pc.all(pc.less_equal(pc.utf8_length(plain), 3)).as_py() if len(plain) else False
    fractions = np.asarray(pc.fill_null(pc.match_substring_regex(text, r"^[+-]?0\."), False))
    if not (bool(grouped[pointed].all()) and short) or fractions.any():
        return None
    example = text.filter(pa.array(pointed))[0].as_py()
    return (
        f"numbers such as {example!r} have three digits behind each point, and none above 999 has no point: "
        f'grouped digits or three decimals? Say it in {MAPPING}: thousands = "." or thousands = ""'
    )


def spread_over_days(sales: pa.Table) -> str | None:
    """Return why the sales are not daily: most stay exactly the same from one day to the next; None if they do not."""
    if sales.num_rows < LEAST_FOLLOWING:
        return None
    sold, day, series = np.nan_to_num(floats(sales["sales"])), epoch_days(sales["date"]), group_codes(sales, SERIES)
    order = np.lexsort((day, series))
    series, day, sold = series[order], day[order], sold[order]
    follows = (series[1:] == series[:-1]) & (day[1:] == day[:-1] + 1) & (sold[1:] > 0) & (sold[:-1] > 0)
    same = int((follows & (sold[1:] == sold[:-1])).sum())
    if follows.sum() < LEAST_FOLLOWING or np.median(sold[sold > 0]) < LEAST_SPREAD_SALES or same <= follows.sum() / 2:
        return None
    share = f"{100 * same / follows.sum():.0f} % of sales are exactly those of the day before"
    return f"{share}: these are totals of longer spans, spread over their days; no single day can be judged by them"


def rows_apart(sales: pa.Table) -> str | None:
    """Return why the sales are not daily: the rows of a store are a week or more apart; None if they are not."""
    day, store = epoch_days(sales["date"]), group_codes(sales, SERIES[:1])
    order = np.lexsort((day, store))
    step = np.diff(day[order])[(np.diff(store[order]) == 0)]
    step = step[step > 0]
    if len(step) < LEAST_ROWS or np.median(step) < LEAST_APART:
        return None
    return (
        f"most rows of a store are {np.median(step):.0f} days apart: if these are totals of longer spans, each counts "
        "as the sales of one day, and days without a row count as closed"
    )


def ids_written_twice(tables: Sequence[pa.Table]) -> str | None:
    """Return why the store ids of several files may be the same ones, written with and without leading zeros.

    None where they are not, or where `0101` and `101` are both in one file and so must be two stores.
    """
    named = [set(pc.unique(table["store_id"]).drop_null().to_pylist()) for table in tables]
    padded = {i for ids in named for i in ids if re.fullmatch(r"0+\d+", i)}
    plain = {i for ids in named for i in ids if i.isdigit() and not i.startswith("0")}
    both = sorted(i for i in padded if i.lstrip("0") in plain)
    if not both or any(i in ids and i.lstrip("0") in ids for i in both for ids in named):
        return None
    return (
        f"store {both[0]!r} of one file may be store {both[0].lstrip('0')!r} of another ({len(both)} such stores): "
        f'the same? Say it in {MAPPING}: store_ids = "number", or "text" if they are others'
    )


def _text(raw: pa.Array) -> pa.Array | None:
    if pa.types.is_dictionary(raw.type):
        raw = raw.dictionary_decode()
    return pc.utf8_trim_whitespace(raw) if pa.types.is_string(raw.type) or pa.types.is_large_string(raw.type) else None


def _mostly(text: pa.Array, pattern: str) -> bool:
    hit = pc.fill_null(pc.match_substring_regex(text, pattern), False)
    return bool(pc.mean(hit.cast(pa.float64())).as_py() >= 0.5)
