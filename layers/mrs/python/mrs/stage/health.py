"""Health of a stage at a tick: rows, freshness, coverage, errors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import dataset
from mrs.stage.declaration import Stage
from mrs.stage.event import TickEvent
from mrs.stage.feed_state import FeedState


def health_rows(
    stage: Stage,
    inputs: Mapping[str, pa.Table],
    outputs: Mapping[str, pa.Table],
    event: TickEvent,
    ticks: Sequence[date],
    feeds: FeedState,
    rows_read: Mapping[str, Sequence[tuple[date, int]]] | None = None,
    in_pieces: int = 0,
) -> pa.Table:
    """Return one `pipeline_health_log` row a tick; `in_pieces` are rows of the last one, written before the outputs.

    Rows read are counted in the tick that brought them, so that a backfill's health equals that of daily runs: all of
    them, also those that a read did not keep (`rows_read`, by dataset, each with its tick).
    """
    ds = dataset("pipeline_health_log")
    counts = zip(ticks, _read(inputs, ticks, rows_read or {}), _count(outputs, ticks), strict=True)
    rows = [
        {
            "stage": stage.name,
            "shard": event.shard_name,
            "rows_read": read,
            "rows_written": written + (in_pieces if tick == ticks[-1] else 0),
            "freshness_days": _freshness(tick, feeds),
            "coverage": feeds.sales(tick).get("coverage"),
            "error_rate": feeds.error_rate(tick),
            "run_id": event.run_id,
            "tick": tick,
            "written_at": event.write_time(tick),
            "degraded_inputs": feeds.missing(tick, stage.feeds),
            "is_degraded": bool(feeds.missing(tick, stage.feeds)),
        }
        for tick, read, written in counts
    ]
    return pa.Table.from_pylist(rows, schema=ds.schema)


def with_observed(rows: pa.Table, **values: int | None) -> pa.Table:
    """Return health rows with what the call has measured, by column; null where it is not known."""
    for name, value in values.items():
        field = rows.schema.field(name)
        column = pa.repeat(pa.scalar(value, field.type), rows.num_rows)
        rows = rows.set_column(rows.schema.get_field_index(name), field, column)
    return rows


def health_summary(rows: pa.Table) -> dict[str, Any]:
    """Return the health of one execution of a stage: all ticks' rows counted, the rest as of the last tick."""
    if not rows.num_rows:
        return {}
    last = rows.slice(rows.num_rows - 1).to_pylist()[0]
    counted = {name: pc.sum(rows[name]).as_py() for name in ("rows_read", "rows_written")}
    return counted | {n: last[n] for n in ("freshness_days", "coverage", "error_rate", "degraded_inputs")}


def _freshness(tick: date, feeds: FeedState) -> float | None:
    last = feeds.sales(tick).get("last_date")
    return None if last is None else float((tick - last).days)


def _read(
    inputs: Mapping[str, pa.Table], ticks: Sequence[date], partly: Mapping[str, Sequence[tuple[date, int]]]
) -> list[int]:
    whole = _count({name: table for name, table in inputs.items() if name not in partly}, ticks)
    seen: Counter[date] = Counter()
    for counted in partly.values():
        for tick, rows in counted:
            seen[tick] += rows
    return [n + seen[tick] for n, tick in zip(whole, ticks, strict=True)]


def _count(tables: Mapping[str, pa.Table], ticks: Sequence[date]) -> list[int]:
    """Return how many rows of all tables belong to each tick."""
    total = np.zeros(len(ticks), dtype=np.int64)
    for table in tables.values():
        if "tick" in table.column_names:
            codes = pc.drop_null(pc.index_in(table["tick"], value_set=pa.array(ticks, pa.date32()))).to_numpy()
            total += np.bincount(codes, minlength=len(ticks))
    return [int(n) for n in total]
