"""The state folder: a later process finds what an earlier one put; half-finished writes of a crash are invisible."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
import textwrap
import threading
from datetime import date
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.s3.models import FakeKey

from local import functions
from local.folders import INDEX, UNFLUSHED, BucketFolder, _to_disk
from local.runtime import LocalAws, StateInUseError
from tests.local.conftest import get, put

KEY = "logs/minority_event_log/run_id=r1/tick=2024-01-01/20240102T060000000Z-000of001.parquet"


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that one process has filled."""
    folder = tmp_path_factory.mktemp("state")
    with LocalAws(folder) as aws:
        assert aws.restored.objects == 0
        put(aws.stack.outputs["LogBucket"], KEY, b"events", Metadata={"content-sha256": "abc"}, IfNoneMatch="*")
        put(aws.stack.outputs["LandingBucket"], "drops/sales of May.csv", b"old")
        put(aws.stack.outputs["LandingBucket"], "drops/sales of May.csv", b"new")
        put(aws.stack.outputs["QueryResultsBucket"], "athena/1.csv", b"not kept")
        boto3.client("s3").put_object(Bucket=aws.stack.outputs["LandingBucket"], Key="../out", Body=b"inside")
    return folder


def test_a_later_process_finds_objects_metadata_and_partitions(state: Path) -> None:
    with LocalAws(state) as aws:
        s3, bucket = boto3.client("s3"), aws.stack.outputs["LogBucket"]
        assert get(bucket, KEY) == b"events"
        head = s3.head_object(Bucket=bucket, Key=KEY)
        assert head["Metadata"] == {"content-sha256": "abc"}
        assert head["ContentLength"] == len(b"events")
        listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
        assert [(o["Key"], o["ETag"]) for o in listed] == [(KEY, head["ETag"])]
        assert get(aws.stack.outputs["LandingBucket"], "drops/sales of May.csv") == b"new"
        partitions = boto3.client("glue").get_partitions(
            DatabaseName=aws.stack.outputs["GlueDatabase"], TableName="minority_event_log"
        )["Partitions"]
        assert [p["Values"] for p in partitions] == [["r1", date(2024, 1, 1).isoformat()]]
        location = partitions[0]["StorageDescriptor"]["Location"]
        assert location == f"s3://{bucket}/{KEY.rpartition('/')[0]}/"
        assert (aws.restored.objects, aws.restored.partitions) == (3, 1)


def test_a_reader_finds_the_same_objects_under_the_same_names(state: Path) -> None:
    with LocalAws(state) as aws:
        variables = aws.stack.variables
    with LocalAws(state, read_only=True) as aws:
        assert aws.restored.objects == 3
        assert get(aws.stack.outputs["LogBucket"], KEY) == b"events"
        assert aws.stack.variables == variables


def test_create_only_holds_across_processes(state: Path) -> None:
    with LocalAws(state, read_only=True) as aws, pytest.raises(Exception, match="PreconditionFailed"):
        put(aws.stack.outputs["LogBucket"], KEY, b"other", IfNoneMatch="*")


def test_reading_changes_nothing_in_the_folder(state: Path) -> None:
    before = _tree(state)
    with LocalAws(state, read_only=True) as aws:
        put(aws.stack.outputs["LogBucket"], "logs/more", b"in memory only")
    assert _tree(state) == before


def test_only_new_objects_are_written(state: Path, tmp_path: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in state.rglob("*") if p.is_file() and p.name not in (".lock", INDEX)}
    with LocalAws(state) as aws:
        put(aws.stack.outputs["LogBucket"], "logs/later", b"later")
    after = {p: p.stat().st_mtime_ns for p in state.rglob("*") if p.is_file() and p.name not in (".lock", INDEX)}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1


def test_a_key_cannot_leave_the_folder(state: Path) -> None:
    assert not (state / "out").exists()
    assert not (state / "landing" / "out").exists()


def test_a_folder_has_one_writer(state: Path) -> None:
    with LocalAws(state), pytest.raises(StateInUseError, match="in use by another"):
        LocalAws(state).__enter__()


def test_an_error_keeps_what_was_put_before_it(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="mid-way"), LocalAws(tmp_path) as aws:
        put(aws.stack.outputs["LogBucket"], "logs/kept", b"kept")
        raise RuntimeError("mid-way")
    assert [e["key"] for e in BucketFolder(tmp_path / "log").entries()] == ["logs/kept"]


def test_a_killed_process_leaves_whole_objects_only(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        import boto3
        from local.runtime import LocalAws

        with LocalAws(Path(sys.argv[1])) as aws:
            for number in range(1_000_000):
                key = f"logs/{number:06d}"
                boto3.client("s3").put_object(Bucket=aws.stack.outputs["LogBucket"], Key=key, Body=b"x" * 50_000)
                print(number, flush=True)
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline() for _ in range(5)]
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    folder = BucketFolder(tmp_path / "log")
    entries = folder.entries()
    assert len(entries) >= len(acknowledged)
    assert all(folder.path(e["key"]).read_bytes() == b"x" * 50_000 for e in entries)


def test_a_torn_index_line_is_forgotten_and_the_next_one_stands(tmp_path: Path) -> None:
    with LocalAws(tmp_path) as aws:
        put(aws.stack.outputs["LogBucket"], "logs/first")
    with (tmp_path / "log" / INDEX).open("ab") as index:
        index.write(b'{"key": "logs/torn", "si')
    with LocalAws(tmp_path) as aws:
        assert aws.restored.objects == 1
        put(aws.stack.outputs["LogBucket"], "logs/second")
    assert [e["key"] for e in BucketFolder(tmp_path / "log").entries()] == ["logs/first", "logs/second"]


def test_a_large_upload_in_parts_is_kept(tmp_path: Path) -> None:
    source = tmp_path / "large.csv"
    source.write_bytes(b"0123456789" * 1_000_000)
    with LocalAws(tmp_path / "state") as aws:
        boto3.client("s3").upload_file(str(source), aws.stack.outputs["LandingBucket"], "drops/large.csv")
    with LocalAws(tmp_path / "state", read_only=True) as aws:
        assert get(aws.stack.outputs["LandingBucket"], "drops/large.csv") == source.read_bytes()


def new(name: str, body: bytes = b"rows") -> FakeKey:
    return FakeKey(name, body, "1", "eu-west-1")


def keys(folder: Path) -> list[str]:
    return [entry["key"] for entry in BucketFolder(folder).entries()]


def test_a_full_disk_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("local.folders.Path.rename", full)
    with pytest.raises(OSError, match="No space"):
        BucketFolder(tmp_path).save(new("logs/a"))
    assert _tree(tmp_path) == {}


def test_all_is_on_the_disk_before_the_index_tells_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr("local.folders._to_disk", lambda _: seen.append(sorted(_tree(tmp_path))))
    folder = BucketFolder(tmp_path)
    folder.save(new("logs/a"))
    folder.save(new("logs/b"))
    folder.flush()
    folder.flush()
    objects = ["objects/logs/a", "objects/logs/b"]
    assert seen == [[UNFLUSHED, *objects]]
    assert sorted(_tree(tmp_path)) == [INDEX, *objects]


def test_the_disk_is_really_asked(tmp_path: Path) -> None:
    _to_disk(tmp_path)
    with pytest.raises(OSError, match="No such file"):
        _to_disk(tmp_path / "nowhere")


def test_what_is_not_flushed_outlives_the_process(tmp_path: Path) -> None:
    BucketFolder(tmp_path).save(new("logs/a"))
    assert keys(tmp_path) == ["logs/a"]
    later = BucketFolder(tmp_path)
    later.recover()
    later.save(new("logs/b"))
    later.flush()
    assert keys(tmp_path) == ["logs/a", "logs/b"]
    assert not (tmp_path / UNFLUSHED).exists()


@pytest.mark.parametrize("harm", ["gone", "empty", "other"])
def test_after_a_power_cut_what_reached_the_disk_stands_up_to_the_first_that_did_not(tmp_path: Path, harm: str) -> None:
    folder = BucketFolder(tmp_path)
    folder.save(new("logs/a"))
    folder.flush()
    for name in ("logs/b", "logs/c", "logs/d"):
        folder.save(new(name))
    lost = folder.path("logs/c")
    lost.unlink() if harm == "gone" else lost.write_bytes(b"" if harm == "empty" else b"sown")
    assert keys(tmp_path) == ["logs/a", "logs/b"]
    later = BucketFolder(tmp_path)
    later.recover()
    later.save(new("logs/c"))
    later.flush()
    assert keys(tmp_path) == ["logs/a", "logs/b", "logs/c"]


def test_what_is_saved_while_others_are_flushed_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = BucketFolder(tmp_path)
    folder.save(new("logs/a"))
    monkeypatch.setattr("local.folders._to_disk", lambda _: folder.save(new("logs/b")))
    folder.flush()
    assert len((tmp_path / INDEX).read_bytes().splitlines()) == 1
    assert keys(tmp_path) == ["logs/a", "logs/b"]


def test_of_two_flushes_at_once_none_forgets_what_neither_has_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = BucketFolder(tmp_path)
    other = threading.Thread(target=folder.flush)

    def slow(_: Path) -> None:
        if other.ident is None:
            other.start()
            other.join(0.2)
            folder.save(new("logs/b"))

    monkeypatch.setattr("local.folders._to_disk", slow)
    folder.save(new("logs/a"))
    folder.flush()
    other.join()
    assert keys(tmp_path) == ["logs/a", "logs/b"]


def test_a_functions_answer_and_a_closed_state_are_on_the_disk(tmp_path: Path) -> None:
    with LocalAws(tmp_path) as aws:
        put(aws.stack.outputs["LogBucket"], "logs/a")
        assert (tmp_path / "log" / UNFLUSHED).exists()
        for done in functions.BEFORE_ANSWERING:
            done()
        assert not (tmp_path / "log" / UNFLUSHED).exists()
        put(aws.stack.outputs["LogBucket"], "logs/b")
    assert not (tmp_path / "log" / UNFLUSHED).exists()
    assert keys(tmp_path / "log") == ["logs/a", "logs/b"]


def test_what_others_are_told_of_is_on_the_disk_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalAws(tmp_path) as aws:
        monkeypatch.setattr(functions, "tells_others", lambda: True)
        put(aws.stack.outputs["LogBucket"], "logs/a")
        assert not (tmp_path / "log" / UNFLUSHED).exists()
