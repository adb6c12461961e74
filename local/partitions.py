"""Registers the partitions that a bucket's objects imply, as `MSCK REPAIR TABLE` does: Glue's own are not kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.glue.models import glue_backends

from local.clients import REGION


def repair(database: str, keys: Iterable[str]) -> int:
    """Register every partition of the database's tables that one of these keys lies in; return how many.

    Parameters
    ----------
    database
        The Glue database; its tables lie in one bucket, each in a folder of its own.
    keys
        The keys of the bucket's objects: `<table's folder>/<key>=<value>/…/<file>`.
    """
    tables = {_prefix(t): t for t in glue_backends[DEFAULT_ACCOUNT_ID][REGION].get_tables(database, None)}
    folders = defaultdict(set)
    for key in keys:
        head, found, _ = key.partition("/run_id=")
        if found and f"{head}/" in tables:
            folders[f"{head}/"].add(key.rpartition("/")[0] + "/")
    for prefix, partitions in folders.items():
        for folder in sorted(partitions):
            _register(tables[prefix], folder, prefix)
    return sum(len(partitions) for partitions in folders.values())


def _register(table: Any, folder: str, prefix: str) -> None:
    storage = table.get_version("1")["StorageDescriptor"]
    location = f"{storage['Location']}{folder.removeprefix(prefix)}"
    values = [unquote(part.partition("=")[2]) for part in folder.removeprefix(prefix).strip("/").split("/")]
    table.create_partition({"Values": values, "StorageDescriptor": {**storage, "Location": location}})


def _prefix(table: Any) -> str:
    location: str = table.get_version("1")["StorageDescriptor"]["Location"]
    return location.removeprefix("s3://").partition("/")[2]
