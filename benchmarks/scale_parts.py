"""What of a large chain's tick is measured by itself, as a chain that fits a laptop shows too little of it."""

from __future__ import annotations

import hashlib
import io
import resource
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

LANDED, SHARDS = 200_000, 256
A_SHARD = 1_000_000 // SHARDS
REPORTED = 0.12
SIGNALS = 2  # of each store and day
PASSED_SHARDS = 2
LAST = date(2024, 7, 20)  # the last day of a span of four weeks, of whose ticks there is no part yet


@dataclass(frozen=True)
class Landed:
    """What a store of a day's landing has in bytes, and takes: to be divided, and of a shard that reads its part."""

    size: float
    seconds: float
    peak_mb: float
    shard_seconds: float

    def groups(self, stores: int, shards: int) -> int:
        """Return in how many groups the landing of so many stores is divided."""
        from mrs.landing.divided import BYTES_A_GROUP

        return -(-int(stores * self.size) // BYTES_A_GROUP) if shards > 1 else 0


def divided() -> Landed:
    """Return what dividing the landing of a day takes, and what a shard takes that reads its part."""
    from mrs.contracts import dataset
    from mrs.landing import read_landing
    from mrs.landing.decode import Decoded, decode
    from mrs.landing.divided import divide, own_part
    from mrs.landing.faults import Faults
    from mrs.landing.shard_filter import OwnRows
    from mrs.store.log_store import Shard

    ids, day = pa.array([f"S{n:07d}" for n in range(LANDED)]), pa.repeat(pa.scalar(date(2024, 1, 1)), LANDED)
    numbers, places = pa.array(np.random.default_rng(7).random(LANDED)), pa.repeat("R1", LANDED)
    tables = {
        "unified_sales_data": {"store_id": ids, "date": day, "sales": numbers, "price": numbers},
        "inventory": {"store_id": ids, "date": day, "availability": numbers},
        "stores": {"store_id": ids, "region": places, "retailer": places, "latitude": numbers, "longitude": numbers},
    }
    files = {}
    for name, columns in tables.items():
        sink = io.BytesIO()
        pq.write_table(pa.table(columns), sink)
        files[name] = sink.getvalue()

    def decoded() -> Any:
        for name, body in files.items():
            raw = decode(f"{name}.parquet", body, dataset(name).columns, Faults(), OwnRows(Shard()))
            yield f"{name}.parquet", Decoded(raw, hashlib.sha256(body).hexdigest())

    class Held:
        """One object that is at hand."""

        def get_range(self, _key: str, begin: int, size: int) -> bytes:
            return whole[begin : begin + size]

    before, began = _peak_mb(), time.process_time()
    whole = divide(decoded(), SHARDS)
    middle = time.process_time()
    peak = max(0.0, _peak_mb() - before)
    read_landing({}, Shard(5, SHARDS), own_part(Held(), "", 5))
    size = sum(map(len, files.values()))
    return Landed(size / LANDED, (middle - began) / LANDED, peak / LANDED, (time.process_time() - middle) / LANDED)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class NoSuchKey(Exception):  # noqa: N818 (as boto3 has it)
    """There is no such object."""


class Bucket:
    """S3 as far as the store asks it, in memory: what a simulated one takes is not the store's."""

    exceptions = SimpleNamespace(NoSuchKey=NoSuchKey, ClientError=ValueError)

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.gets = 0

    def get_object(self, **asked: Any) -> dict[str, Any]:
        """Return an object."""
        self.gets += 1
        return {"Body": io.BytesIO(self.bodies[asked["Key"]]), "Metadata": {}}

    def put_object(self, **asked: Any) -> None:
        """Create an object."""
        self.bodies[asked["Key"]] = asked["Body"]

    def get_paginator(self, _operation: str) -> Bucket:
        """Return what lists objects."""
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        """Yield the objects below a prefix, in one page."""
        keys = sorted(k for k in self.bodies if k.startswith(asked["Prefix"]) and k > asked["StartAfter"])
        yield {"Contents": [{"Key": k, "ETag": str(hash(k)), "Size": len(self.bodies[k])} for k in keys]}


@dataclass(frozen=True)
class Passed:
    """What one of the stages that look at reports takes to read past a store, and the objects of a shard that it reads.

    `unsorted_seconds` is what it would take if each object were compared with all the stores that are asked for.
    """

    seconds: float
    objects: float
    unsorted_seconds: float


def read_past() -> dict[str, Passed]:
    """Return what a store costs clustering and attribution that read its rows for those of others.

    Two shards of the size of a million stores' are laid out, on the day on which most objects are not in a part yet;
    12 % of the stores have reports. All rows that are read are counted, those of the reported stores, too.
    """
    from mrs.attribution.loading import OF_STORES, PREDICTIONS
    from mrs.clustering.loading import PREDICTIONS as PROFILES
    from mrs.clustering.trading import trading
    from mrs.contracts import dataset
    from mrs.environment import Environment
    from mrs.settings import Settings
    from mrs.stage import StageContext, TickEvent, read
    from mrs.stage.reading import StoresAsked
    from mrs.stage.sampling import read_in_turn
    from mrs.store import objects
    from mrs.store.catalog import Catalog
    from mrs.store.log_store import LogStore, Shard
    from mrs.store.objects import ObjectStore

    last, stores, bucket = LAST, _stores(PASSED_SHARDS), Bucket()
    logs = LogStore(ObjectStore("logs", bucket), cast(Catalog, None))
    declared, eve = (PREDICTIONS, *OF_STORES), last - timedelta(days=1)
    for one in declared:
        days = one.days or 0
        for back in range(days, -1, -1):
            _lay_out(bucket, one.dataset.name, last - timedelta(days=back), stores)
        for shard in range(PASSED_SHARDS):
            logs.compact([one.dataset], "scale", last - timedelta(days=days), eve, Shard(shard, PASSED_SHARDS))
    event = TickEvent(run_id="scale", first_tick=last, last_tick=last, shards=PASSED_SHARDS)
    context = StageContext(event, Settings(), cast(Environment, None), logs)
    reported = pa.array([s for own in stores for s in own[: int(REPORTED * len(own))]])
    of_others = pa.array([f"X{n:07d}" for n in range(SHARDS // PASSED_SHARDS * len(reported))])

    def attribute(asked: pa.Array) -> None:
        for one in declared:
            read(context, one, stores=asked, since=last - timedelta(days=one.days or 0))

    def cluster(asked: pa.Array) -> None:
        def pieces() -> Iterator[pa.Table]:
            for rows in read_in_turn(context, PROFILES):
                rows.filter(pc.is_in(rows["store_id"], value_set=asked))
                yield rows

        trading(pieces(), dataset("stores_data").schema.empty_table(), [last])

    found = {}
    for stage in (cluster, attribute):
        objects.TABLES, bucket.gets, began = objects.TableCache(), 0, time.process_time()
        stage(reported)
        middle, gets = time.process_time(), bucket.gets
        objects.TABLES = objects.TableCache()
        with patch.object(StoresAsked, "of", lambda asked, _part: asked.stores):
            again = time.process_time()
            stage(pa.concat_arrays([reported, of_others]))
        unsorted = time.process_time() - again
        count = sum(map(len, stores))
        found[stage.__name__] = Passed((middle - began) / count, gets / PASSED_SHARDS, unsorted / count)
    return found


def _stores(shards: int) -> list[list[str]]:
    from mrs.identity import shards_of

    ids = [f"S{n:07d}" for n in range(shards * A_SHARD)]
    at = shards_of(ids, shards)
    return [[s for s, k in zip(ids, at, strict=True) if k == shard] for shard in range(shards)]


def _lay_out(bucket: Bucket, name: str, tick: date, stores: list[list[str]]) -> None:
    """Put the objects of a tick, one a shard, with values of the contract's types."""
    from mrs.contracts import dataset
    from mrs.identity import schedule_time
    from mrs.store.keys import LogKey, shard_part
    from mrs.store.objects import parquet_bytes

    ds, rng = dataset(name), np.random.default_rng(tick.toordinal())
    each = SIGNALS if name == "context_signals_data" else 1
    for shard, own in enumerate(stores):
        ids = pa.array(np.repeat(own, each))
        given: Mapping[str, Any] = {
            "store_id": ids,
            "signal": pa.array([f"signal_{n}" for n in range(each)] * len(own)),
        }
        columns = [given[f.name] if f.name in given else _values(f, len(ids), tick, rng) for f in ds.file_schema]
        key = LogKey(name, "scale", tick, schedule_time(tick), shard_part(shard, len(stores)))
        bucket.bodies[str(key)] = parquet_bytes(pa.table(columns, schema=ds.file_schema))


def _values(field: pa.Field, rows: int, tick: date, rng: np.random.Generator) -> pa.Array:
    kind = field.type
    if pa.types.is_floating(kind):
        return pa.array(np.round(rng.lognormal(6, 1, rows), 2))
    if pa.types.is_date(kind):
        return pa.repeat(pa.scalar(tick, kind), rows)
    if pa.types.is_boolean(kind):
        return pa.repeat(pa.scalar(True), rows)
    if pa.types.is_timestamp(kind):
        return pa.repeat(pa.scalar(tick, pa.date32()).cast(kind), rows)
    if pa.types.is_string(kind) and not field.nullable:
        return pa.repeat("constant", rows)
    if pa.types.is_integer(kind):
        return pa.repeat(pa.scalar(1, kind), rows)
    return pa.array([[]] * rows, kind) if pa.types.is_list(kind) else pa.nulls(rows, kind)
