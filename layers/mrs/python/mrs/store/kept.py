"""What was worked out from the logs and is kept beside the compacted parts, so that later ticks need not do it again.

An object is derived, immutable and named after what it was made of. One that was made of other objects than a reader
sees is not used, and where none is there the logs are read: each can be deleted at any time (ADR 25).
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence

import pyarrow as pa

from mrs.store.keys import LogKey, run_prefix
from mrs.store.objects import ObjectStore, StoredObject


def kept_prefix(dataset: str, run_id: str) -> str:
    """Return the prefix of what is kept beside a dataset's parts: who makes those may make these."""
    return f"compact/{dataset}/kept/{run_prefix(dataset, run_id).removeprefix(f'logs/{dataset}/')}"


def kept_names(objects: ObjectStore, dataset: str, run_id: str, begins: str = "") -> list[str]:
    """Return the names of what is kept, those with a beginning only, in order."""
    prefix = kept_prefix(dataset, run_id)
    return [found.key.removeprefix(prefix) for found in objects.find(prefix + begins)]


def keep(objects: ObjectStore, dataset: str, run_id: str, name: str, tables: Sequence[pa.Table]) -> str:
    """Keep some tables under a name, which gets a hash of their content added; return what it is then."""
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
            writer.write_table(table)
    body = sink.getvalue()
    content = hashlib.sha256(body).hexdigest()
    named = f"{name}_{content[:16]}.arrow"
    objects.create(kept_prefix(dataset, run_id) + named, body, content)
    return named


def kept_tables(objects: ObjectStore, dataset: str, run_id: str, name: str) -> list[pa.Table]:
    """Return the tables that are kept under a name; raises as `ObjectStore.get` does."""
    source = pa.BufferReader(objects.get(kept_prefix(dataset, run_id) + name))
    tables = []
    while source.tell() < source.size():
        tables.append(pa.ipc.open_stream(source).read_all())
    return tables


def made_of(about: Iterable[object], found: Iterable[tuple[LogKey, StoredObject]]) -> str:
    """Return a name for some objects, as they are now, and for whatever else is told of how they were used."""
    digest = hashlib.sha256(repr(tuple(about)).encode())
    for _, stored in found:
        digest.update(f"\n{stored.key} {stored.etag}".encode())
    return digest.hexdigest()[:24]
