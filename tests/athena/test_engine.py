"""The local engine sees of moto's state what Athena would see of AWS's, and answers in Athena's words."""

from __future__ import annotations

import io
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeKey, s3_backends
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.store.athena import Athena
from mrs.store.keys import LogKey
from mrs.store.log_store import Write

from local.athena import files
from local.objects import FileBuffer
from tests.builders import TICK, table

STORES = dataset("stores_data")
NEXT = date(2024, 3, 6)


def put_stores(aws: Environment, *stores: str, tick: date = TICK, run_id: str = "r") -> None:
    """Append stores of one tick, partition registered."""
    rows = table(STORES.name, *[{"store_id": s, "region": f"R{s}"} for s in stores], run_id=run_id, tick=tick)
    aws.logs().append([Write(STORES, run_id, tick, schedule_time(tick), rows)])


def start(athena: Athena, sql: str, parameters: list[str] | None = None) -> dict[str, Any]:
    """Run a statement through the plain API and return its description."""
    client = athena.athena
    extra = {"ExecutionParameters": parameters} if parameters else {}
    context = {"Database": athena.database}
    started = client.start_query_execution(QueryString=sql, QueryExecutionContext=context, WorkGroup="mrs", **extra)
    described: dict[str, Any] = client.get_query_execution(QueryExecutionId=started["QueryExecutionId"])[
        "QueryExecution"
    ]
    return described


def rows(athena: Athena, sql: str, parameters: list[str] | None = None) -> list[list[str | None]]:
    """Return the rows of a SELECT as the API prints them, all pages, without the header."""
    described = start(athena, sql, parameters)
    assert described["Status"]["State"] == "SUCCEEDED", described["Status"]
    pages = athena.athena.get_paginator("get_query_results").paginate(
        QueryExecutionId=described["QueryExecutionId"], PaginationConfig={"PageSize": 2}
    )
    found = [[c.get("VarCharValue") for c in r["Data"]] for p in pages for r in p["ResultSet"]["Rows"]]
    return found[1:]


def reason(athena: Athena, sql: str, parameters: list[str] | None = None) -> str:
    """Return why a statement failed."""
    status = start(athena, sql, parameters)["Status"]
    assert status["State"] == "FAILED"
    return str(status["StateChangeReason"])


def test_rows_of_all_partitions_with_their_keys(aws: Environment, athena: Athena) -> None:
    put_stores(aws, "1", "2")
    put_stores(aws, "3", tick=NEXT)
    found = rows(athena, "SELECT store_id, retailer, run_id, tick FROM stores_data ORDER BY store_id")
    assert found == [["1", None, "r", "2024-03-05"], ["2", None, "r", "2024-03-05"], ["3", None, "r", "2024-03-06"]]


def test_an_unregistered_partition_is_invisible(aws: Environment, athena: Athena) -> None:
    put_stores(aws, "1")
    s3 = boto3.client("s3")
    known = str(LogKey(STORES.name, "r", TICK, schedule_time(TICK), "000of001"))
    body = s3.get_object(Bucket=aws.log_bucket, Key=known)["Body"].read()
    s3.put_object(Bucket=aws.log_bucket, Key=known.replace("2024-03-05", "2024-03-06"), Body=body)
    assert rows(athena, "SELECT count(*) AS n FROM stores_data") == [["1"]]


def test_only_the_partitions_asked_for_are_read(aws: Environment, athena: Athena) -> None:
    put_stores(aws, "1")
    put_stores(aws, *map(str, range(500)), tick=NEXT)
    put_stores(aws, "2", run_id="other")
    sql = "SELECT store_id FROM stores_data WHERE run_id = ? AND tick <= ?"
    few = start(athena, sql, ["'r'", "'2024-03-05'"])["Statistics"]["DataScannedInBytes"]
    all_of_run = start(athena, sql, ["'r'", "'2024-03-06'"])["Statistics"]["DataScannedInBytes"]
    assert 0 < few < all_of_run / 2
    assert rows(athena, sql, ["'r'", "'2024-03-05'"]) == [["1"]]


def test_a_filter_on_other_columns_prunes_nothing(aws: Environment, athena: Athena) -> None:
    put_stores(aws, "1")
    put_stores(aws, "2", tick=NEXT)
    sql = "SELECT store_id FROM stores_data WHERE tick = '2024-03-05' OR store_id = '2' ORDER BY store_id"
    assert rows(athena, sql) == [["1"], ["2"]]


def test_the_optional_side_of_a_join_is_not_pruned(aws: Environment, athena: Athena) -> None:
    put_stores(aws, "1")
    sql = (
        "SELECT a.store_id, b.store_id AS other FROM stores_data a"
        " LEFT JOIN stores_data b ON b.store_id = a.store_id WHERE b.tick IS NULL"
    )
    assert rows(athena, sql) == []


def test_null_and_empty_text_are_told_apart(aws: Environment, athena: Athena) -> None:
    put_stores(aws, "")
    assert rows(athena, "SELECT store_id, retailer FROM stores_data") == [["", None]]


def test_a_column_that_a_file_lacks_is_null_and_a_wrong_type_fails(aws: Environment, athena: Athena) -> None:
    put_stores(aws, "1")
    s3 = boto3.client("s3")
    folder = f"logs/stores_data/run_id=r/tick={TICK}/"
    body = io.BytesIO()
    pq.write_table(pa.table({"store_id": ["9"]}), body)
    s3.put_object(Bucket=aws.log_bucket, Key=folder + "older.parquet", Body=body.getvalue())
    sql = "SELECT store_id, region FROM stores_data ORDER BY store_id"
    assert rows(athena, sql) == [["1", "R1"], ["9", None]]
    body = io.BytesIO()
    pq.write_table(pa.table({"store_id": pa.array([9], pa.int64())}), body)
    s3.put_object(Bucket=aws.log_bucket, Key=folder + "wrong.parquet", Body=body.getvalue())
    assert "HIVE_BAD_DATA: Field store_id" in reason(athena, sql)


def test_the_next_query_decodes_what_has_come_since(
    aws: Environment, athena: Athena, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "KEPT", files.Kept())
    read: list[int] = []
    decode = files._read
    monkeypatch.setattr(files, "_read", lambda sources, *rest: read.append(len(sources)) or decode(sources, *rest))
    sql = "SELECT tick, store_id FROM stores_data ORDER BY store_id"
    put_stores(aws, "1")
    assert rows(athena, sql) == [[f"{TICK}", "1"]]
    put_stores(aws, "2", tick=NEXT)
    assert rows(athena, sql) == [[f"{TICK}", "1"], [f"{NEXT}", "2"]]
    assert rows(athena, "SELECT region, store_id FROM stores_data ORDER BY store_id") == [["R1", "1"], ["R2", "2"]]
    assert read == [1, 1, 2]


def test_what_is_kept_is_limited_and_the_oldest_goes_first() -> None:
    rows = pa.table({"x": pa.array(range(100), pa.int64())})
    kept = files.Kept(limit=2 * rows.nbytes)
    for name in "abc":
        kept.put((name,), [("url", name)], rows)
    assert [kept.get((name,), [("url", name)])[0] for name in "abc"] == [0, 1, 1]
    assert kept.get(("b",), [("url", "other")]) == (0, [])
    kept.put(("large",), [("url", "l")], pa.concat_tables([rows, rows]))
    assert kept.get(("large",), [("url", "l")]) == (0, [])


def test_a_path_that_would_be_a_pattern_is_read_as_it_stands(tmp_path: Path) -> None:
    folder = tmp_path / "odd [x]*?"
    folder.mkdir()
    names = []
    for name in ("a", "b"):
        pq.write_table(pa.table({"x": [name]}), folder / f"{name}'s.parquet")
        key = FakeKey(name, b"", "1", "eu-west-1")
        key._value_buffer = FileBuffer(partial(folder.joinpath, f"{name}'s.parquet"))  # type: ignore[assignment]
        names.append(files.Source(name, key))
    found = files.decoded("odd", names, {"x": "string"}, pa.schema([("x", pa.string())]))
    assert found.to_pydict() == {"x": ["a", "b"], files.NUMBER: [0, 1]}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT x FROM nowhere", "TABLE_NOT_FOUND"),
        ("SELECT nope FROM stores_data", "COLUMN_NOT_FOUND"),
        ("SELECT CAST('x' AS DATE) AS d", "INVALID_CAST_ARGUMENT"),
        ("SELECT upper(store_id) AS u FROM stores_data", "not on the allow-list"),
        ("SELECT store_id FROM stores_data WHERE run_id = ?", "Incorrect number of parameters"),
    ],
)
def test_failures_speak_athenas_words(athena: Athena, sql: str, expected: str) -> None:
    assert expected in reason(athena, sql)


def test_what_does_not_parse_is_an_invalid_request(athena: Athena) -> None:
    with pytest.raises(athena.athena.exceptions.InvalidRequestException):
        start(athena, "SELEC 1 FROM FROM")


def unload(query: str, by: str) -> str:
    options = f"format='PARQUET', compression='ZSTD', partitioned_by=ARRAY['{by}']"
    return f"UNLOAD ({query}) TO 's3://mrs-results/by/' WITH ({options})"


@pytest.mark.parametrize(
    "harm", [lambda body: body[:-9], lambda body: body[:40] + b"x" + body[41:]], ids=["torn", "rotten"]
)
def test_an_object_that_is_not_as_it_was_written_is_named(
    aws: Environment, athena: Athena, harm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "KEPT", files.Kept())
    put_stores(aws, "a")
    (key,) = s3_backends[DEFAULT_ACCOUNT_ID]["aws"].get_bucket("mrs-logs").keys.values()
    key.value = harm(key.value)
    found = reason(athena, "SELECT store_id FROM stores_data")
    assert found.startswith(f"HIVE_BAD_DATA: s3://mrs-logs/{key.name} is damaged")


def test_unload_by_a_column_writes_a_folder_for_each_value(aws: Environment, athena: Athena) -> None:
    put_stores(aws, "1", "2", "3")
    put_stores(aws, "4", tick=NEXT)
    days = "(SELECT store_id, CAST(tick AS DATE) AS day FROM stores_data) d"
    query = f"SELECT store_id, CAST(date_trunc('week', day) AS DATE) AS week FROM {days}"
    assert start(athena, unload(query, "week"))["Status"]["State"] == "SUCCEEDED"
    (item,) = boto3.client("s3").list_objects_v2(Bucket="mrs-results", Prefix="by/")["Contents"]
    assert item["Key"].startswith("by/week=2024-03-04/")
    body = boto3.client("s3").get_object(Bucket="mrs-results", Key=item["Key"])["Body"].read()
    assert pq.read_table(io.BytesIO(body)).to_pydict() == {"store_id": ["1", "2", "3", "4"]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT region, store_id FROM stores_data", "Partition column region must be the last column"),
        ("SELECT store_id, region FROM stores_data", "HIVE_TOO_MANY_OPEN_PARTITIONS"),
    ],
)
def test_unload_by_a_column_has_athenas_limits(aws: Environment, athena: Athena, query: str, expected: str) -> None:
    put_stores(aws, *map(str, range(101)))
    assert expected in reason(athena, unload(query, "region"))


def test_unload_refuses_a_place_that_is_not_empty(athena: Athena) -> None:
    sql = "UNLOAD (SELECT 1 AS x) TO 's3://mrs-results/place/' WITH (format='PARQUET', compression='ZSTD')"
    assert start(athena, sql)["Status"]["State"] == "SUCCEEDED"
    assert "HIVE_PATH_ALREADY_EXISTS" in reason(athena, sql)


def test_doubles_print_as_java_does(athena: Athena) -> None:
    sql = "SELECT 1e7 AS a, 5e-1 AS b, 1234567890.25e0 AS c, 1e-5 AS d, -1.5e10 AS e, 1e22 AS f"
    assert rows(athena, sql) == [["1.0E7", "0.5", "1.23456789025E9", "1.0E-5", "-1.5E10", "1.0E22"]]
