"""Rows of the alert logs as dictionaries, and as the tables that are appended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from mrs.contracts import Dataset
from mrs.store.log_store import Write

Row = dict[str, Any]


def write_of(ds: Dataset, run_id: str, tick: date, written_at: datetime, part: str, rows: Sequence[Row]) -> Write:
    """Return the write of rows as one object; columns that a row does not name are null, governance ones are filled."""
    governed = {"written_at": written_at, "is_degraded": False, "degraded_inputs": []}
    table = pa.Table.from_pylist([{**governed, **row} for row in rows], schema=ds.file_schema)
    return Write(ds, run_id, tick, written_at, table, part)
