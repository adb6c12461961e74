"""Dividing what landed: each file is decoded once, and laid out so that a shard reads its own rows of it alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.landing.decode import Decoded, decode
from mrs.landing.divided import divide, divided_key, groups_of, own_part
from mrs.landing.faults import Faults
from mrs.landing.files import by_dataset
from mrs.landing.landed_files import LandedFiles, landed_objects
from mrs.landing.mapping import FILE as MAPPING
from mrs.landing.mapping import LandingMapping, mapping_of
from mrs.landing.shard_filter import OwnRows
from mrs.stage import TickEvent
from mrs.store.log_store import Shard
from mrs.store.objects import ObjectStore, StoredObject, in_parallel


def divide_landing(environment: Environment, event: TickEvent) -> str | None:
    """Divide the event's group of the landing files, unless that was done before; return the key of what is made.

    A file that cannot be read is left out: the shards read it themselves, and say what is wrong with it. None where the
    landing has fewer groups than when it was counted.
    """
    bucket, results = environment.landing(), environment.results()
    found = landed_objects(bucket, event.landing)
    groups = groups_of(found)
    if event.group >= len(groups):
        return None
    key = divided_key(groups[event.group], found, event.shards)
    if not list(results.find(key.removesuffix(".arrow"))):
        dataset_of, mapping = _about(bucket, found)
        group = [name for name in groups[event.group] if name in dataset_of]
        files = LandedFiles(bucket, {name: found[name] for name in group})
        body = divide(_decoded(files, dataset_of, mapping), event.shards)
        results.create(key, body, hashlib.sha256(key.encode()).hexdigest())
    return key


def own_files(environment: Environment, event: TickEvent, found: Mapping[str, StoredObject]) -> dict[str, Decoded]:
    """Return the landed files of which a shard's rows lie decoded, of several shards; the others are to be read."""
    if event.shards == 1:
        return {}
    results = environment.results()
    keys = [divided_key(group, found, event.shards) for group in groups_of(found)]
    parts = in_parallel(lambda key: own_part(results, key, event.shard), keys)
    return {file: decoded for part in parts for file, decoded in part.items()}


def _about(bucket: ObjectStore, found: Mapping[str, StoredObject]) -> tuple[dict[str, str], LandingMapping]:
    """Return of which dataset each landing file is, and how the files are to be read."""
    mapping = mapping_of({MAPPING: bucket.get(found[MAPPING].key)} if MAPPING in found else {})
    of_datasets, _ = by_dataset(found, mapping)
    return {file: name for name, files in of_datasets.items() for file in files}, mapping


def _decoded(
    files: LandedFiles, dataset_of: Mapping[str, str], mapping: LandingMapping
) -> Iterator[tuple[str, Decoded]]:
    for file, body in files.items():
        name = dataset_of[file]
        raw = decode(file, body, dataset(name).columns, Faults(), OwnRows(Shard()), mapping.of(name))
        if raw is not None:
            yield file, Decoded(raw, hashlib.sha256(body).hexdigest())
