"""What is kept beside the parts comes back to the bit, under a name that says what it was made of."""

from __future__ import annotations

from datetime import date

import boto3
import numpy as np
import pyarrow as pa
import pytest
from mrs.detection.packing import packed, unpacked
from mrs.environment import Environment
from mrs.errors import DamagedObjectError
from mrs.store.kept import keep, kept_names, kept_prefix, kept_tables, made_of
from mrs.store.keys import LogKey
from mrs.store.objects import StoredObject
from mrs.store.parts import find_parts

SALES = "sales_timeseries_data"


def test_tables_come_back_as_they_were(aws: Environment) -> None:
    objects = aws.logs().objects
    one = pa.table({"a": ["x", None], "b": [1.5, float("nan")]}).replace_schema_metadata({"told": "this"})
    two = pa.table({"c": pa.array([], pa.date32())})
    name = keep(objects, SALES, "r", "some", [one, two])
    assert keep(objects, SALES, "r", "some", [one, two]) == name, "the same again is the same object"
    keep(objects, SALES, "other", "some", [two])
    assert kept_names(objects, SALES, "r") == [name] == kept_names(objects, SALES, "r", "so")
    assert not kept_names(objects, SALES, "r", "z")
    again = kept_tables(objects, SALES, "r", name)
    assert [t.schema.metadata for t in again] == [{b"told": b"this"}, None]
    assert again[0]["b"].to_numpy().tobytes() == one["b"].to_numpy().tobytes() and again[1].equals(two)


def test_parts_of_the_log_are_found_without_it(aws: Environment) -> None:
    keep(aws.logs().objects, SALES, "r", "some", [pa.table({"a": [1]})])
    assert find_parts(aws.logs().objects, SALES, "r", date(2024, 1, 1)) == {}


def test_one_that_is_damaged_is_named(aws: Environment) -> None:
    objects = aws.logs().objects
    name = keep(objects, SALES, "r", "some", [pa.table({"a": [1]})])
    key, s3 = kept_prefix(SALES, "r") + name, boto3.client("s3")
    told = s3.head_object(Bucket=objects.bucket, Key=key)["Metadata"]
    s3.put_object(Bucket=objects.bucket, Key=key, Body=b"something else", Metadata=told)
    with pytest.raises(DamagedObjectError, match=name):
        kept_tables(objects, SALES, "r", name)


def test_another_object_or_another_use_is_another_name() -> None:
    key = LogKey.parse(f"logs/{SALES}/run_id=r/tick=2024-05-01/20240502T060000000Z-0of1.parquet")
    assert key is not None
    one, other = StoredObject(str(key), "etag", 1), StoredObject(str(key), "other", 1)
    names = {made_of((1,), []), made_of((2,), []), made_of((1,), [(key, one)]), made_of((1,), [(key, other)])}
    assert len(names) == 4
    assert made_of((1,), [(key, one)]) == made_of((1,), [(key, one)])


@pytest.mark.parametrize("stores", [0, 1, 3])
def test_arrays_come_back_to_the_bit(stores: int) -> None:
    rng = np.random.default_rng(2)
    arrays = {
        "flat": rng.normal(size=stores),
        "wide": rng.normal(size=(stores, 5)).astype(np.float32),
        "cube": rng.integers(0, 200, (stores, 2, 3)).astype(np.uint8),
    }
    about = {"share": 0.1 + 0.2, "names": ["a"], "none": None}
    ids, again, told = unpacked(packed([f"s{k}" for k in range(stores)], arrays, about))
    assert ids == tuple(f"s{k}" for k in range(stores)) and told == about
    for name, values in arrays.items():
        assert again[name].dtype == values.dtype
        np.testing.assert_array_equal(again[name], values)
