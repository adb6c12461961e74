"""What a shard saw of every landing dataset at every tick: was it there, how fresh, how much of it was new or bad."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import NEVER, IntArray, epoch_day, epoch_days
from mrs.contracts import dataset
from mrs.landing import FILES, landed
from mrs.landing.accounts import Accounts
from mrs.landing.files import NAMES, SALES

SHARDS_LOG = dataset("landing_shards_log")
SCHEMA = SHARDS_LOG.stage_schema
EPOCH = np.datetime64("1970-01-01", "D")
MONEY = ("sales_landed", "sales_used", "sales_set_aside", "sales_replaced")
NO_MONEY: dict[str, float | None] = dict.fromkeys(MONEY)


@dataclass(frozen=True)
class Stores:
    """The stores that a run knows, and the day number from which it knows each."""

    names: pa.Array
    since: IntArray

    def count(self, days: IntArray) -> IntArray:
        """Return how many stores are known on each day."""
        return np.searchsorted(np.sort(self.since), days, side="right").astype(np.int64)


def known_stores(tables: Mapping[str, pa.Table], known_sales: pa.Table, known_stores_data: pa.Table) -> Stores:
    """Return the stores that were declared, or that sold anything so far."""
    declared = [known_stores_data["store_id"]]
    if landed("stores") in tables:
        declared.append(tables[landed("stores")]["store_id"])
    sold = [tables[landed(SALES)].select(["store_id", "date"]), known_sales.select(["store_id", "date"])]
    sales = pa.concat_tables(sold)
    firsts = sales.group_by("store_id").aggregate([("date", "min")])
    named = pa.chunked_array([*(c for column in declared for c in column.chunks)], pa.string())
    names = pc.unique(pa.chunked_array([*named.chunks, *firsts["store_id"].chunks], pa.string()))
    since = np.full(len(names), NEVER)
    at = pc.index_in(firsts["store_id"], value_set=names).to_numpy()
    since[at] = epoch_days(firsts["date_min"])
    since[pc.is_in(names, value_set=named.combine_chunks()).to_numpy(zero_copy_only=False)] = NEVER
    return Stores(names, since)


def shards_log(
    tables: Mapping[str, pa.Table],
    outputs: Mapping[str, pa.Table],
    stores: Stores,
    accounts: Accounts,
    ticks: Sequence[date],
) -> pa.Table:
    """Return one row for each landing dataset and tick; the accounts are those of the sales."""
    days = np.array([epoch_day(t) for t in ticks])
    rejected, known = outputs["ingest_rejections_log"], stores.count(days)
    rows: list[dict[str, Any]] = []
    for name in NAMES:
        table = tables.get(landed(name))
        files = tables[FILES].filter(pc.equal(tables[FILES]["feed"], name))["file"].drop_null().to_pylist()
        there, newest = _freshness(table, days)
        columns = zip(
            ticks,
            there,
            newest,
            _per_tick(_new(name, outputs), days),
            _per_tick(rejected.filter(pc.equal(rejected["dataset"], name)), days),
            known,
            _stores_seen(table, stores, days),
            strict=True,
        )
        rows += [
            {
                "feed": name,
                "rows_usable": 0 if table is None else table.num_rows,
                "is_present": bool(is_there),
                "last_date": last,
                "rows_new": int(new),
                "rows_rejected": int(bad),
                "stores_known": int(stores_known),
                "stores_seen": stores_seen,
                "files": files,
                **(_money(accounts) if name == SALES else NO_MONEY),
                "tick": tick,
            }
            for tick, is_there, last, new, bad, stores_known, stores_seen in columns
        ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _money(accounts: Accounts) -> dict[str, float | None]:
    values = (accounts.landed, accounts.used, accounts.set_aside, accounts.replaced)
    return dict(zip(MONEY, values, strict=True))


def _new(name: str, outputs: Mapping[str, pa.Table]) -> pa.Table:
    """Return the log rows that come from a landing dataset."""
    if name == SALES:
        return outputs["sales_timeseries_data"]
    if f"{name}_data" in outputs:
        return outputs[f"{name}_data"]
    signals = outputs["context_signals_data"]
    return signals.filter(pc.equal(signals["feed"], name))


def _per_tick(table: pa.Table, days: IntArray) -> IntArray:
    return np.bincount(epoch_days(table["tick"]) - days[0], minlength=len(days)).astype(np.int64)


def _freshness(table: pa.Table | None, days: IntArray) -> tuple[Sequence[bool], Sequence[date | None]]:
    """Return, by tick, whether the feed holds any row that can be seen, and the newest date until then."""
    nothing: list[date | None] = [None] * len(days)
    if table is None or not table.num_rows:
        return [False] * len(days), nothing
    column = next((c for c in ("date", "start_date") if c in table.column_names), None)
    if column is None:
        return [True] * len(days), nothing
    dates = np.unique(epoch_days(table[column]))
    at = np.searchsorted(dates, days, side="right") - 1
    newest = [(EPOCH + int(dates[i])).item() if i >= 0 else None for i in at]
    return [column != "date" or i >= 0 for i in at], newest


def _stores_seen(table: pa.Table | None, stores: Stores, days: IntArray) -> Sequence[int | None]:
    """Return, by tick, how many known stores have a row dated that day; null where the feed is not by store."""
    if table is None or "date" not in table.column_names or "store_id" not in table.column_names:
        return [None] * len(days)
    by_store = table.filter(pc.is_valid(table["store_id"]))
    if not by_store.num_rows:
        return [None] * len(days)
    dated = epoch_days(by_store["date"])
    now = (dated >= days[0]) & (dated <= days[-1])
    store = pc.index_in(by_store["store_id"].filter(pa.array(now)), value_set=stores.names)
    codes = np.asarray(pc.fill_null(store, -1).to_numpy(), dtype=np.int64)
    known = codes >= 0
    pairs = np.unique((dated[now][known] - days[0]) * len(stores.names) + codes[known])
    seen: list[int | None] = np.bincount(pairs // max(1, len(stores.names)), minlength=len(days)).tolist()
    return seen
