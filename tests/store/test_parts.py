"""Compacted parts spare a cold reader objects, and change nothing of what it reads."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import DamagedObjectError
from mrs.identity import schedule_time
from mrs.store import objects as store_objects
from mrs.store import parts
from mrs.store.keys import shard_part
from mrs.store.log_store import LogStore, Shard, Write, written_by
from mrs.store.objects import TableCache
from mrs.store.parts import SPANS, first_of_span, spans_to_compact

from tests.builders import table
from tests.faults.injection import Faults

SALES, MRDL = dataset("sales_timeseries_data"), dataset("MRDL")
RUN = "r"
SPAN_DAYS = SPANS[0]
START = first_of_span(date(2024, 5, 15), 4 * SPAN_DAYS)
DAYS = 3 * SPAN_DAYS
LAST = START + timedelta(days=DAYS - 1)
ONE = Shard()


def write(logs: LogStore, tick: date, hours: int = 0, value: float = 1.0, shard: int = 0, shards: int = 1) -> None:
    at = schedule_time(tick) + timedelta(hours=hours)
    part = shard_part(shard, shards)
    sales = table(SALES.name, {"store_id": f"s{shard}", "sales": value, "date": tick})
    found = table(MRDL.name, {"report_id": f"r{shard}", "store_id": f"s{shard}", "anomaly_score": value})
    logs.append([Write(SALES, RUN, tick, at, sales, part), Write(MRDL, RUN, tick, at, found, part)])


def days(logs: LogStore, **how: Any) -> None:
    for back in range(DAYS):
        write(logs, START + timedelta(days=back), value=1.0 + back, **how)


def compact(logs: LogStore, shard: Shard = ONE) -> int:
    return logs.compact((SALES, MRDL), RUN, START, LAST + timedelta(days=1), shard)


@pytest.fixture
def logs(aws: Environment) -> LogStore:
    return aws.logs()


@pytest.fixture
def read_cold(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Read a log as a new process does; return its rows, and how many objects were fetched."""

    def read(logs: LogStore, ds: Any = SALES, **how: Any) -> tuple[pa.Table, int]:
        monkeypatch.setattr(store_objects, "TABLES", TableCache())
        with Faults(("GetObject",)).injected() as counted:
            found = logs.read(ds, RUN, **how)
        return found, len(counted.calls)

    return read


@pytest.fixture
def compacted(logs: LogStore) -> Iterator[LogStore]:
    """A store with three spans of days, two of them a longer one, a replay of one day and the parts of all spans."""
    days(logs)
    write(logs, START + timedelta(days=5), hours=7, value=500.0)
    assert compact(logs) == 2 * (3 + 1)
    yield logs


def remove_parts(logs: LogStore) -> None:
    s3 = boto3.client("s3")
    for found in list(logs.objects.find("compact/")):
        s3.delete_object(Bucket=logs.objects.bucket, Key=found.key)


HOWS: list[dict[str, Any]] = [
    {},
    {"history": True},
    {"first": START + timedelta(days=3), "last": LAST - timedelta(days=40)},
    {"visible": written_by(schedule_time(START + timedelta(days=5)))},
    {"without": ("sales", "model_name", "is_degraded", "degraded_inputs")},
    {"keep": lambda source, rows: rows.slice(len(source.key) % 2)},
    {"keep": lambda _, rows: rows.slice(1)},
    {"shard": Shard(1, 3)},
]


@pytest.mark.parametrize("how", HOWS, ids=lambda how: "+".join(how) or "all")
@pytest.mark.parametrize("ds", [SALES, MRDL], ids=lambda ds: ds.name)
def test_rows_are_the_same_with_and_without_parts(
    compacted: LogStore, read_cold: Any, ds: Any, how: dict[str, Any]
) -> None:
    with_parts, few = read_cold(compacted, ds, **how)
    remove_parts(compacted)
    without, many = read_cold(compacted, ds, **how)
    assert with_parts.equals(without)
    assert few <= many


def test_a_part_does_not_stand_for_an_object_that_was_altered(compacted: LogStore, read_cold: Any) -> None:
    day = START + timedelta(days=9)
    [altered] = compacted.objects.find(f"logs/{SALES.name}/run_id={RUN}/tick={day}")
    s3, bucket = boto3.client("s3"), compacted.objects.bucket
    head = s3.head_object(Bucket=bucket, Key=altered.key)
    other = table(SALES.name, {"store_id": "s0", "sales": 1e6, "date": day})
    body = io.BytesIO()
    pq.write_table(other, body)
    s3.put_object(Bucket=bucket, Key=altered.key, Body=body.getvalue(), Metadata=head["Metadata"])
    with pytest.raises(DamagedObjectError, match=str(day)):
        read_cold(compacted)


def test_a_cold_read_fetches_the_parts_of_the_longest_spans(compacted: LogStore, read_cold: Any) -> None:
    _, fetched = read_cold(compacted)
    assert fetched == 2


def test_a_short_read_fetches_the_part_of_a_short_span(compacted: LogStore, read_cold: Any) -> None:
    within = {"first": START + timedelta(days=3), "last": START + timedelta(days=20)}
    _, fetched = read_cold(compacted, **within)
    assert fetched == 1


def test_a_cold_read_fetches_few_objects_at_any_age(
    logs: LogStore, read_cold: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "SPANS", (2, 4, 8, 16))
    monkeypatch.setattr(parts, "FEW", 2)
    begin, fetched = first_of_span(date(2024, 5, 15), 16), []
    for age in range(31):
        tick = begin + timedelta(days=age)
        write(logs, tick)
        logs.compact((SALES,), RUN, tick, tick, ONE)
        fetched.append(read_cold(logs)[1])
    assert max(fetched) <= 7
    assert max(fetched[16:]) <= max(fetched[:16]) + 1


def test_what_no_part_holds_is_read_by_itself(compacted: LogStore, read_cold: Any) -> None:
    write(compacted, START + timedelta(days=9), hours=9, value=7.0)
    found, fetched = read_cold(compacted)
    assert 7.0 in found["sales"].to_pylist()
    assert fetched == 3


def test_an_object_without_rows_has_no_row_group_of_its_own(logs: LogStore, read_cold: Any) -> None:
    days(logs)
    tick, at = START + timedelta(days=3), schedule_time(START + timedelta(days=3)) + timedelta(hours=1)
    logs.append([Write(ds, RUN, tick, at, ds.empty(), shard_part(0, 1)) for ds in (SALES, MRDL)])
    write(logs, tick, hours=7, value=7.0)
    cold, _ = read_cold(logs)
    compact(logs)
    assert read_cold(logs)[0].equals(cold)


def test_a_later_part_holds_what_came_after_the_first(compacted: LogStore, read_cold: Any) -> None:
    write(compacted, START + timedelta(days=9), hours=9, value=7.0)
    assert compact(compacted) == 2 * 2
    found, fetched = read_cold(compacted)
    assert 7.0 in found["sales"].to_pylist()
    assert fetched == 2


def test_compacting_again_writes_nothing(compacted: LogStore) -> None:
    with Faults(("PutObject",)).injected() as counted:
        assert compact(compacted) == 0
    assert counted.calls == []


def test_a_shard_fetches_no_other_shards_rows(logs: LogStore, read_cold: Any) -> None:
    for shard in range(3):
        days(logs, shard=shard, shards=3)
    assert sum(compact(logs, Shard(n, 3)) for n in range(3)) == 24
    _, fetched = read_cold(logs, shard=Shard(1, 3))
    assert fetched == 2


def test_every_part_is_written_by_one_shard_when_their_number_changes(logs: LogStore, read_cold: Any) -> None:
    for shard in range(3):
        days(logs, shard=shard, shards=3)
    assert sum(compact(logs, Shard(n, 7)) for n in range(7)) == 24


@pytest.mark.parametrize("late", range(8))
def test_a_span_is_compacted_within_a_week_of_its_end(late: int) -> None:
    """Days are left out, and no day of a week is certain to come."""
    tick = START + timedelta(days=SPAN_DAYS + late)
    assert spans_to_compact(tick, tick) == [(START, SPAN_DAYS)]


def test_spans_are_compacted_that_a_backfill_passes() -> None:
    assert spans_to_compact(START + timedelta(days=10), LAST) == [
        (START, SPAN_DAYS),
        (START + timedelta(days=SPAN_DAYS), SPAN_DAYS),
        (START, 2 * SPAN_DAYS),
    ]
    assert spans_to_compact(LAST, LAST) == []


def test_a_part_of_small_objects_is_little_more_than_their_rows(compacted: LogStore) -> None:
    sizes = {found.key: found.size for found in compacted.objects.find(f"compact/{SALES.name}/")}
    objects = {found.key: found.size for found in compacted.objects.find(f"logs/{SALES.name}/")}
    assert max(sizes.values()) < sum(objects.values()) / 8


def test_a_part_of_an_earlier_release_has_a_row_group_for_each_source(compacted: LogStore, read_cold: Any) -> None:
    expected, _ = read_cold(compacted, first=START, last=START + timedelta(days=SPAN_DAYS - 1))
    found = compacted.find(SALES, RUN, first=START, last=START + timedelta(days=SPAN_DAYS - 1))
    remove_parts(compacted)
    sink, named = io.BytesIO(), []
    with pq.ParquetWriter(sink, SALES.file_schema, store_schema=False, coerce_timestamps="ms") as writer:
        for number, (_, stored) in enumerate(found):
            writer.write_table(compacted.objects.get_tables([stored])[0].cast(SALES.file_schema))
            named.append([stored.key, stored.etag, number])
        writer.add_key_value_metadata({"mrs-sources": json.dumps(named)})
    key = f"{parts.parts_prefix(SALES.name, RUN)}{START}_000of001_{len(found):06d}_0123456789abcdef.parquet"
    compacted.objects.create(key, sink.getvalue(), "any")
    again, fetched = read_cold(compacted, first=START, last=START + timedelta(days=SPAN_DAYS - 1))
    assert again.equals(expected) and fetched == 1
