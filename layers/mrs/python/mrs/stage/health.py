"""Health: which landing feeds were there at a tick, and how a stage fared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import dataset
from mrs.settings import IngestSettings
from mrs.stage.event import TickEvent

if TYPE_CHECKING:
    from mrs.stage.declaration import Stage

SALES = "unified_sales_data"
DAILY_FEEDS = frozenset({"campaigns", "weather", "social", "competitors", "inventory"})


@dataclass(frozen=True)
class FeedState:
    """What is known of each landing feed at each tick.

    Parameters
    ----------
    rows
        `landing_feeds_log` rows by tick and feed, as dictionaries.
    stale_after_days
        From which age on a daily feed counts as missing.
    """

    rows: Mapping[tuple[date, str], Mapping[str, Any]]
    stale_after_days: int

    def missing(self, tick: date, feeds: Sequence[str]) -> list[str]:
        """Return the feeds that were absent, or too old, at a tick; sorted."""
        return sorted(f for f in feeds if not self._is_there(tick, f))

    def _is_there(self, tick: date, feed: str) -> bool:
        row = self.rows.get((tick, feed))
        if row is None or not row["is_present"]:
            return False
        if feed not in DAILY_FEEDS or row["last_date"] is None:
            return feed not in DAILY_FEEDS
        return bool(row["last_date"] >= tick - timedelta(days=self.stale_after_days))

    def sales(self, tick: date) -> Mapping[str, Any]:
        """Return the state of the sales feed at a tick; empty where it is not known."""
        return self.rows.get((tick, SALES), {})

    def error_rate(self, tick: date) -> float:
        """Return the share of the tick's landing rows that were rejected."""
        rows = [r for (t, _), r in self.rows.items() if t == tick]
        rejected = sum(r["rows_rejected"] for r in rows)
        return float(rejected / max(1, rejected + sum(r["rows_new"] for r in rows)))


def feed_state(log: pa.Table, ticks: Sequence[date], settings: IngestSettings) -> FeedState:
    """Return the state of the feeds at `ticks`, from `landing_feeds_log` rows, or one shard's `landing_shards_log`."""
    columns = {"tick", "feed", "is_present", "last_date", "rows_new", "rows_rejected", "coverage"}
    table = log.select([c for c in log.column_names if c in columns])
    wanted = set(ticks)
    rows = {(r["tick"], r["feed"]): r for r in table.to_pylist() if r["tick"] in wanted}
    return FeedState(rows, settings.stale_after_days)


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
    """Return health rows with what the call that makes them has observed, by column; None: not known."""
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
