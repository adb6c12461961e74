"""A sheet of an Excel workbook as an Arrow table; its first row with more than one value is the header."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

SUFFIX = ".xlsx"


def sheet_table(body: bytes, sheet: str | None = None) -> pa.Table:
    """Return a sheet's rows; a column of one kind (numbers, dates, booleans) keeps its type, others are text.

    Parameters
    ----------
    body
        The workbook.
    sheet
        Its name; None for the first that holds anything.

    Raises
    ------
    ValueError
        If it is no workbook, there is no such sheet, or none holds anything.
    """
    from python_calamine import CalamineError, CalamineWorkbook  # here: only who reads Excel files needs it

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        names = book.sheet_names
        if sheet is not None and sheet not in names:
            raise ValueError(f"there is no sheet {sheet!r} (found: {', '.join(names)})")
        for name in [sheet] if sheet is not None else names:
            rows = [r for r in book.get_sheet_by_name(name).to_python() if any(v != "" for v in r)]
            start = next((k for k, r in enumerate(rows) if sum(v != "" for v in r) > 1), None)
            if start is not None:
                return _table(rows[start], rows[start + 1 :])
    except CalamineError as error:
        raise ValueError(str(error)) from None
    raise ValueError("no sheet holds a table")


def _table(header: Sequence[Any], rows: Sequence[Sequence[Any]]) -> pa.Table:
    named = [k for k, name in enumerate(header) if name != ""]
    columns = [_column([row[k] if k < len(row) else "" for row in rows]) for k in named]
    return pa.table(columns, names=[_plain(header[k]) for k in named])


def _column(cells: Sequence[Any]) -> pa.Array:
    kinds = {type(cell) for cell in cells if cell != ""}
    values = [None if cell == "" else cell for cell in cells]
    if kinds <= {date} or kinds <= {date, datetime}:
        moments = [datetime(v.year, v.month, v.day) if type(v) is date else v for v in values]  # noqa: DTZ001
        return pa.array(moments, pa.timestamp("us")) if kinds else pa.nulls(len(values), pa.string())
    if kinds <= {int, float}:
        return pa.array(values, pa.float64())
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    return pa.array([None if v is None else _plain(v) for v in values], pa.string())


def _plain(cell: Any) -> str:
    """Return a cell as text: whole numbers without a point, days without a time."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
        return cell.date().isoformat()
    return str(cell).strip()
