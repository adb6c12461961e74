"""Exports: a dataset's rows in force at a moment, as one Parquet file; and what a model's library reads."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from mrs.client.client import Client
from mrs.client.logs import Logs
from mrs.client.rollup import By, Grain
from mrs.client.sources import Bucket
from mrs.contracts import Dataset, Kind, dataset
from mrs.errors import BadInputError
from mrs.store.log_store import written_by
from mrs.store.snapshots import Snapshot, hydrate_by, newest_snapshot, snapshot_at

from cli.state import State

DEFAULT = ("minority_reports", "minority_events_log", "attribution_ready_sales")


def export_datasets(
    state: State, run_id: str, names: Sequence[str], out: Path, as_of: datetime | None, history: bool = False
) -> Iterator[tuple[Path, int]]:
    """Write each dataset to `OUT/<dataset>.parquet`; yield the file and its rows.

    With `history`, attribution_ready_sales holds every date that was ever hydrated, not only the last window.

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
        if history and ds.name == "attribution_ready_sales":
            rows = _logs(state, run_id).sales(as_of)
            table = rows.append_column("run_id", pa.repeat(run_id, rows.num_rows)).select(ds.schema.names)
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


@dataclass(frozen=True)
class ForModel:
    """What a model's export is asked for; see `mrs.client.models.model_data`."""

    tool: str
    grain: Grain = "week"
    by: By | None = None
    first: date | None = None
    population: Path | None = None
    country: str = "ZZ"


def export_for_model(
    state: State, run_id: str, wanted: ForModel, out: Path, as_of: datetime | None
) -> tuple[list[tuple[Path, int]], tuple[str, ...]]:
    """Write what a tool reads; return the files with their rows, and what a person should know of the data.

    Raises
    ------
    BadInputError
        If there is no such tool, or it wants something that was not landed.
    """
    _snapshot(state, run_id, as_of)  # a past state is hydrated where it is not there yet
    data = Client(_logs(state, run_id)).for_model(
        wanted.tool,
        grain=wanted.grain,
        by=wanted.by,
        as_of=as_of,
        first=wanted.first,
        population=_population(wanted.population) if wanted.population else None,
        country=wanted.country,
    )
    rows = (len(data.frame), len(data.arguments), len(data.holidays), len(data.notes))
    return list(zip(data.write(out), rows, strict=True)), data.notes


def _population(path: Path) -> dict[str, float]:
    """Return people by geo, from a CSV file with the columns `geo` and `population`."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return {row["geo"]: float(row["population"]) for row in csv.DictReader(file)}
    except (OSError, KeyError, ValueError) as error:
        raise BadInputError(
            f"--population {path}: it must be a CSV file with columns geo, population ({error})"
        ) from None


def _logs(state: State, run_id: str) -> Logs:
    return Logs(Bucket(state.environment.log_bucket, state.stack.client("s3")), run_id)
