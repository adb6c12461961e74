"""Raw values as the contract's types: what fits is converted, what does not is marked, a hopeless type is a fault."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from mrs.landing.mapping import PLAIN, DatasetMapping

CURRENCIES = (
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR JPY KRW MXN MYR NOK NZD PHP PLN "
    r"RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR Fr\. Ft Kč kr\.? lei zł"
)
CURRENCY = rf"(?:\p{{Sc}}|{'|'.join(CURRENCIES.split())})"
SPACES, APOSTROPHES = "[\u00a0\u2009\u202f]", "\u2019"
"""What stands in numbers beside digits, as regular expressions: these two are likenesses of ` ` and `'`."""
NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
ISO = "%Y-%m-%d"
DAY = r"^\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0+)?)?(Z|[+-]\d{2}:?\d{2})?)?$"
"""A day, or its midnight in whatever zone."""
INSTANT = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?$"
EXCEL_DAYS, EXCEL_EPOCH = "excel", 25_569
"""The format of dates as Excel counts them, days from 1899-12-30 on, and the number of 1970-01-01."""
NULL_WORDS = ("", "null", "none", "nan", "na", "n/a")
TRUE_WORDS = (
    *(
        "true",
        "t",
        "yes",
        "y",
        "1",
        "1.0",
        "open",
        "ja",
        "j",
        "wahr",
        "offen",
        "geöffnet",
        "oui",
        "o",
        "vrai",
        "ouvert",
    ),
    *("si", "sí", "s", "sì", "verdadero", "abierto", "vero", "aperto", "sim", "verdadeiro", "aberto", "waar"),
)
FALSE_WORDS = (
    *("false", "f", "no", "n", "0", "0.0", "closed", "nein", "falsch", "geschlossen", "non", "faux", "fermé"),
    *("falso", "cerrado", "chiuso", "não", "nao", "fechado", "nee", "onwaar"),
)
"""Also as Excel writes them in other languages."""


class UnknownTypeError(Exception):
    """A column whose type cannot hold what the contract wants; says what would."""


@dataclass(frozen=True)
class Coerced:
    """Values in the contract's type, null where `bad`; `reason` says what is wrong with a bad one."""

    values: pa.Array
    bad: pa.Array
    reason: str


def coerce(column: pa.ChunkedArray, type_name: str, mapping: DatasetMapping = PLAIN) -> Coerced:
    """Return a raw column in the contract's type; text is read as the mapping says.

    Raises
    ------
    UnknownTypeError
        If no value of the raw type can be what the contract wants.
    """
    raw = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(raw, pa.ChunkedArray):
        raw = pa.concat_arrays(raw.chunks) if raw.num_chunks else pa.array([], column.type)
    if pt.is_null(raw.type):
        return Coerced(pa.nulls(len(raw), _ARROW[type_name]), _none_bad(raw), "")
    if pt.is_dictionary(raw.type) and type_name != "string":
        raw = raw.dictionary_decode()
    return _COERCE[type_name](raw, mapping)


def _none_bad(raw: pa.Array) -> pa.Array:
    return pa.repeat(pa.scalar(False), len(raw))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind) or pt.is_binary(kind))


def _text(raw: pa.Array, mapping: DatasetMapping) -> Coerced:
    kind = raw.type.value_type if pt.is_dictionary(raw.type) else raw.type
    if pt.is_dictionary(raw.type):
        # Few distinct values: tidy these, not every row.
        tidy = _text(raw.dictionary, mapping)
        indices = raw.indices.cast(pa.int64())
        return Coerced(tidy.values.take(indices), pc.fill_null(tidy.bad.take(indices), False), tidy.reason)
    bad = _none_bad(raw)
    if pt.is_floating(kind):
        bad = pc.fill_null(pc.not_equal(raw, pc.floor(raw)), False)
        raw = pc.if_else(pc.or_(bad, pc.fill_null(pc.invert(pc.is_finite(raw)), True)), None, raw).cast(pa.int64())
    elif not (_is_text(kind) or pt.is_integer(kind) or pt.is_large_binary(kind)):
        raise UnknownTypeError("give text or whole numbers")
    values = pc.utf8_trim_whitespace(raw.cast(pa.string()))
    return Coerced(pc.if_else(pc.equal(values, ""), None, values), bad, "is not a whole number, as a name should be")


def _number(raw: pa.Array, mapping: DatasetMapping) -> Coerced:
    given = pc.is_valid(raw)
    if _is_text(raw.type):
        text = pc.utf8_trim_whitespace(raw.cast(pa.string()))
        given = pc.and_(given, pc.invert(pc.is_in(pc.utf8_lower(text), value_set=pa.array(NULL_WORDS))))
        text = plain_numbers(text)
        if mapping.thousands:
            text = _ungrouped(text, mapping.thousands, mapping.decimal)
        if mapping.decimal == ",":
            text = pc.replace_substring(text, ",", ".")
        fits = pc.fill_null(pc.match_substring_regex(text, NUMBER), False)
        values = pc.if_else(fits, text, None).cast(pa.float64())
    elif pt.is_integer(raw.type) or pt.is_floating(raw.type) or pt.is_decimal(raw.type):
        values = raw.cast(pa.float64(), safe=False)
        nan = pc.fill_null(pc.is_nan(values), False)
        given, values = pc.and_(given, pc.invert(nan)), pc.if_else(nan, None, values)
    else:
        raise UnknownTypeError("give numbers: double, integer, decimal, or text that holds numbers")
    values = pc.if_else(pc.is_finite(values), values, None)
    return Coerced(values, pc.and_(given, pc.is_null(values)), "is not a number")


def plain_numbers(text: pa.Array) -> pa.Array:
    """Return numbers without a currency, with a minus in front for one behind (`1.20-`) or brackets (`(1.20)`).

    Spaces that do not break and curved apostrophes stand between groups of digits as their plain forms do.
    """
    odd = pc.match_substring_regex(text, rf"{CURRENCY}|{SPACES}|{APOSTROPHES}|\d-$|^\(.+\)$")
    if not pc.any(pc.fill_null(odd, False)).as_py():
        return text
    for sign, plain in ((SPACES, " "), (APOSTROPHES, "'")):
        text = pc.replace_substring_regex(text, sign, plain)
    text = pc.replace_substring_regex(text, rf"^([+-]?)\s*{CURRENCY}\s*|\s*{CURRENCY}$", r"\1")
    return pc.replace_substring_regex(text, r"^\(([\d., ']+)\)$|^(.*\d)-$", r"-\1\2")


def _ungrouped(text: pa.Array, thousands: str, decimal: str) -> pa.Array:
    """Return numbers without the sign between their groups of three digits; where it groups otherwise, it stays."""
    grouped = pc.match_substring_regex(
        text, rf"^[+-]?\d{{1,3}}({re.escape(thousands)}\d{{3}})+({re.escape(decimal)}\d*)?$"
    )
    return pc.if_else(grouped, pc.replace_substring(text, thousands, ""), text)


def _flag(raw: pa.Array, _mapping: DatasetMapping) -> Coerced:
    if pt.is_boolean(raw.type):
        return Coerced(raw, _none_bad(raw), "")
    if pt.is_integer(raw.type) or pt.is_floating(raw.type):
        raw = raw.cast(pa.float64()).cast(pa.string())
    elif not _is_text(raw.type):
        raise UnknownTypeError("give booleans, 0 and 1, or true and false")
    word = pc.utf8_lower(pc.utf8_trim_whitespace(raw.cast(pa.string())))
    yes, no = pc.is_in(word, value_set=pa.array(TRUE_WORDS)), pc.is_in(word, value_set=pa.array(FALSE_WORDS))
    values = pc.if_else(pc.or_(yes, no), yes, None)
    given = pc.and_(pc.is_valid(raw), pc.invert(pc.is_in(word, value_set=pa.array(NULL_WORDS))))
    return Coerced(values, pc.and_(given, pc.is_null(values)), "is neither true nor false")


def _day(raw: pa.Array, mapping: DatasetMapping) -> Coerced:
    if pt.is_date(raw.type):
        return Coerced(raw.cast(pa.date32()), _none_bad(raw), "")
    if pt.is_timestamp(raw.type):
        return _day_of_instant(raw, mapping)
    if pt.is_integer(raw.type) or pt.is_floating(raw.type):
        raw, mapping = _written_days(raw, mapping)
    if not _is_text(raw.type):
        raise UnknownTypeError("give dates, timestamps at midnight, or text as YYYY-MM-DD")
    text = pc.utf8_trim_whitespace(raw.cast(pa.string()))
    given = pc.and_(pc.is_valid(raw), pc.invert(pc.is_in(pc.utf8_lower(text), value_set=pa.array(NULL_WORDS))))
    if mapping.date_format == EXCEL_DAYS:
        number = pc.if_else(pc.match_substring_regex(text, r"^\d{4,6}(\.0*)?$"), text, None).cast(pa.float64())
        values = pc.subtract(number.cast(pa.int32()), EXCEL_EPOCH).cast(pa.int32()).cast(pa.date32())
        return Coerced(values, pc.and_(given, pc.is_null(values)), "is not a day as Excel counts them")
    if mapping.timezone != "UTC" and mapping.date_format == ISO:
        return _day_of_text(text, given, mapping)
    # Few distinct days: parse these, not every row. A day such as 30 February rolls over, and reads back as another.
    if mapping.date_format == ISO:
        text = pc.utf8_slice_codeunits(pc.if_else(pc.match_substring_regex(text, DAY), text, None), 0, 10)
    encoded = text.dictionary_encode()
    parsed = pc.strptime(encoded.dictionary, format=mapping.date_format, unit="s", error_is_null=True).cast(pa.date32())
    if mapping.date_format == ISO:
        real = pc.fill_null(pc.equal(parsed.cast(pa.string()), encoded.dictionary), False)
        parsed = pc.if_else(real, parsed, None)
    values = parsed.take(encoded.indices)
    written = "YYYY-MM-DD" if mapping.date_format == ISO else mapping.date_format
    return Coerced(values, pc.and_(given, pc.is_null(values)), f"is not a date ({written})")


def _written_days(raw: pa.Array, mapping: DatasetMapping) -> tuple[pa.Array, DatasetMapping]:
    """Return dates that came as numbers as text, and how it is written: as the mapping says, or all as 20240131.

    Raises
    ------
    UnknownTypeError
        If the mapping says nothing and they are no such numbers.
    """
    whole = pc.if_else(pc.equal(raw, pc.floor(raw)), raw, None).cast(pa.int64())
    if mapping.date_format == ISO:
        span = pc.min_max(whole)
        if span["min"].as_py() is None or not 19000101 <= span["min"].as_py() <= span["max"].as_py() <= 21991231:
            raise UnknownTypeError(
                "give dates, timestamps at midnight, or text as YYYY-MM-DD; numbers need date_format in landing.toml: "
                f'"%Y%m%d", or "{EXCEL_DAYS}" for days as Excel counts them'
            )
        mapping = mapping.model_copy(update={"date_format": "%Y%m%d"})
    return whole.cast(pa.string()), mapping


def _day_of_text(text: pa.Array, given: pa.Array, mapping: DatasetMapping) -> Coerced:
    """Return the days of instants in text, in the mapping's time zone; without an offset they are UTC."""
    known = pc.if_else(pc.match_substring_regex(text, INSTANT), text, None)
    zoned = pc.match_substring_regex(known, r"(Z|[+-]\d{2}:\d{2})$")
    known = pc.if_else(zoned, known, pc.binary_join_element_wise(known, "Z", ""))
    values = _day_of_instant(known.cast(pa.timestamp("us", "UTC")), mapping).values
    days = pc.if_else(pc.match_substring_regex(text, r"^\d{4}-\d{2}-\d{2}$"), text, None).cast(pa.date32())
    values = pc.coalesce(values, days)
    return Coerced(
        values, pc.and_(given, pc.is_null(values)), "is neither a date nor an instant (YYYY-MM-DDTHH:MM:SSZ)"
    )


def _day_of_instant(raw: pa.Array, mapping: DatasetMapping) -> Coerced:
    """Return the day on which an instant falls; without a time zone from the mapping it must be midnight."""
    if mapping.timezone != "UTC":
        instant = raw if raw.type.tz else pc.assume_timezone(raw, "UTC")
        local = pc.local_timestamp(instant.cast(pa.timestamp(raw.type.unit, mapping.timezone)))
        return Coerced(pc.floor_temporal(local, unit="day").cast(pa.date32()), _none_bad(raw), "")
    local = pc.local_timestamp(raw) if raw.type.tz else raw
    values = pc.floor_temporal(local, unit="day").cast(pa.date32())
    bad = pc.fill_null(pc.not_equal(values.cast(local.type), local), False)
    return Coerced(pc.if_else(bad, None, values), bad, "is a time of day, not a date")


_ARROW = {"string": pa.string(), "double": pa.float64(), "bool": pa.bool_(), "date": pa.date32()}
_COERCE: dict[str, Callable[[pa.Array, DatasetMapping], Coerced]] = {
    "string": _text,
    "double": _number,
    "bool": _flag,
    "date": _day,
}


def flags(mask: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return an Arrow mask as a NumPy one, null being False."""
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=bool)
