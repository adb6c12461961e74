"""What is read the quick way is what moto answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from mrs.errors import ConflictingContentError, DamagedObjectError
from mrs.store.objects import ObjectStore

from local import fast_reads
from local.clients import client
from local.runtime import LocalAws

NAMES = ["a b/ü.x", "a b/+&%.y", "logs/x", "logs/y/z"]


def answers(s3: Any) -> list[Any]:
    """Ask whatever the log store asks, and some more."""
    asked: list[Any] = []
    for name in NAMES:
        got = s3.get_object(Bucket="things", Key=name)
        asked.append([got[k] for k in ("ETag", "LastModified", "Metadata", "ContentLength")])
        asked.append(got["Body"].read())
    asked.append(s3.get_object(Bucket="things", Key="logs/x", Range="bytes=1-2")["Body"].read())
    for request in ({}, {"Prefix": "logs/"}, {"Prefix": "a b/"}, {"StartAfter": "logs/x"}, {"Prefix": "none"}):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="things", **request)
        listed = [c for page in pages for c in page.get("Contents", ())]
        asked.append([[c[k] for k in ("Key", "ETag", "Size", "LastModified")] for c in listed])
    for prefix in ("", "logs/", "logs/y", "none"):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket="things", Prefix=prefix, Delimiter="/")
        found = list(pages)
        asked.append([c["Key"] for page in found for c in page.get("Contents", ())])
        asked.append([p["Prefix"] for page in found for p in page.get("CommonPrefixes", ())])
    for bucket, name in (("things", "missing"), ("nowhere", "x")):
        with pytest.raises(ClientError) as error:
            s3.get_object(Bucket=bucket, Key=name)
        asked.append(error.value.response["Error"]["Code"])
    return asked


def test_answers_are_those_of_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_reads, "PAGE", 3)
    with mock_aws():
        slow = boto3.client("s3", region_name="eu-west-1")
        slow.create_bucket(Bucket="things", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        for name in NAMES:
            slow.put_object(Bucket="things", Key=name, Body=name.encode(), Metadata={"said": "so"})
        with fast_reads.fast_reads():
            quick = boto3.client("s3", region_name="eu-west-1")
        assert answers(quick) == answers(slow)
        headed = [client.head_object(Bucket="things", Key="logs/x") for client in (quick, slow)]
        assert [h["Metadata"] for h in headed] == [{"said": "so"}] * 2
        assert headed[0]["ContentLength"] == headed[1]["ContentLength"]


def test_a_list_is_of_what_is_there_now() -> None:
    with mock_aws():
        slow = boto3.client("s3", region_name="eu-west-1")
        slow.create_bucket(Bucket="things", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        with fast_reads.fast_reads():
            quick = boto3.client("s3", region_name="eu-west-1")

        def keys(s3: Any, prefix: str) -> list[str]:
            return [c["Key"] for c in s3.list_objects_v2(Bucket="things", Prefix=prefix).get("Contents", ())]

        for put, gone in (("b/2", None), ("b/1", None), ("b/3", "b/1"), ("a", "b/3"), ("b/1", None), ("b/1", "a")):
            slow.put_object(Bucket="things", Key=put, Body=b"")
            if gone:
                slow.delete_object(Bucket="things", Key=gone)
                slow.put_object(Bucket="things", Key=f"{gone}+", Body=b"")
            for prefix in ("", "b/", "c"):
                assert keys(quick, prefix) == keys(slow, prefix)


def test_an_object_is_created_once_and_a_damaged_one_is_found(tmp_path: Path) -> None:
    key, body = "logs/x/run_id=r/tick=2024-01-01/a.parquet", b"as it was written"
    with LocalAws(tmp_path) as aws:
        store = ObjectStore(aws.stack.outputs["LogBucket"], client("s3"))
        assert store.create(key, body, "hash")
        assert not store.create(key, body, "hash")
        with pytest.raises(ConflictingContentError):
            store.create(key, b"other", "other hash")
        assert store.get(key) == body
        (tmp_path / "log" / "objects" / key).write_bytes(b"as it was wrltten")
        with pytest.raises(DamagedObjectError):
            store.get(key)
