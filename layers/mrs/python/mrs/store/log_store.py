"""The logs: append a table to a partition once and for ever; read what is in force, now or as of any time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import PARTITION_KEYS, Dataset
from mrs.identity import stores_of_shard
from mrs.store.canonical import conform, content_hash, fitted, group_codes, sorted_by_key
from mrs.store.catalog import Catalog
from mrs.store.keys import LogKey, may_share_stores, partition_prefix, run_prefix, shard_part, shards_in
from mrs.store.objects import Keep, ObjectStore, StoredObject, in_parallel, parquet_bytes
from mrs.store.parts import compact, fetch_by_parts, spans_to_compact

EVERY_RUN = "*"
SPAN = "span"
"""What the part of a key begins with where one function writes its answer in several objects."""


@dataclass(frozen=True)
class Write:
    """One object to append: a table of one dataset, run and tick.

    `table` needs neither `run_id` nor `tick`; `part` is a shard (see `shard_part`) or an edit's id.
    """

    dataset: Dataset
    run_id: str
    tick: date
    written_at: datetime
    table: pa.Table
    part: str = shard_part(0, 1)


@dataclass(frozen=True)
class Written:
    """What became of a write: its key, its rows, and whether the object is new."""

    key: str
    rows: int
    created: bool


@dataclass(frozen=True)
class Shard:
    """Which part of the stores is meant: shard `index` of `count`."""

    index: int = 0
    count: int = 1


@dataclass(frozen=True)
class LogStore:
    """Append-only access to all logs and hydrated datasets.

    Parameters
    ----------
    objects
        The log bucket.
    catalog
        The Glue database over it.
    """

    objects: ObjectStore
    catalog: Catalog
    listed: dict[tuple[object, ...], list[tuple[LogKey, StoredObject]]] | None = field(default=None, compare=False)
    """What was found, by where it was looked for; None of a store that looks again each time."""

    def listing_once(self) -> LogStore:
        """Return the same logs as they are found now: for a while in which one reader asks for the same place again."""
        return replace(self, listed={})

    def append(self, writes: Sequence[Write]) -> list[Written]:
        """Append every write, in parallel, and register the partitions.

        The same content at the same key is a silent success, so that a replay writes nothing; of what is observed
        beside the content, the first observation stands.

        Raises
        ------
        ContractError
            If a table does not fit its dataset; nothing has been written then.
        ConflictingContentError
            If a key holds other content.
        """
        ready = [(w, conform(w.dataset, w.table, w.dataset.file_schema)) for w in writes]
        written = in_parallel(self._append_one, ready)
        ticks: dict[tuple[str, str], list[Write]] = {}
        for w in writes:
            ticks.setdefault((w.dataset.name, w.run_id), []).append(w)
        for group in ticks.values():
            self.catalog.register(group[0].dataset, group[0].run_id, [w.tick for w in group])
        return written

    def _append_one(self, item: tuple[Write, pa.Table]) -> Written:
        w, table = item
        key = str(LogKey(w.dataset.name, w.run_id, w.tick, w.written_at, w.part))
        created = self.objects.create(key, parquet_bytes(table), content_hash(w.dataset, table))
        return Written(key, table.num_rows, created)

    def find(
        self,
        ds: Dataset,
        run_id: str,
        *,
        first: date | None = None,
        last: date | None = None,
        visible: Callable[[LogKey], bool] | None = None,
    ) -> list[tuple[LogKey, StoredObject]]:
        """Return the objects of a dataset in key order.

        Parameters
        ----------
        ds, run_id
            The dataset and the run; `EVERY_RUN` for all runs.
        first, last
            Only ticks from and to these dates, both inclusive.
        visible
            Tells by its key whether an object counts; None if all do. `written_by(t)` gives a past moment.
        """
        found = self._found(ds, run_id, first, last)
        return found if visible is None else [(key, stored) for key, stored in found if visible(key)]

    def _found(
        self, ds: Dataset, run_id: str, first: date | None, last: date | None
    ) -> list[tuple[LogKey, StoredObject]]:
        place = (ds.name, run_id, first, last)
        if self.listed is not None and place in self.listed:
            return list(self.listed[place])
        prefix = f"logs/{ds.name}/" if run_id == EVERY_RUN else run_prefix(ds.name, run_id)
        start = "" if first is None or run_id == EVERY_RUN else partition_prefix(ds.name, run_id, first)
        found = []
        for stored in self.objects.find(prefix, start):
            key = LogKey.parse(stored.key)
            if key is None or (first and key.tick < first):
                continue
            if last and key.tick > last:
                if run_id == EVERY_RUN:
                    continue
                break
            found.append((key, stored))
        if self.listed is not None:
            self.listed[place] = list(found)
        return found

    def compact(self, datasets: Collection[Dataset], run_id: str, first: date, last: date, shard: Shard) -> int:
        """Write the compacted parts of the spans that ended in ticks `first` to `last`, or shortly before.

        Returns
        -------
        int
            How many parts were created.
        """
        return sum(
            compact(self.objects, ds, run_id, self._of_span(ds, run_id, begin, days), days, shard.index, shard.count)
            for begin, days in spans_to_compact(first, last)
            for ds in datasets
        )

    def _of_span(self, ds: Dataset, run_id: str, first: date, days: int) -> list[tuple[LogKey, StoredObject]]:
        return self.find(ds, run_id, first=first, last=first + timedelta(days=days - 1))

    def first_tick(self, ds: Dataset, run_id: str) -> date | None:
        """Return the earliest tick of a run in a dataset; None where there is nothing."""
        keys = (LogKey.parse(stored.key) for stored in self.objects.find(run_prefix(ds.name, run_id)))
        return next((key.tick for key in keys if key is not None), None)

    def read(
        self,
        ds: Dataset,
        run_id: str,
        *,
        first: date | None = None,
        last: date | None = None,
        visible: Callable[[LogKey], bool] | None = None,
        shard: Shard | None = None,
        history: bool = False,
        rereview: str | None = None,
        without: Collection[str] = (),
        keep: Keep | None = None,
    ) -> pa.Table:
        """Return the rows in force, as a table of the dataset's full schema, sorted by key.

        Parameters
        ----------
        ds, run_id, first, last, visible
            As for `find`.
        shard
            Only the stores of this shard, and rows of no store; the dataset needs a `store_id`.
        history
            Every row ever written, instead of the newest of each group.
        rereview
            The rereview whose rows take precedence over those of the daily run; None for the daily run alone.
        without
            Columns to leave out of the table: what is not read takes no memory.
        keep
            What to keep of each object's rows, all rows of a group or none; the rest is dropped as soon as it is
            decoded, so that memory grows with what is kept.
        """
        found = self.find(ds, run_id, first=first, last=last, visible=visible)
        if not history:
            found = in_force(ds, found)
        if shard is not None and shard.count > 1:
            found, whole = _own_files(found, shard), False
        else:
            whole = True
        schema = pa.schema([f for f in ds.schema if f.name not in without])
        in_parts = {} if run_id == EVERY_RUN else fetch_by_parts(self.objects, ds, run_id, found, without, keep)
        tables = self.objects.get_tables((stored for _, stored in found), without, keep, in_parts)
        table = _put_together(schema, [key for key, _ in found], tables)
        if not whole and shard is not None:
            table = _only_shard(table, shard)
        if not history:
            table = _with_rereview(ds, table, rereview)
        if ds.is_snapshot or history:
            return sorted_by_key(ds, table)
        return newest_of_key(ds, table) if ds.newest_by == ds.key else sorted_by_key(ds, _newest(table, ds.newest_by))

    def read_parts(self, ds: Dataset, keys: Sequence[LogKey], tick: date, written_at: datetime) -> pa.Table:
        """Return the rows of objects that are known by their keys, as those of one write, sorted by key.

        Raises
        ------
        StoreError
            If one of them is not there.
        """
        tables = self.objects.get_tables(StoredObject(str(key), "", 0) for key in keys)
        rows = _put_together(ds.schema, [replace(key, tick=tick) for key in keys], tables)
        at = ds.schema.get_field_index("written_at")
        stamp = pa.repeat(pa.scalar(written_at, ds.schema.field(at).type), rows.num_rows)
        return sorted_by_key(ds, rows.set_column(at, ds.schema.field(at), stamp))


def written_by(moment: datetime) -> Callable[[LogKey], bool]:
    """Return the rule that only what had been written at `moment` (UTC, inclusive) counts: the state as of then."""
    return lambda key: key.written_at <= moment


def in_force(ds: Dataset, found: Sequence[tuple[LogKey, StoredObject]]) -> list[tuple[LogKey, StoredObject]]:
    """Return the objects that hold rows in force: of a snapshot dataset each tick's newest write, of others all."""
    return _newest_writes(ds, found) if ds.is_snapshot else list(found)


def _newest_writes(ds: Dataset, found: Sequence[tuple[LogKey, StoredObject]]) -> list[tuple[LogKey, StoredObject]]:
    """Keep each tick's newest whole write; of one that was made with several shard counts, that of the fewest shards.

    A write is whole once the objects of all its shards are there. Of an execution that died between two shards nothing
    is in force: the tick's earlier write stays, or the tick has none.
    """
    parts: dict[tuple[str, date, datetime, int], set[str]] = {}
    for key, _ in found:
        parts.setdefault(_write_of(key), set()).add(key.part)
    best: dict[tuple[str, date], tuple[datetime, int]] = {}
    for (run_id, tick, written_at, shards), there in parts.items():
        if len(there) >= _objects_of(ds, there, shards):
            at, rank = (run_id, tick), (written_at, -shards)
            best[at] = max(best.get(at, rank), rank)
    return [(k, s) for k, s in found if best.get((k.run_id, k.tick)) == (k.written_at, -shards_in(k.part))]


def _objects_of(ds: Dataset, there: Collection[str], shards: int) -> int:
    """Return how many objects a whole write has: one, but for what each shard or each span of weeks writes."""
    return shards if ds.by_shard or next(iter(there)).startswith(SPAN) else 1


def _write_of(key: LogKey) -> tuple[str, date, datetime, int]:
    """Return what the objects of one write share: run, tick, time and the number of shards."""
    return key.run_id, key.tick, key.written_at, shards_in(key.part)


def _own_files(found: Iterable[tuple[LogKey, StoredObject]], shard: Shard) -> list[tuple[LogKey, StoredObject]]:
    """Leave out the files that hold none of the shard's stores; files of any number of shards are understood."""
    return [(k, s) for k, s in found if may_share_stores(k.part, shard.index, shard.count)]


def _put_together(schema: pa.Schema, keys: Sequence[LogKey], tables: Sequence[pa.Table]) -> pa.Table:
    """Return the rows of objects as one table of a dataset's schema, each row with the run and the tick of its key."""
    own = pa.schema([f for f in schema if f.name not in PARTITION_KEYS])
    rows = pa.concat_tables([own.empty_table(), *(fitted(table, own) for table in tables)])
    counts = np.array([table.num_rows for table in tables], dtype=np.int64)
    of_object = pa.array(np.repeat(np.arange(len(tables)), counts))
    for name in PARTITION_KEYS:
        if name in schema.names:
            values = pa.array([getattr(key, name) for key in keys], schema.field(name).type)
            rows = rows.append_column(name, values.take(of_object))
    return rows.select(schema.names)


def _only_shard(table: pa.Table, shard: Shard) -> pa.Table:
    stores = pc.unique(table["store_id"])
    own = stores_of_shard(stores.drop_null().to_pylist(), shard.index, shard.count)
    of_shard = pc.is_in(table["store_id"], value_set=pa.array(own, pa.string()))
    return table.filter(pc.or_(pc.is_null(table["store_id"]), of_shard))


def _with_rereview(ds: Dataset, table: pa.Table, rereview: str | None) -> pa.Table:
    """Leave out the rows of rereviews, but for those of one; of the worklist, keep those of one where it is given."""
    if rereview is None and not (ds.has_rereviews and table["rereview_id"].null_count < table.num_rows):
        return table
    of_daily_run = pc.is_null(table["rereview_id"])
    if rereview is None:
        return table.filter(of_daily_run)
    return table.filter(pc.or_(of_daily_run, pc.fill_null(pc.equal(table["rereview_id"], rereview), False)))


def newest_of_key(ds: Dataset, table: pa.Table) -> pa.Table:
    """Return the newest row of each key, the last of those that are equally new, in the order of the key."""
    codes = group_codes(table, ds.key)
    order = np.argsort(codes, kind="stable")
    is_last = np.diff(codes[order], append=-1) != 0
    if not is_last.all():
        order = np.lexsort((table["written_at"].cast(pa.int64()).to_numpy(), codes))[is_last]
    elif bool(np.all(np.diff(order) > 0)):
        return table.combine_chunks()
    return table.take(pa.array(order)).combine_chunks()


def _newest(table: pa.Table, by: Sequence[str]) -> pa.Table:
    """Return the rows whose `written_at` is the newest of their group: of the rows that agree in all of `by`."""
    if table.num_rows < 2:
        return table
    _, group = np.unique(group_codes(table, by), return_inverse=True)
    written = table["written_at"].cast(pa.int64()).to_numpy()
    last = np.full(int(group.max()) + 1, np.iinfo(np.int64).min)
    np.maximum.at(last, group, written)
    keep = written == last[group]
    return table if bool(keep.all()) else table.filter(pa.array(keep))
