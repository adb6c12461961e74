"""Exports: a dataset's rows in force at a moment, as one Parquet file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from mrs.contracts import Dataset, Kind, dataset
from mrs.errors import BadInputError
from mrs.store.log_store import written_by
from mrs.store.snapshots import Snapshot, hydrate_by, newest_snapshot, snapshot_at

from cli.state import State

DEFAULT = ("minority_reports", "minority_events_log", "attribution_ready_sales")


def export_datasets(
    state: State, run_id: str, names: Sequence[str], out: Path, as_of: datetime | None
) -> Iterator[tuple[Path, int]]:
    """Write each dataset to `OUT/<dataset>.parquet`; yield the file and its rows.

    Raises
    ------
    BadInputError
        If a name is no dataset, or the run has nothing to export at that time.
    """
    wanted = [_stored(name) for name in names or DEFAULT]
    snapshot = _snapshot(state, run_id, as_of) if any(d.kind is Kind.HYDRATED for d in wanted) else None
    out.mkdir(parents=True, exist_ok=True)
    for ds in wanted:
        table = _read(state, run_id, ds, as_of, snapshot)
        path = out / f"{ds.name}.parquet"
        pq.write_table(table, path, compression="zstd", coerce_timestamps="ms")
        yield path, table.num_rows


def _stored(name: str) -> Dataset:
    ds = dataset(name)
    if ds.kind is Kind.LANDING:
        raise BadInputError(f"{name} is an input; its log is exported instead, e.g. sales_timeseries_data")
    return ds


def _read(state: State, run_id: str, ds: Dataset, as_of: datetime | None, snapshot: Snapshot | None) -> pa.Table:
    if ds.kind is Kind.HYDRATED and snapshot is not None:
        return snapshot.read(state.logs, ds.name)
    return state.logs.read(ds, run_id, visible=written_by(as_of) if as_of else None)


def _snapshot(state: State, run_id: str, as_of: datetime | None) -> Snapshot:
    """Return the newest hydrated state that a moment knows; a past one is hydrated first if it is not there yet."""
    if as_of is None:
        found = newest_snapshot(state.logs, run_id)
    else:
        hydrate = hydrate_by(state.stack.client("lambda"), state.stack.outputs["HydrateFunction"], state.logs)
        found = snapshot_at(state.logs, run_id, as_of, hydrate)
    if found is None:
        when = f" as of {as_of}Z" if as_of else ""
        raise BadInputError(f"run {run_id} has nothing to export{when}; run it first")
    return found
