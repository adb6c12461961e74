"""Stamping: the governance columns that no stage writes itself."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import Dataset
from mrs.errors import ContractError
from mrs.stage.event import TickEvent
from mrs.stage.feed_state import FeedState


def stamp(
    ds: Dataset, table: pa.Table, event: TickEvent, feeds: FeedState, needed: Sequence[str], config_hash: str
) -> pa.Table:
    """Return `table` with the governance columns that it lacks, and the `shard` where its dataset tells it.

    Parameters
    ----------
    ds, table
        A stage's output, with a `tick` column.
    event
        Gives run, shard and time of the write.
    feeds, needed
        The state of the landing feeds by tick, and the feeds without which the rows are degraded. A table that brings
        `degraded_inputs` keeps its own.
    config_hash
        Hash of the stage's settings.

    Raises
    ------
    ContractError
        If the table has no `tick`, or a tick outside the event's.
    """
    if "tick" not in table.column_names:
        raise ContractError(f"{ds.name}: the stage's output has no column tick")
    ticks = pc.unique(table["tick"]).to_pylist()
    outside = sorted(t for t in ticks if not event.first_tick <= t <= event.last_tick)
    if outside:
        raise ContractError(f"{ds.name}: rows for tick {outside[0]}, outside {event.first_tick} to {event.last_tick}")
    codes = pc.index_in(table["tick"], value_set=pa.array(ticks, pa.date32())).to_numpy()
    missing = [feeds.missing(t, needed) for t in ticks]
    names = set(ds.schema.names)
    stamps: dict[str, pa.Array] = {
        "run_id": _repeat(event.run_id, pa.string(), table.num_rows),
        "shard": _repeat(event.shard_name, pa.string(), table.num_rows),
        "written_at": _take([event.write_time(t) for t in ticks], pa.timestamp("ms"), codes),
        "config_hash": _repeat(config_hash, pa.string(), table.num_rows),
        "degraded_inputs": _take(missing, ds.schema.field("degraded_inputs").type, codes),
    }
    for name, values in stamps.items():
        if name in names and name not in table.column_names:
            table = table.append_column(name, values)
    if "is_degraded" not in table.column_names:
        table = table.append_column("is_degraded", pc.greater(pc.list_value_length(table["degraded_inputs"]), 0))
    return table


def _repeat(value: str, kind: pa.DataType, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value, kind), count)


def _take(values: Sequence[object], kind: pa.DataType, codes: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(values, kind).take(pa.array(codes, pa.int64()))


def of_tick(table: pa.Table, ticks: Sequence[date]) -> dict[date, pa.Table]:
    """Return the rows of each tick, in their order, without the partition keys."""
    codes = pc.index_in(table["tick"], value_set=pa.array(ticks, pa.date32())).to_numpy(zero_copy_only=False)
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(ticks) + 1))
    ordered = table.drop_columns([c for c in ("run_id", "tick") if c in table.column_names])
    if not bool(np.all(np.diff(codes) >= 0)):
        ordered = ordered.take(pa.array(order))
    return {t: ordered.slice(bounds[i], bounds[i + 1] - bounds[i]) for i, t in enumerate(ticks)}
