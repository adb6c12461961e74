"""The log store: create once, never change, read what is in force."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import ConflictingContentError, ContractError, StoreError, TransientError
from mrs.identity import schedule_time
from mrs.store import objects
from mrs.store.canonical import content_hash
from mrs.store.keys import LogKey, shard_part
from mrs.store.log_store import EVERY_RUN, Shard, Write, written_by
from mrs.store.objects import StoredObject, parquet_bytes

from tests.builders import TICK, table

SALES = dataset("sales_timeseries_data")
MRDL = dataset("MRDL")
HEALTH = dataset("pipeline_health_log")


def sales(*rows: dict[str, Any], **common: Any) -> pa.Table:
    return table(SALES.name, *rows, **({"sales": 10.0, "store_id": "s1", "date": TICK} | common))


def write(content: pa.Table, tick: date = TICK, hours: int = 0, run: str = "r", **more: Any) -> Write:
    return Write(SALES, run, tick, schedule_time(tick) + timedelta(hours=hours), content, **more)


class TestAppend:
    def test_what_is_appended_is_read_back(self, aws: Environment) -> None:
        logs = aws.logs()
        logs.append([write(sales({"store_id": "b"}, {"store_id": "a", "price": 2.5}))])
        got = logs.read(SALES, "r")
        assert got.schema == SALES.schema
        assert got["store_id"].to_pylist() == ["a", "b"]
        assert got["price"].to_pylist() == [2.5, None]
        assert got["tick"].to_pylist() == [TICK, TICK]

    def test_same_content_again_is_a_silent_success(self, aws: Environment) -> None:
        logs = aws.logs()
        first = logs.append([write(sales({"store_id": "a"}, {"store_id": "b"}))])
        again = logs.append([write(sales({"store_id": "b"}, {"store_id": "a"}))])
        assert [w.created for w in first + again] == [True, False]

    def test_other_content_at_the_same_key_is_a_conflict(self, aws: Environment) -> None:
        logs = aws.logs()
        logs.append([write(sales({}))])
        with pytest.raises(ConflictingContentError, match="sales_timeseries_data"):
            logs.append([write(sales({"sales": 11.0}))])
        assert logs.read(SALES, "r")["sales"].to_pylist() == [10.0]

    def test_an_object_known_by_its_key_alone_is_read_each_time(self, aws: Environment) -> None:
        # Two states of one process may have other rows under the same key: a replay in a scratch state, say.
        logs = aws.logs()
        made = write(sales({}))
        key = LogKey(SALES.name, "r", TICK, made.written_at, made.part)
        assert str(key) == logs.append([made])[0].key
        assert logs.read_parts(SALES, [key], TICK, key.written_at)["sales"].to_pylist() == [10.0]
        client = logs.objects.s3
        client.delete_object(Bucket=logs.objects.bucket, Key=str(key))
        logs.append([write(sales({"sales": 11.0}))])
        assert logs.read_parts(SALES, [key], TICK, key.written_at)["sales"].to_pylist() == [11.0]

    def test_the_first_observation_stands(self, aws: Environment) -> None:
        def seen(took_ms: int, rows_read: int = 1) -> Write:
            rows = table(HEALTH.name, {"took_ms": took_ms, "rows_read": rows_read})
            return Write(HEALTH, "r", TICK, schedule_time(TICK), rows)

        logs = aws.logs()
        assert [w.created for w in logs.append([seen(7)]) + logs.append([seen(8)])] == [True, False]
        assert logs.read(HEALTH, "r")["took_ms"].to_pylist() == [7]
        with pytest.raises(ConflictingContentError, match=HEALTH.name):
            logs.append([seen(7, rows_read=2)])

    def test_a_fault_in_one_table_writes_none(self, aws: Environment) -> None:
        logs = aws.logs()
        bad = sales({}).drop_columns(["sales", "is_imputed"])
        with pytest.raises(ContractError, match="column sales is missing; column is_imputed is missing"):
            logs.append([write(sales({})), write(bad, hours=1)])
        assert logs.find(SALES, "r") == []

    def test_null_in_a_required_column_is_refused(self, aws: Environment) -> None:
        with pytest.raises(ContractError, match="column store_id has 1 nulls"):
            aws.logs().append([write(sales({"store_id": None}))])

    def test_one_of_many_racing_writers_wins(self, aws: Environment) -> None:
        logs = aws.logs()

        def attempt(i: int) -> bool:
            try:
                return logs.append([write(sales({"sales": float(i)}))])[0].created
            except ConflictingContentError:
                return False

        with ThreadPoolExecutor(32) as pool:
            assert sum(pool.map(attempt, range(32))) == 1

    def test_conflict_409_is_retried(self, aws: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
        logs, answers = aws.logs(), ["ConditionalRequestConflict", "ConditionalRequestConflict"]
        logs = replace(logs, objects=replace(logs.objects, s3=Stubborn(logs.objects.s3, answers)))
        assert logs.append([write(sales({}))])[0].created
        assert answers == []

    def test_endless_409_is_one_clear_error(self, aws: Environment) -> None:
        logs = aws.logs()
        endless = Stubborn(logs.objects.s3, ["ConditionalRequestConflict"] * 99)
        with pytest.raises(TransientError, match="kept getting in the way"):
            replace(logs, objects=replace(logs.objects, s3=endless)).append([write(sales({}))])

    def test_a_put_that_is_refused_is_told_and_no_success(self, aws: Environment) -> None:
        logs = aws.logs()
        refused = replace(logs, objects=replace(logs.objects, s3=Stubborn(logs.objects.s3, ["AccessDenied"])))
        with pytest.raises(ClientError, match="AccessDenied"):
            refused.append([write(sales({}))])
        assert logs.find(SALES, "r") == []

    def test_a_partition_that_glue_refuses_is_named(self, aws: Environment) -> None:
        class Glue:
            def batch_create_partition(self, **_: Any) -> dict[str, Any]:
                detail = {"ErrorCode": "ResourceNumberLimitExceededException"}
                return {"Errors": [{"PartitionValues": ["r", "2024-03-05"], "ErrorDetail": detail}]}

        logs = aws.logs()
        with pytest.raises(StoreError, match="sales_timeseries_data.*ResourceNumberLimitExceeded"):
            replace(logs, catalog=replace(logs.catalog, glue=Glue())).append([write(sales({}))])

    def test_partitions_are_registered_once(self, aws: Environment) -> None:
        aws.logs().append([write(sales({}))])
        aws.logs().append([write(sales({}), hours=2), write(sales({"store_id": "z"}), tick=TICK + timedelta(days=1))])
        found = boto3.client("glue").get_partitions(DatabaseName="mrs", TableName=SALES.name)["Partitions"]
        assert sorted(p["Values"] for p in found) == [["r", "2024-03-05"], ["r", "2024-03-06"]]


class Stubborn:
    """An S3 client whose first puts are answered with the given error codes."""

    def __init__(self, s3: Any, answers: list[str]) -> None:
        self._s3, self._answers = s3, answers

    def put_object(self, **request: Any) -> Any:
        if self._answers:
            raise ClientError({"Error": {"Code": self._answers.pop()}}, "PutObject")
        return self._s3.put_object(**request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)


class TestRead:
    def test_newest_row_per_key_is_in_force(self, aws: Environment) -> None:
        logs = aws.logs()
        later = TICK + timedelta(days=1)
        logs.append([write(sales({"sales": 1.0}, {"store_id": "s2", "sales": 2.0}))])
        logs.append([write(sales({"sales": 9.0, "tick": later, "written_at": schedule_time(later)}), tick=later)])
        assert logs.read(SALES, "r")["sales"].to_pylist() == [9.0, 2.0]
        assert logs.read(SALES, "r", history=True).num_rows == 3

    def test_a_replay_of_an_earlier_tick_is_newer_than_the_ticks_after_it(self, aws: Environment) -> None:
        logs, later = aws.logs(), TICK + timedelta(days=1)
        logs.append([write(sales({"sales": 2.0, "tick": later, "written_at": schedule_time(later)}), tick=later)])
        replayed = schedule_time(TICK) + timedelta(days=9)
        logs.append([write(sales({"sales": 3.0, "written_at": replayed}), hours=9 * 24)])
        assert logs.read(SALES, "r")["sales"].to_pylist() == [3.0]

    def test_a_newer_answer_about_a_report_replaces_all_rows_of_the_older(self, aws: Environment) -> None:
        logs, proposals, newer = aws.logs(), dataset("MRPAL"), schedule_time(TICK) + timedelta(hours=1)
        ranked = [{"report_id": "a", "rank": rank, "cause": cause} for rank, cause in ((1, "viral"), (2, "weather"))]
        logs.append([Write(proposals, "r", TICK, schedule_time(TICK), table("MRPAL", *ranked))])
        one = table("MRPAL", {"report_id": "a", "rank": 1, "cause": "weather", "written_at": newer})
        logs.append([Write(proposals, "r", TICK, newer, one)])
        assert logs.read(proposals, "r").select(["rank", "cause"]).to_pylist() == [{"rank": 1, "cause": "weather"}]

    def test_as_of_a_past_moment(self, aws: Environment) -> None:
        logs = aws.logs()
        logs.append([write(sales({"sales": 1.0}))])
        newer = schedule_time(TICK) + timedelta(hours=3)
        logs.append([write(sales({"sales": 9.0, "written_at": newer}), hours=3)])
        assert logs.read(SALES, "r")["sales"].to_pylist() == [9.0]
        assert logs.read(SALES, "r", visible=written_by(schedule_time(TICK)))["sales"].to_pylist() == [1.0]

    def test_a_newer_snapshot_replaces_the_whole_tick(self, aws: Environment) -> None:
        logs = aws.logs()
        at = schedule_time(TICK)
        both = table("MRDL", {"report_id": "a"}, {"report_id": "b"})
        one = table("MRDL", {"report_id": "b", "written_at": at + timedelta(hours=1)})
        logs.append([Write(MRDL, "r", TICK, at, both), Write(MRDL, "r", TICK, at + timedelta(hours=1), one)])
        assert logs.read(MRDL, "r")["report_id"].to_pylist() == ["b"]

    def test_runs_do_not_see_each_other(self, aws: Environment) -> None:
        logs = aws.logs()
        logs.append([write(sales({"sales": 1.0}), run="a"), write(sales({"sales": 2.0}), run="ab")])
        assert logs.read(SALES, "a")["sales"].to_pylist() == [1.0]
        assert logs.read(SALES, EVERY_RUN, history=True).num_rows == 2

    @pytest.mark.parametrize("written_in", [1, 3, 7])
    def test_a_shard_reads_its_stores_however_they_were_written(self, aws: Environment, written_in: int) -> None:
        from mrs.identity import shard_of

        logs, stores = aws.logs(), [f"s{i}" for i in range(40)]
        for k in range(written_in):
            own = [{"store_id": s} for s in stores if shard_of(s, written_in) == k]
            if own:
                logs.append([write(sales(*own), part=shard_part(k, written_in))])
        got = [logs.read(SALES, "r", shard=Shard(k, 3))["store_id"].to_pylist() for k in range(3)]
        assert sorted(s for part in got for s in part) == sorted(stores)
        assert got[1] == [s for s in sorted(stores) if shard_of(s, 3) == 1]

    @pytest.mark.parametrize("history", [False, True])
    def test_rows_come_by_their_key_in_whatever_order_the_objects_are(self, aws: Environment, history: bool) -> None:
        logs = aws.logs()
        for k, store in enumerate("cab"):
            logs.append([write(sales({"store_id": store}), part=shard_part(k, 3))])
        assert logs.read(SALES, "r", history=history)["store_id"].to_pylist() == ["a", "b", "c"]

    def test_ticks_from_and_to_are_inclusive(self, aws: Environment) -> None:
        logs = aws.logs()
        days = [TICK + timedelta(days=i) for i in range(5)]
        logs.append([write(sales({"date": d, "tick": d}), tick=d) for d in days])
        assert logs.read(SALES, "r", first=days[1], last=days[3])["date"].to_pylist() == days[1:4]


@given(
    st.dates(date(1000, 1, 1)),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
    st.datetimes(datetime(1000, 1, 1)),
)
@settings(deadline=None)
def test_a_key_says_what_it_was_made_of(tick: date, run: str, written: datetime) -> None:
    written = written.replace(microsecond=written.microsecond // 1000 * 1000)
    key = LogKey("minority_event_log", run, tick, written, shard_part(3, 7))
    assert LogKey.parse(str(key)) == key


@pytest.mark.parametrize(("rows", "codec"), [(1, "SNAPPY"), (15, "SNAPPY"), (16, "ZSTD")])
def test_a_small_object_is_compressed_quickly_and_reads_the_same(rows: int, codec: str) -> None:
    written = sales(*({"store_id": f"s{i:02d}"} for i in range(rows)))
    file = pq.ParquetFile(pa.BufferReader(parquet_bytes(written)))
    assert file.metadata.row_group(0).column(0).compression == codec
    assert content_hash(SALES, file.read()) == content_hash(SALES, written)


class TestMemory:
    """What a warm function remembers is the object as it is now, and all of it."""

    def test_another_object_under_the_key_is_read_anew(self, aws: Environment) -> None:
        logs = aws.logs()
        (made,) = logs.append([write(sales({}))])
        assert logs.read(SALES, "r")["sales"].to_pylist() == [10.0]
        logs.objects.s3.delete_object(Bucket=logs.objects.bucket, Key=made.key)
        logs.append([write(sales({"sales": 11.0}))])
        assert logs.read(SALES, "r")["sales"].to_pylist() == [11.0]

    def test_columns_that_were_left_out_before_are_there_when_they_are_wanted(self, aws: Environment) -> None:
        logs = aws.logs()
        logs.append([write(sales({"price": 2.5}))])
        assert "price" not in logs.read(SALES, "r", without=["price"]).column_names
        assert logs.read(SALES, "r")["price"].to_pylist() == [2.5]

    def test_tables_come_in_the_order_of_the_objects_wherever_they_come_from(self, aws: Environment) -> None:
        logs = aws.logs()
        days = [TICK + timedelta(days=n) for n in range(3)]
        logs.append([write(sales({"sales": float(n), "tick": d}), tick=d) for n, d in enumerate(days)])
        found = [stored for _, stored in logs.find(SALES, "r")]
        last = logs.objects.get_tables(found[-1:])
        tables = logs.objects.get_tables(found, known={found[-1].key: last[0]})
        assert [t["sales"].to_pylist() for t in tables] == [[0.0], [1.0], [2.0]]


class TestKeep:
    """Rows that a read does not keep are freed as soon as their object is decoded."""

    @pytest.mark.parametrize("rows_at_once", [3, 1000])
    def test_what_is_kept_is_what_a_filter_of_the_whole_would_keep(
        self, aws: Environment, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(objects, "ROWS_AT_ONCE", rows_at_once)
        monkeypatch.setattr(objects, "TABLES", objects.TableCache())
        logs, stores = aws.logs(), [f"s{i}" for i in range(10)]
        days = [TICK + timedelta(days=i) for i in range(3)]
        for d in days:
            logs.append([write(sales(*({"store_id": s} for s in stores), tick=d, date=d), tick=d)])
        few = pa.array(stores[::3])
        kept = logs.read(SALES, "r", keep=lambda _, rows: rows.filter(pc.is_in(rows["store_id"], value_set=few)))
        whole = logs.read(SALES, "r")
        assert kept.equals(whole.filter(pc.is_in(whole["store_id"], value_set=few)))
        assert kept.num_rows == 4 * len(days)

    def test_no_more_rows_than_that_are_looked_at_together(
        self, aws: Environment, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(objects, "ROWS_AT_ONCE", 4)
        monkeypatch.setattr(objects, "TABLES", objects.TableCache())
        aws.logs().append([write(sales(*({"store_id": f"s{i}"} for i in range(10))))])
        seen: list[int] = []

        def keep(_: StoredObject, rows: pa.Table) -> pa.Table:
            seen.append(rows.num_rows)
            return rows.slice(0, 0)

        assert aws.logs().read(SALES, "r", keep=keep).num_rows == 0
        assert seen == [4, 4, 2]


def test_who_lists_once_finds_what_was_there_and_all_others_what_comes(aws: Environment) -> None:
    logs, ds = aws.logs(), dataset("sales_timeseries_data")
    ticks = [date(2024, 1, d) for d in (1, 2, 3)]

    def append(tick: date) -> None:
        rows = table(ds.name, {"store_id": "a", "date": tick}, tick=tick)
        logs.append([Write(ds, "r", tick, schedule_time(tick), rows)])

    append(ticks[0])
    before = logs.listing_once()
    assert [key.tick for key, _ in before.find(ds, "r")] == ticks[:1]
    append(ticks[1])
    assert [key.tick for key, _ in before.find(ds, "r")] == ticks[:1]
    assert before.find(ds, "r", visible=lambda key: False) == []
    assert [key.tick for key, _ in before.find(ds, "r", last=ticks[1])] == ticks[:2]
    assert [key.tick for key, _ in logs.find(ds, "r")] == ticks[:2]
    assert [key.tick for key, _ in logs.listing_once().find(ds, "r")] == ticks[:2]
