"""Exports: a dataset's rows in force at a moment, as one Parquet file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from mrs.contracts import Dataset, Kind, dataset
from mrs.errors import BadInputError, MrsError
from mrs.store.log_store import written_by

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
    hydrated_at = _hydrated(state, run_id, as_of) if any(d.kind is Kind.HYDRATED for d in wanted) else None
    out.mkdir(parents=True, exist_ok=True)
    for ds in wanted:
        table = _read(state, run_id, ds, as_of, hydrated_at)
        path = out / f"{ds.name}.parquet"
        pq.write_table(table, path, compression="zstd", coerce_timestamps="ms")
        yield path, table.num_rows


def _stored(name: str) -> Dataset:
    ds = dataset(name)
    if ds.kind is Kind.LANDING:
        raise BadInputError(f"{name} is an input; its log is exported instead, e.g. sales_timeseries_data")
    return ds


def _read(state: State, run_id: str, ds: Dataset, as_of: datetime | None, hydrated_at: date | None) -> pa.Table:
    visible = written_by(as_of) if as_of else None
    if ds.kind is Kind.HYDRATED:
        return state.logs.read(ds, run_id, first=hydrated_at, last=hydrated_at, visible=visible)
    return state.logs.read(ds, run_id, visible=visible)


def _hydrated(state: State, run_id: str, as_of: datetime | None) -> date:
    """Return the newest tick that a moment knows, hydrated first if no snapshot of it is there yet."""
    visible = written_by(as_of) if as_of else None
    snapshots = {key.tick for key, _ in state.logs.find(dataset("minority_reports"), run_id, visible=visible)}
    ticks = {key.tick for key, _ in state.logs.find(dataset("MRFL"), run_id, visible=visible)} | snapshots
    if not ticks:
        raise BadInputError(
            f"run {run_id} has nothing to export" + (f" as of {as_of}Z" if as_of else "") + "; run it first"
        )
    newest = max(ticks)
    if newest not in snapshots or as_of is not None:
        _hydrate(state, run_id, newest, as_of)
    return newest


def _hydrate(state: State, run_id: str, tick: date, as_of: datetime | None) -> None:
    event = {"run_id": run_id, "first_tick": tick.isoformat(), "last_tick": tick.isoformat()}
    event |= {"written_at": as_of.isoformat()} if as_of else {}
    name = state.stack.outputs["HydrateFunction"]
    answer = state.stack.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    if "FunctionError" in answer:
        raise MrsError(f"hydration failed: {json.loads(answer['Payload'].read())['errorMessage']}")
