"""Runs the two phases of detection over ticks as the pipeline would, without a store: chunks, daily, or shards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.detection.calibration.artifact import CALIBRATION, LEARNERS
from mrs.detection.calibration.past import known_rows
from mrs.detection.episodes import MRDL
from mrs.detection.expectation import PEERS, SALES, peer_rows
from mrs.detection.predictions import BASELINE, CLASSIFIER
from mrs.identity import shard_of
from mrs.settings import DetectSettings

from functions.detect.detect_anomalies import DETECT, MEMORY_DAYS, PREDICT, detect_anomalies, predict_sales
from functions.ingest.plan_ticks import chunks

Logs = dict[str, pa.Table]
DAY = timedelta(days=1)


def run(
    tables: Mapping[str, pa.Table],
    first: date,
    last: date,
    settings: DetectSettings | None = None,
    *,
    daily: bool = False,
    shards: int = 1,
) -> Logs:
    """Return the logs of detection; without settings, nothing is learned from the past, which takes seconds."""
    settings = settings or DetectSettings(calibrate=False)
    logs = {name: dataset(name).empty() for name in (BASELINE, CLASSIFIER, MRDL, CALIBRATION)}
    spans = [(first + i * DAY,) * 2 for i in range((last - first).days + 1)] if daily else None
    for start, end in spans or chunks(first, last, settings.refit_days):
        ticks = [start + i * DAY for i in range((end - start).days + 1)]
        phase(logs, [_predict(tables, logs, ticks, settings, k, shards) for k in range(shards)])
        phase(logs, [_detect(tables, logs, ticks, settings, k, shards) for k in range(shards)])
    return logs


def _predict(tables, logs, ticks, settings, shard, shards):
    sales = _between(tables[SALES], None, ticks[-1])
    anchor = (ticks[0] - date(1970, 1, 1)).days // settings.refit_days * settings.refit_days
    given = {
        **tables,
        SALES: _own(sales, shard, shards),
        CLASSIFIER: _own(_between(logs[CLASSIFIER], None, ticks[0] - DAY), shard, shards),
        PEERS: peer_rows(sales, anchor),
        CALIBRATION: _between(logs[CALIBRATION], None, ticks[0] - DAY),
        LEARNERS: known_rows(sales, (ticks[0] - date(1970, 1, 1)).days) if shard == 0 else sales.slice(0, 0),
    }
    found = predict_sales(given, ticks, settings)
    assert set(found) == set(PREDICT.writes)
    return found


def _detect(tables, logs, ticks, settings, shard, shards):
    found = detect_anomalies(detect_inputs(tables, logs, ticks, shard, shards), ticks, settings)
    assert set(found) == set(DETECT.writes)
    return found


def detect_inputs(tables, logs, ticks, shard=0, shards=1):
    """Return what the harness would hand to the detect phase, and the baseline log of stores that do not matter."""
    since = ticks[0] - MEMORY_DAYS * DAY
    return {
        **tables,
        BASELINE: _between(logs[BASELINE], since, ticks[-1]),
        SALES: _own(_between(tables[SALES], since, ticks[-1]), shard, shards),
        MRDL: _own(_between(logs[MRDL], ticks[0] - DAY, ticks[0] - DAY), shard, shards),
        CALIBRATION: _between(logs[CALIBRATION], None, ticks[-1]),
    }


def phase(logs: Logs, outputs: list[dict[str, pa.Table]]) -> None:
    """Append what the shards returned, rounded and in the full schema, as the harness does."""
    for output in outputs:
        for name, table in output.items():
            logs[name] = pa.concat_tables([logs[name], _stored(name, table)])


def _stored(name: str, table: pa.Table) -> pa.Table:
    columns = []
    for f in dataset(name).schema:
        if f.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, f.type))
            continue
        column = table[f.name].cast(f.type)
        columns.append(pc.round(column, 6) if pa.types.is_floating(f.type) else column)
    return pa.table(columns, schema=dataset(name).schema)


def _between(table: pa.Table, first: date | None, last: date) -> pa.Table:
    keep = pc.less_equal(table["tick"], pa.scalar(last, pa.date32()))
    if first is not None:
        keep = pc.and_(keep, pc.greater_equal(table["tick"], pa.scalar(first, pa.date32())))
    return table.filter(keep)


def _own(table: pa.Table, shard: int, shards: int) -> pa.Table:
    ids = table["store_id"].to_pylist()
    return table.filter(pa.array([shard_of(s, shards) == shard for s in ids], pa.bool_()))


def rows(table: pa.Table) -> list[dict[str, object]]:
    """Return the rows in a fixed order."""
    keys = [c for c in ("store_id", "date", "report_id", "tick") if c in table.column_names]
    return table.sort_by([(k, "ascending") for k in keys]).to_pylist()


def last_rows(logs: Logs) -> list[dict[str, object]]:
    """Return each report's newest row."""
    newest = {r["report_id"]: r for r in sorted(logs[MRDL].to_pylist(), key=lambda r: r["tick"])}
    return sorted(newest.values(), key=lambda r: (r["first_detected_at"], r["store_id"]))
