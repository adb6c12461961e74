"""Landing files as tables: every dataset in its contract's columns, with the file and row that each row came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import dataset
from mrs.errors import LandingError
from mrs.landing.faults import Faults
from mrs.landing.files import SALES, by_dataset
from mrs.landing.mapping import FILE as MAPPING_FILE
from mrs.landing.mapping import PLAIN, read_mapping
from mrs.landing.merge import merged
from mrs.landing.rejected import SCHEMA as REJECTED_SCHEMA
from mrs.landing.rejected import Rejected
from mrs.landing.rows import read_rows
from mrs.landing.shard_filter import OwnRows
from mrs.store.log_store import Shard

REJECTIONS = "landing/rejections"
FILES = "landing/files"
FILES_SCHEMA = pa.schema([("feed", pa.string()), ("file", pa.string()), ("rows", pa.int64())])


def landed(name: str) -> str:
    """Return the name under which the usable rows of a landing dataset are handed on."""
    return f"landing/{name}"


@dataclass(frozen=True)
class Landing:
    """What was landed.

    Parameters
    ----------
    tables
        `landed(name)` → usable rows of each dataset that has files: the contract's columns, `file` and `row_number`
        (and `is_imputed` for sales); `REJECTIONS` → the bad rows; `FILES` → each feed's files as `name@sha256`,
        which the first shard names for all, and the rows in them.
    notes
        What a person should know and nothing stops for: unknown files, extra columns, corrected rows.
    """

    tables: Mapping[str, pa.Table]
    notes: Sequence[str]


def read_landing(files: Mapping[str, bytes], shard: Shard | None = None) -> Landing:
    """Read every landing file.

    Parameters
    ----------
    files
        Bytes by the file's name below the landing folder; each is asked for once, the mapping first, then in the order
        of datasets and files.
    shard
        Keep the rows of its stores only; those of no store are the first shard's. None: all.

    Raises
    ------
    LandingError
        Listing every wrong header, unreadable file and unknown column type; or if no sales row is usable, which one
        shard of several cannot say.
    """
    mapping = read_mapping(files.get(MAPPING_FILE))
    found, notes = by_dataset(files, mapping)
    own, faults = OwnRows(shard or Shard()), Faults()
    tables: dict[str, pa.Table] = {}
    rejections, listed = [], []
    for name in sorted(found):
        rejected, how = Rejected(name), mapping.get(name, PLAIN)
        pieces = []
        for file in found[name]:
            body = files[file]
            piece = read_rows(dataset(name), file, body, rejected, faults, notes, own, how)
            if piece is not None:
                pieces.append(piece)
                named = f"{file}@{hashlib.sha256(body).hexdigest()}" if own.are_first else None
                listed.append((name, named, piece.rows))
        if not faults.lines:
            tables[landed(name)] = merged(dataset(name), pieces, rejected, notes, faults, how, own.are_all)
        rejections.append(rejected.table())
    faults.stop()
    tables[REJECTIONS] = pa.concat_tables([REJECTED_SCHEMA.empty_table(), *rejections])
    tables[FILES] = pa.table([list(c) for c in zip(*listed, strict=True)], schema=FILES_SCHEMA)
    if own.are_all and tables[landed(SALES)].num_rows == 0:
        why = _first_reason(tables[REJECTIONS])
        raise LandingError(f"{', '.join(found[SALES])}: no usable row; at least one is needed{why}")
    return Landing(tables, notes)


def _first_reason(rejections: pa.Table) -> str:
    """Return why the first sales row was rejected, for a message; empty where there was no row at all."""
    of_sales = rejections.filter(pc.equal(rejections["dataset"], SALES))
    if not of_sales.num_rows:
        return ""
    row = of_sales.slice(0, 1).to_pylist()[0]
    return f"; first: row {row['row_number']} {row['column'] or ''} {row['reason']}".replace("  ", " ")
