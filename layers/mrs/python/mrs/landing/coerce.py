"""Raw values as the contract's types: what fits is converted, what does not is marked, a hopeless type is a fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from mrs.landing.dates import read_dates
from mrs.landing.mapping import PLAIN, FeedMapping
from mrs.landing.numbers import PLAIN_STYLE, NumberStyle, tidy

DAY = r"^\d{4}-\d{2}-\d{2}([T ]00:00(:00(\.0+)?)?(Z|\+00:00)?)?$"
NULL_WORDS = ("", "null", "none", "nan", "na", "n/a")
TRUE_WORDS = ("true", "t", "yes", "y", "1", "1.0")
FALSE_WORDS = ("false", "f", "no", "n", "0", "0.0")


class UnknownTypeError(Exception):
    """A column whose type cannot hold what the contract wants; says what would."""


@dataclass(frozen=True)
class Coerced:
    """Values in the contract's type, null where `bad`; `reason` says what is wrong with a bad one."""

    values: pa.Array
    bad: pa.Array
    reason: str


def coerce(column: pa.ChunkedArray, type_name: str, how: FeedMapping = PLAIN) -> Coerced:
    """Return a raw column in the contract's type; `how` says how numbers and dates are written.

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
    convert: dict[str, Callable[[pa.Array], Coerced]] = {
        "string": _text,
        "double": partial(_number, style=NumberStyle(how.decimal, how.thousands)),
        "bool": _flag,
        "date": partial(_day, form=how.date_format, zone=how.timezone),
    }
    return convert[type_name](raw)


def _none_bad(raw: pa.Array) -> pa.Array:
    return pa.repeat(pa.scalar(False), len(raw))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind) or pt.is_binary(kind))


def _text(raw: pa.Array) -> Coerced:
    kind = raw.type.value_type if pt.is_dictionary(raw.type) else raw.type
    if pt.is_dictionary(raw.type):
        # Few distinct values: tidy these, not every row.
        tidy = _text(raw.dictionary)
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


def _number(raw: pa.Array, style: NumberStyle = PLAIN_STYLE) -> Coerced:
    given = pc.is_valid(raw)
    if _is_text(raw.type):
        text = pc.utf8_trim_whitespace(raw.cast(pa.string()))
        given = pc.and_(given, pc.invert(pc.is_in(pc.utf8_lower(text), value_set=pa.array(NULL_WORDS))))
        values = style.plain(text if style == PLAIN_STYLE else tidy(text)).cast(pa.float64())
    elif pt.is_integer(raw.type) or pt.is_floating(raw.type) or pt.is_decimal(raw.type):
        values = raw.cast(pa.float64(), safe=False)
        nan = pc.fill_null(pc.is_nan(values), False)
        given, values = pc.and_(given, pc.invert(nan)), pc.if_else(nan, None, values)
    else:
        raise UnknownTypeError("give numbers: double, integer, decimal, or text that holds numbers")
    values = pc.if_else(pc.is_finite(values), values, None)
    return Coerced(values, pc.and_(given, pc.is_null(values)), "is not a number")


def _flag(raw: pa.Array) -> Coerced:
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


def _day(raw: pa.Array, form: str | None = None, zone: str | None = None) -> Coerced:
    if pt.is_date(raw.type):
        return Coerced(raw.cast(pa.date32()), _none_bad(raw), "")
    reason = "is not a date (YYYY-MM-DD)"
    if pt.is_timestamp(raw.type):
        at = pc.cast(raw, pa.timestamp(raw.type.unit, zone)) if zone and raw.type.tz else raw
        local = pc.local_timestamp(at) if at.type.tz else at
        values = pc.floor_temporal(local, unit="day").cast(pa.date32())
        bad = _none_bad(raw) if zone else pc.fill_null(pc.not_equal(values.cast(local.type), local), False)
        return Coerced(pc.if_else(bad, None, values), bad, "is a time of day, not a date")
    if form is not None and pt.is_integer(raw.type):
        raw = raw.cast(pa.string())
    if not _is_text(raw.type):
        raise UnknownTypeError("give dates, timestamps at midnight, or text as YYYY-MM-DD")
    text = pc.utf8_trim_whitespace(raw.cast(pa.string()))
    given = pc.and_(pc.is_valid(raw), pc.invert(pc.is_in(pc.utf8_lower(text), value_set=pa.array(NULL_WORDS))))
    if form is not None:
        encoded = text.dictionary_encode()
        values = pa.array(read_dates(encoded.dictionary.to_pylist(), form, zone), pa.date32()).take(encoded.indices)
        return Coerced(values, pc.and_(given, pc.is_null(values)), f"is not a date ({form})")
    # Few distinct days: parse these, not every row. A day such as 30 February rolls over, and reads back as another.
    words = pc.utf8_slice_codeunits(pc.if_else(pc.match_substring_regex(text, DAY), text, None), 0, 10)
    encoded = words.dictionary_encode()
    parsed = pc.strptime(encoded.dictionary, format="%Y-%m-%d", unit="s", error_is_null=True).cast(pa.date32())
    real = pc.fill_null(pc.equal(parsed.cast(pa.string()), encoded.dictionary), False)
    values = pc.if_else(real, parsed, None).take(encoded.indices)
    return Coerced(values, pc.and_(given, pc.is_null(values)), reason)


_ARROW = {"string": pa.string(), "double": pa.float64(), "bool": pa.bool_(), "date": pa.date32()}


def flags(mask: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return an Arrow mask as a NumPy one, null being False."""
    return np.asarray(pc.fill_null(mask, False).to_numpy(zero_copy_only=False), dtype=bool)
