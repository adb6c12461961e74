"""Runs the daily stages in memory over a landing folder, for training and benchmarks.

It calls the same pure functions as production does, in the same order and chunks, without the log store.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from mrs.contracts import dataset
from mrs.identity import schedule_time
from mrs.landing import read_landing
from mrs.settings import Settings
from mrs.stage import Read, Span, Stage

from functions.attribute.propose_cause_for_minority import STAGE as ATTRIBUTE
from functions.cluster.cluster_minority_report import STAGE as CLUSTER
from functions.cohort.build_minority_report_cohorts import STAGE as COHORT
from functions.detect.detect_anomalies import DETECT, PREDICT
from functions.ingest.ingest_landing import STAGE as INGEST
from functions.ingest.plan_ticks import chunks

CHAIN: tuple[Stage, ...] = (PREDICT, DETECT, CLUSTER, ATTRIBUTE, COHORT)
RUN_ID = "rehearsal"


class MemoryLogs:
    """The logs of one run, in memory."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[pa.Table]] = {}

    def append(self, name: str, table: pa.Table) -> None:
        """Add a stage's output with the governance columns that the harness stamps."""
        schema = dataset(name).schema
        n = table.num_rows
        columns = []
        for field in schema:
            if field.name in table.column_names:
                columns.append(table[field.name].cast(field.type))
            elif field.name == "run_id":
                columns.append(pa.repeat(pa.scalar(RUN_ID), n))
            elif field.name == "is_degraded":
                columns.append(pa.repeat(pa.scalar(False), n))
            elif field.name == "written_at":
                times = [schedule_time(t) for t in table["tick"].to_pylist()]
                columns.append(pa.array(times, field.type))
            else:
                columns.append(pa.nulls(n, field.type))
        self._pieces.setdefault(name, []).append(pa.table(columns, schema=schema))

    def all(self, name: str) -> pa.Table:
        """Return every row of a dataset."""
        pieces = self._pieces.get(name)
        if not pieces:
            return dataset(name).empty()
        if len(pieces) > 1:
            self._pieces[name] = [pa.concat_tables(pieces).combine_chunks()]
        return self._pieces[name][0]

    def read(self, declared: Read, first: date, last: date) -> pa.Table:
        """Return the rows that a stage's declaration reads for the ticks from `first` to `last`."""
        table = self.all(declared.dataset.name)
        low = first if declared.span is Span.TICKS else None
        if declared.days is not None:
            low = first - timedelta(days=declared.days)
        high = first - timedelta(days=1) if declared.span is Span.BEFORE else last
        keep = pc.less_equal(table["tick"], pa.scalar(high, pa.date32()))
        if low is not None:
            keep = pc.and_(keep, pc.greater_equal(table["tick"], pa.scalar(low, pa.date32())))
        return table.filter(keep)


def landing_of(folder: Path) -> dict[str, pa.Table]:
    """Return the landing datasets of a folder, as ingest reads them."""
    bodies = {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.suffix in (".parquet", ".csv")}
    return dict(read_landing(bodies).tables)


def landing_from(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Return in-memory tables as ingest would read them from files."""
    bodies = {}
    for name, table in tables.items():
        buffer = io.BytesIO()
        pq.write_table(table, buffer)
        bodies[f"{name}.parquet"] = buffer.getvalue()
    return dict(read_landing(bodies).tables)


def rehearse(
    landing: Mapping[str, pa.Table],
    first: date,
    last: date,
    settings: Settings | None = None,
    chain: Sequence[Stage] = CHAIN,
) -> MemoryLogs:
    """Run the stages of `chain` over the ticks from `first` to `last`.

    Parameters
    ----------
    landing
        As `landing_of` or `landing_from` return it.
    """
    chosen, logs = settings or Settings(), MemoryLogs()
    ticks = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    known = {r.dataset.name: dataset(r.dataset.name).empty() for r in INGEST.reads}
    for name, table in INGEST.run({**known, **landing}, ticks, chosen.ingest).items():
        logs.append(name, table)
    for start, end in chunks(first, last, chosen.detect.refit_days):
        span = [t for t in ticks if start <= t <= end]
        for stage in chain:
            tables = {r.dataset.name: logs.read(r, start, end) for r in stage.reads}
            for name, table in stage.run(tables, span, chosen.of(stage.settings)).items():
                logs.append(name, table)
    return logs
