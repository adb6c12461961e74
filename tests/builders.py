"""Small builders of contract tables: name the columns that matter, the rest gets a plain value."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pyarrow as pa
from mrs.contracts import Dataset, dataset
from mrs.identity import schedule_time

TICK = date(2024, 3, 5)
_PLAIN: dict[str, Any] = {"string": "x", "double": 1.0, "int64": 1, "bool": False, "list<string>": []}


def row(ds: Dataset, **values: Any) -> dict[str, Any]:
    """Return one row of a dataset; unnamed nullable columns are null."""
    tick = values.get("tick", TICK)
    plain = _PLAIN | {"date": tick, "timestamp": schedule_time(tick)}
    out = {c.name: None if c.nullable else plain[c.type_name] for c in ds.columns}
    unknown = set(values) - set(out)
    assert not unknown, f"{ds.name} has no {unknown}"
    return out | values


def table(name: str, *rows: dict[str, Any], **common: Any) -> pa.Table:
    """Return a table of a dataset from the given rows, each over the common values."""
    ds = dataset(name)
    return pa.Table.from_pylist([row(ds, **(common | r)) for r in rows], schema=ds.schema)


def at(day: date) -> datetime:
    """Return a business date as the instant that logs hold."""
    return datetime(day.year, day.month, day.day)
