"""Landed rows divided by shard: a file is decoded once, and each shard fetches its own rows of it alone (ADR 34).

A divided object holds a group of landed files: first an index of where each shard's part lies, then the parts, one
Arrow stream a file. It is derived and named after what it was made of; where there is none, the landed files are read.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from mrs.identity import hash_of_files
from mrs.landing.decode import Decoded, Ragged, Raw
from mrs.landing.mapping import FILE as MAPPING
from mrs.landing.shard_count import BYTES_A_SHARD, sales_bytes
from mrs.landing.shard_filter import plain_texts, shards_of_rows
from mrs.store.objects import ObjectStore, StoredObject

BYTES_A_GROUP = 4 * BYTES_A_SHARD
MOST_GROUPS = 200
ROWS_AT_ONCE = 2**20
_PART = struct.Struct("<QQ32s")
"""Where a shard's part begins and ends in the object, and the SHA-256 of its bytes."""
_ABOUT, _NUMBER = b"about", "row_number"


def groups_of(found: Mapping[str, StoredObject]) -> list[list[str]]:
    """Return the landed files in groups of some bytes each, the same for everyone who sees the same files."""
    sizes = {name: sales_bytes([(name, found[name].size)]) for name in sorted(found) if name != MAPPING}
    most = max(BYTES_A_GROUP, sum(sizes.values()) // MOST_GROUPS)
    groups: list[list[str]] = []
    room = 0
    for name, size in sizes.items():
        if size > room or not groups:
            groups.append([])
            room = most
        groups[-1].append(name)
        room -= size
    return groups


def divided_key(group: Sequence[str], found: Mapping[str, StoredObject], shards: int) -> str:
    """Return the key of a group's divided object: a hash of the files, how they are read and into how many shards."""
    mapping = found[MAPPING].etag if MAPPING in found else None
    told = (_code(), pa.__version__, shards, mapping, [(name, found[name].etag) for name in group])
    return f"divided/{hashlib.sha256(repr(told).encode()).hexdigest()}.arrow"


@cache
def _code() -> str:
    """Return a hash of the code that reads files, as sources or as bytecode: changed code may read otherwise."""
    package = Path(__file__).parents[1]
    used = ("landing/*.py*", "contracts/*.py*", "identity.py*")
    return hash_of_files(package, sorted(path for pattern in used for path in package.glob(pattern)))


def divide(files: Iterable[tuple[str, Decoded]], shards: int) -> bytes:
    """Return the divided object of some files, each decoded as it is asked for."""
    parts = [io.BytesIO() for _ in range(shards)]
    for file, decoded in files:
        _divide_file(file, decoded, parts)
    index, begin = bytearray(), shards * _PART.size
    for part in parts:
        body = part.getbuffer()
        index += _PART.pack(begin, begin + len(body), hashlib.sha256(body).digest())
        begin += len(body)
    return b"".join([index, *(part.getbuffer() for part in parts)])


def _divide_file(file: str, decoded: Decoded, parts: Sequence[io.BytesIO]) -> None:
    raw, shards = decoded.raw, len(parts)
    table = raw.table.append_column(_NUMBER, pa.array(raw.row_number))
    schema = plain_texts(table.slice(0, 0)).schema
    about = {"file": file, "sha256": decoded.sha256, "rows": raw.rows, "extra": list(raw.extra)}
    with ExitStack() as open_streams:
        writers = []
        for shard, part in enumerate(parts):
            ragged = [[r.row_number, r.expected, r.found, r.text] for r in raw.ragged] if shard == 0 else []
            told = schema.with_metadata({_ABOUT: json.dumps(about | {"ragged": ragged})})
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            writers.append(open_streams.enter_context(pa.ipc.new_stream(part, told, options=options)))
        for start in range(0, table.num_rows, ROWS_AT_ONCE):
            some = table.slice(start, ROWS_AT_ONCE)
            shard_of = shards_of_rows(some, shards)
            ordered = some.take(pa.array(np.argsort(shard_of, kind="stable")))
            ends = np.cumsum(np.bincount(shard_of, minlength=shards))
            for writer, begin, end in zip(writers, [0, *ends[:-1]], ends, strict=True):
                if end > begin:
                    writer.write_table(plain_texts(ordered.slice(begin, end - begin)))


def own_part(objects: ObjectStore, key: str, shard: int) -> dict[str, Decoded]:
    """Return a shard's rows of the files of a divided object; of none if it is not there, or not as it was written."""
    head = objects.get_range(key, shard * _PART.size, _PART.size)
    if head is None or len(head) < _PART.size:
        return {}
    begin, end, written = _PART.unpack(head)
    body = objects.get_range(key, begin, end - begin) if end > begin else b""
    if body is None or hashlib.sha256(body).digest() != written:
        return {}
    source, found = pa.BufferReader(body), {}
    while source.tell() < source.size():
        table = pa.ipc.open_stream(source).read_all()
        about = json.loads(table.schema.metadata[_ABOUT])
        columns = pa.table(table.columns[:-1], names=table.column_names[:-1])
        ragged = [Ragged(*row) for row in about["ragged"]]
        raw = Raw(columns, table.columns[-1].to_numpy(), about["rows"], ragged, about["extra"])
        found[about["file"]] = Decoded(raw, about["sha256"])
    return found
