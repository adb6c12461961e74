"""Small landing folders for tests: three stores and ten days, whole or spoilt, and a run's logs kept in memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from mrs.contracts import dataset
from mrs.landing import REJECTIONS, Landing, read_landing
from mrs.settings import IngestSettings

from functions.ingest.feeds import FEEDS_LOG, put_feeds_together
from functions.ingest.ingest_landing import STAGE, WRITES, ingest_landing

START = date(2024, 3, 1)
DAYS = 10
KNOWN = tuple(read.dataset.name for read in STAGE.reads)
STORES = ("a", "b", "c")
Rows = list[dict[str, Any]]


def day(index: int) -> date:
    """Return the date of a day index."""
    return START + timedelta(days=index)


def sales(days: int = DAYS, stores: Sequence[str] = STORES) -> Rows:
    """Return plain sales of some stores over some days."""
    return [
        {"store_id": s, "date": day(d), "sales": 100.0 + 10 * i + d, "price": 2.5, "is_open": True}
        for i, s in enumerate(stores)
        for d in range(days)
    ]


def folder() -> dict[str, Rows]:
    """Return a landing folder with every dataset."""
    days = [day(d) for d in range(DAYS)]
    return {
        "unified_sales_data": sales(),
        "stores": [{"store_id": s, "retailer": "r", "region": "n", "latitude": 50.0, "longitude": 8.0} for s in STORES],
        "promotions": [{"promotion_id": "p", "start_date": day(20), "end_date": day(25), "depth": 0.2}],
        "campaigns": [{"date": d, "platform": "meta", "campaign_id": "on", "region": "n", "spend": 9.0} for d in days],
        "calendar": [{"start_date": day(3), "end_date": day(3), "name": "Feast", "kind": "public_holiday"}],
        "weather": [{"date": d, "region": "n", "temperature_c": 9.0, "precipitation_mm": None} for d in days],
        "social": [{"date": d, "region": "n", "mentions": 4.0, "sentiment": 0.1} for d in days],
        "competitors": [{"date": d, "store_id": "a", "competitor": "x", "availability": 0.9} for d in days],
        "inventory": [{"date": d, "store_id": "a", "availability": 0.95} for d in days],
    }


def parquet(table: pa.Table | Rows) -> bytes:
    """Return rows as the bytes of a Parquet file."""
    sink = io.BytesIO()
    pq.write_table(table if isinstance(table, pa.Table) else pa.Table.from_pylist(table), sink)
    return sink.getvalue()


def files(landing: Mapping[str, pa.Table | Rows] | None = None, **more: bytes) -> dict[str, bytes]:
    """Return a landing folder as files; `more` are further files, `name__csv=` standing for `name.csv`."""
    content = {f"{name}.parquet": parquet(rows) for name, rows in (folder() if landing is None else landing).items()}
    return content | {name.replace("__", "."): body for name, body in more.items()}


def sales_file(rows: pa.Table | Rows) -> dict[str, bytes]:
    """Return a landing folder that holds sales only."""
    return files({"unified_sales_data": rows})


def rejections(landing: Landing) -> Rows:
    """Return what was set aside."""
    return landing.tables[REJECTIONS].to_pylist()


def only_rejection(landing: Landing) -> dict[str, Any]:
    """Return the one row that was set aside."""
    (row,) = rejections(landing)
    return row


def spoilt(**change: Any) -> dict[str, bytes]:
    """Sales in CSV whose fourth row is changed."""
    rows = [{k: str(v) for k, v in r.items()} for r in sales()]
    rows[3] |= {k: "" if v is None else str(v) for k, v in change.items()}
    return {"unified_sales_data.csv": as_csv(rows)}


def as_csv(rows: Rows) -> bytes:
    """Return rows as the bytes of a CSV file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@dataclass
class MemoryRun:
    """A run whose logs are kept in memory: ingest ticks into it, as the harness would."""

    logs: dict[str, list[pa.Table]] = field(default_factory=lambda: {name: [] for name in (*WRITES, FEEDS_LOG)})

    def ingest(self, landing: Mapping[str, bytes], *ticks: date) -> dict[str, pa.Table]:
        """Ingest ticks in one execution and return what it wrote."""
        known = {name: self._newest(name, before=ticks[0]) for name in KNOWN}
        out = ingest_landing({**read_landing(landing).tables, **known}, list(ticks), IngestSettings())
        out |= put_feeds_together(out, list(ticks), IngestSettings())
        for name, table in out.items():
            self.logs[name].append(table)
        return out

    def rows(self, name: str) -> Rows:
        """Return everything that a log holds, in a fixed order."""
        rows = [r for table in self.logs[name] for r in table.to_pylist()]
        return sorted(rows, key=lambda r: str(sorted(r.items(), key=lambda item: item[0])))

    def _newest(self, name: str, before: date) -> pa.Table:
        ds = dataset(name)
        schema = ds.stage_schema
        rows = [r for t in self.logs[name] for r in t.to_pylist() if r["tick"] < before]
        newest = {tuple(r[k] for k in ds.key): r for r in sorted(rows, key=lambda r: r["tick"])}
        return pa.Table.from_pylist(list(newest.values()), schema=schema)
