"""A folder that is only looked at: the same objects as those who run find, and nothing of an account."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from mrs.environment import Environment
from mrs.errors import DamagedObjectError, StoreError
from mrs.store.objects import BODY_METADATA, HASH_METADATA, ObjectStore

from local.folders import INDEX
from local.looking import looking
from local.runtime import LocalAws

KEYS = ("logs/a/1", "logs/a/2", "logs/b/1")
SHORT = "from local.looking import looking; import sys; print({'moto', 'boto3', 'botocore'} & {*sys.modules})"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that a run has filled."""
    folder = tmp_path_factory.mktemp("state")
    with LocalAws(folder) as aws:
        bucket = ObjectStore(aws.stack.outputs["LogBucket"], aws.stack.client("s3"))
        assert all(bucket.create(key, key.encode(), f"hash of {key}") for key in KEYS)
    return folder


def test_what_was_written_is_listed_and_read(state: Path) -> None:
    with LocalAws(state, read_only=True) as aws:
        whole = ObjectStore(aws.stack.outputs["LogBucket"], aws.stack.client("s3"))
        for_all = [[*whole.find(prefix, after)] for prefix, after in (("logs/", ""), ("logs/a/", ""), ("", KEYS[0]))]
    with looking(state) as stack:
        bucket = Environment.read(stack.variables).logs().objects
        assert [[*bucket.find(p, after)] for p, after in (("logs/", ""), ("logs/a/", ""), ("", KEYS[0]))] == for_all
        assert [bucket.get(key).decode() for key in KEYS] == [*KEYS]
        assert bucket.content_hash(KEYS[1]) == f"hash of {KEYS[1]}"
        assert bucket.s3.head_object(Bucket=bucket.bucket, Key=KEYS[0])["Metadata"].keys() == {
            HASH_METADATA,
            BODY_METADATA,
        }


def test_what_is_not_there_or_damaged_is_named(state: Path) -> None:
    with looking(state) as stack:
        bucket = Environment.read(stack.variables).logs().objects
        with pytest.raises(StoreError, match="there is no object s3://log/logs/none"):
            bucket.get("logs/none")
        file = state / "log" / "objects" / KEYS[2]
        file.write_bytes(b"spoilt")
        with pytest.raises(DamagedObjectError, match=KEYS[2]):
            bucket.get(KEYS[2])
        file.write_bytes(KEYS[2].encode())


def test_a_file_that_somebody_took_away_is_named_by_who_looks_and_by_who_runs(state: Path) -> None:
    file = state / "log" / "objects" / KEYS[2]
    file.unlink()
    with looking(state) as stack, pytest.raises(DamagedObjectError, match=f"{KEYS[2]} is not there"):
        Environment.read(stack.variables).logs().objects.get(KEYS[2])
    with LocalAws(state, read_only=True) as aws, pytest.raises(DamagedObjectError, match=f"{KEYS[2]} is not there"):
        ObjectStore(aws.stack.outputs["LogBucket"], aws.stack.client("s3")).get(KEYS[2])
    file.write_bytes(KEYS[2].encode())


def test_nobody_writes_while_looking(state: Path) -> None:
    before = (state / "log" / INDEX).read_bytes()
    with looking(state) as stack, pytest.raises(AttributeError):
        Environment.read(stack.variables).logs().objects.create("logs/new", b"new", "hash")
    assert (state / "log" / INDEX).read_bytes() == before


def test_nothing_of_an_account_is_imported() -> None:
    told = subprocess.run([sys.executable, "-c", SHORT], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
