"""Compacted parts: weeks of a log's objects in one file, so that a cold function reads few objects at any age.

Spans of four weeks, and of twice that, and twice again: whatever a run's age, few spans hold all of it. A part is
derived from the logs and lies outside them. It is never the only home of a row: where a part is missing, the objects
themselves are read, so parts can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter

import pyarrow as pa
import pyarrow.parquet as pq

from mrs.contracts import Dataset
from mrs.store.canonical import fitted
from mrs.store.keys import LogKey, home_shard, is_shard, run_prefix
from mrs.store.objects import ROWS_AT_ONCE, Keep, ObjectStore, StoredObject, in_parallel

SPANS = (28, 56, 112, 224, 448)
"""Days in a span: each begins where one of half its length does."""
LOOK_BACK = timedelta(days=7)
"""How long after its last day a span is compacted, should days be left out."""
FEW = 8
"""So many objects are read one by one: to look for parts takes longer."""
LARGE = 2**18
"""Bytes of an object that stays out of parts: what costs time is many small ones."""
MOST = 2**23
"""Bytes of the objects in one part beyond the shortest span: more of them are read as parts of shorter spans."""
_SOURCES = "mrs-sources"

Found = tuple[LogKey, StoredObject]
Place = tuple[date, int, str]
"""First day and length of a span, and the group of the objects."""


@dataclass(frozen=True)
class Part:
    """A compacted part as listed: how many objects it holds, and the object itself."""

    count: int
    stored: StoredObject


def parts_prefix(dataset: str, run_id: str) -> str:
    """Return the prefix of all of a run's parts of a dataset."""
    return "compact/" + run_prefix(dataset, run_id).removeprefix("logs/")


def first_of_span(tick: date, days: int = SPANS[0]) -> date:
    """Return the first day of the span that holds a tick; the calendar cuts the spans, not the run."""
    return tick - timedelta(days=tick.toordinal() % days)


def spans_to_compact(first_tick: date, last_tick: date) -> list[tuple[date, int]]:
    """Return the first day and the days of the spans that end in an execution, or in the week before it."""
    found = []
    for days in SPANS:
        end = first_of_span(first_tick - LOOK_BACK - timedelta(days=1), days) + timedelta(days=days)
        while end <= last_tick:
            found.append((end - timedelta(days=days), days))
            end += timedelta(days=days)
    return found


def find_parts(objects: ObjectStore, dataset: str, run_id: str, since: date) -> dict[Place, Part]:
    """Return the parts of the spans since a date, by their places: of each the one that holds most objects."""
    best: dict[Place, Part] = {}
    prefix = parts_prefix(dataset, run_id)
    for stored in objects.find(prefix, prefix + first_of_span(since, SPANS[-1]).isoformat()):
        span, group, count, _ = stored.key.removeprefix(prefix).split("_")
        day, _, days = span.partition("x")
        place, part = (date.fromisoformat(day), int(days or SPANS[0]), group), Part(int(count), stored)
        known = best.get(place)
        if known is None or known.count < part.count:
            best[place] = part
    return best


def compact(
    objects: ObjectStore, ds: Dataset, run_id: str, found: Sequence[Found], days: int, shard: int = 0, shards: int = 1
) -> int:
    """Write the parts of the given objects that are not there yet.

    Parameters
    ----------
    objects, ds, run_id
        The log bucket, the log and the run.
    found
        All objects of one or more spans, in key order.
    days
        The length of the spans.
    shard, shards
        Of several, each writes the parts whose stores begin in it.

    Returns
    -------
    int
        How many parts were created.
    """
    own = [(k, s) for k, s in found if home_shard(k.part, shards) == shard and s.size < LARGE]
    if not own:
        return 0
    known = find_parts(objects, ds.name, run_id, own[0][0].tick)
    created = 0
    for place, sources in _by_place(own, days):
        is_known = place in known and known[place].count >= len(sources)
        if len(sources) > 1 and not is_known and _is_worth_it(sources, days):
            created += _write(objects, ds, run_id, place, sources)
    return created


def _is_worth_it(sources: Sequence[Found], days: int) -> bool:
    """Whether a part says more than those of shorter spans, and is no larger than a reader may want to hold."""
    if days == SPANS[0]:
        return True
    halves = {first_of_span(key.tick, days // 2) for key, _ in sources}
    return len(halves) > 1 and sum(stored.size for _, stored in sources) <= MOST


def _by_place(found: Iterable[Found], days: int) -> Iterator[tuple[Place, list[Found]]]:
    """Yield the place of the objects, and the objects, in key order."""
    placed = sorted(((first_of_span(k.tick, days), days, _group(k)), s.key, (k, s)) for k, s in found)
    for place, members in groupby(placed, key=itemgetter(0)):
        yield place, [one for _, _, one in members]


def _group(key: LogKey) -> str:
    """Return which objects share a part: those of one shard, so that none is read for others' stores; or the rest."""
    return key.part if is_shard(key.part) else "rest"


def _write(objects: ObjectStore, ds: Dataset, run_id: str, place: Place, sources: Sequence[Found]) -> bool:
    """Write one part: the sources one after the other, some together in a row group."""
    in_parts = fetch_by_parts(objects, ds, run_id, sources)
    stored_objects = [stored for _, stored in sources]
    tables = [fitted(table, ds.file_schema) for table in objects.get_tables(stored_objects, known=in_parts)]
    named: list[tuple[str, str, int, int, int]] = []
    groups: list[list[pa.Table]] = [[]]
    begin = 0
    for stored, table in zip(stored_objects, tables, strict=True):
        if begin and begin + table.num_rows > ROWS_AT_ONCE:
            groups.append([])
            begin = 0
        named.append((stored.key, stored.etag, len(groups) - 1, begin, table.num_rows))
        groups[-1].append(table)
        begin += table.num_rows
    sink = io.BytesIO()
    with pq.ParquetWriter(
        sink, ds.file_schema, compression="zstd", store_schema=False, coerce_timestamps="ms"
    ) as writer:
        for group in groups:
            rows = pa.concat_tables(group)
            if rows.num_rows:
                writer.write_table(rows, row_group_size=rows.num_rows)
        writer.add_key_value_metadata({_SOURCES: json.dumps(named)})
    content = hashlib.sha256(json.dumps(named).encode()).hexdigest()
    day, days, group_name = place
    span = day.isoformat() if days == SPANS[0] else f"{day.isoformat()}x{days}"
    key = f"{parts_prefix(ds.name, run_id)}{span}_{group_name}_{len(sources):06d}_{content[:16]}.parquet"
    return objects.create(key, sink.getvalue(), content)


def fetch_by_parts(
    objects: ObjectStore,
    ds: Dataset,
    run_id: str,
    found: Sequence[Found],
    without: Collection[str] = (),
    keep: Keep | None = None,
) -> dict[str, pa.Table]:
    """Return the rows of those objects that are not in memory and that parts hold, by key; few objects: of none.

    Parameters
    ----------
    objects, ds, run_id
        The log bucket, the log and the run.
    found
        The objects to read, in key order.
    without
        Columns to leave out.
    keep
        What to keep of each object's rows; the rest is dropped as soon as it is decoded.
    """
    missing = [(k, s) for k, s in found if s.size < LARGE and objects.remembered(s, without) is None]
    if len(missing) <= FEW:
        return {}
    known = find_parts(objects, ds.name, run_id, missing[0][0].tick)
    jobs = []
    for days in reversed(SPANS):
        left = []
        for place, sources in _by_place(missing, days):
            part = known.get(place)
            if part is not None and len(sources) > 1 and len(sources) * (4 if days == SPANS[0] else 2) >= part.count:
                jobs.append((part, {s.key: s for _, s in sources}))
            else:
                left += sources
        missing = sorted(left)
    rows: dict[str, pa.Table] = {}
    for some in in_parallel(lambda job: _read(objects, *job, without, keep), jobs):
        rows |= some
    return rows


def _read(
    objects: ObjectStore,
    part: Part,
    wanted: dict[str, StoredObject],
    without: Collection[str],
    keep: Keep | None,
) -> dict[str, pa.Table]:
    """Return the rows of the wanted objects that a part holds as they are now."""
    file = objects.parquet(part.stored.key)
    names = file.schema_arrow.names
    columns = [c for c in names if c not in without]
    empty = pa.schema([f for f in file.schema_arrow.remove_metadata() if f.name in columns]).empty_table()
    rows, at, decoded = {}, -1, empty
    for key, etag, group, *within in json.loads(file.metadata.metadata[_SOURCES.encode()]):
        source = wanted.get(key)
        if source is None or source.etag != etag:
            continue
        begin, count = within or (0, None)  # a part of an earlier release has a row group for each source
        if group is None or count == 0:
            table = empty
        else:
            if group != at:
                at, decoded = group, file.read_row_group(group, columns, use_threads=False).replace_schema_metadata()
            table = decoded.slice(begin, count)
        objects.remember(source, names, table)
        rows[key] = table if keep is None else keep(source, table)
    return rows
