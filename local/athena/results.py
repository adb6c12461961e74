"""Result rows as text: the CSV that Athena keeps in S3, and the pages of `GetQueryResults`."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import pyarrow as pa


def as_text(value: Any) -> str | None:
    """Return a value as Athena prints it; None for null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _double(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return "[" + ", ".join("null" if v is None else str(as_text(v)) for v in value) + "]"
    return str(value)


def _double(value: float) -> str:
    """Return a double as Java's `Double.toString` does: 0.001 to 10 million plainly, the rest as 1.0E7."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    mantissa, _, exponent = f"{value!r}".partition("e")
    if not exponent:
        digits = mantissa.lstrip("-").replace(".", "").strip("0") or "0"
        power = math.floor(math.log10(abs(value)))
        sign = "-" if value < 0 else ""
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{power}"
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def text_rows(table: pa.Table) -> list[list[str | None]]:
    """Return the header and every row, as text."""
    columns = [[as_text(v) for v in table[name].to_pylist()] for name in table.column_names]
    return [list(table.column_names), *([*row] for row in zip(*columns, strict=True))]


def csv_bytes(rows: list[list[str | None]]) -> bytes:
    """Return rows as Athena's CSV: every value quoted, null as nothing."""
    lines = [",".join("" if v is None else '"' + v.replace('"', '""') + '"' for v in row) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def page(rows: list[list[str | None]], start: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
    """Return one page of `GetQueryResults` rows from `start`, and where the next one starts, if there is one."""
    end = start + limit
    chunk = [{"Data": [{} if v is None else {"VarCharValue": v} for v in row]} for row in rows[start:end]]
    return chunk, end if end < len(rows) else None
