"""A dataset, declared once: its rows, its key, and which of its rows is in force."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import pyarrow as pa
from pydantic import BaseModel

from mrs.contracts.columns import Column, columns_of
from mrs.contracts.governance import STAMPED

PARTITION_KEYS = ("run_id", "tick")


class Kind(StrEnum):
    """What a dataset is: an input, an append-only log, or the hydrated current state."""

    LANDING = "landing"
    LOG = "log"
    HYDRATED = "hydrated"


@dataclass(frozen=True, eq=False)
class Dataset:
    """One dataset of the contract.

    Parameters
    ----------
    name
        Name of the dataset, of its folder in the log bucket and of its Glue table.
    row
        The typed row model; its docstring says what one row is.
    key
        The columns that identify a row among those of one write.
    supersedes
        The group in which the newest `written_at` wins. `("tick",)`: a write is the whole answer for its tick, and a
        newer one replaces it; the key: a newer row replaces the row of the same key.
    by_people
        Written when people act rather than when a tick is processed: what comes after a tick's write takes effect in
        the next tick.
    by_shard
        Written once in each shard of an execution, rather than once for all of them.
    kind, short
        Input, log or hydrated dataset; the overview's short name, if it has one.
    """

    name: str
    row: type[BaseModel]
    key: tuple[str, ...]
    supersedes: tuple[str, ...] = ()
    by_people: bool = False
    by_shard: bool = False
    kind: Kind = Kind.LOG
    short: str | None = None

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """All columns, the partition keys included."""
        return columns_of(self.row)

    @cached_property
    def description(self) -> str:
        """What one row is, in a sentence."""
        return " ".join((self.row.__doc__ or "").split())

    @cached_property
    def schema(self) -> pa.Schema:
        """Arrow schema of a table in memory: every column, the partition keys included."""
        return pa.schema([pa.field(c.name, c.arrow_type, nullable=True) for c in self.columns])

    @cached_property
    def file_schema(self) -> pa.Schema:
        """Arrow schema of the Parquet files: without the partition keys, which the path holds."""
        return pa.schema([f for f in self.schema if f.name not in PARTITION_KEYS])

    @cached_property
    def stage_schema(self) -> pa.Schema:
        """Arrow schema of a stage's output: every column but those that the harness stamps."""
        return pa.schema([f for f in self.schema if f.name not in STAMPED])

    @cached_property
    def observed(self) -> frozenset[str]:
        """The columns that were observed, not derived: no part of the content, and no stage reads them."""
        return frozenset(c.name for c in self.columns if c.observed)

    @cached_property
    def newest_by(self) -> tuple[str, ...]:
        """The columns of the group in which the newest `written_at` is in force."""
        return self.supersedes or self.key

    @cached_property
    def is_snapshot(self) -> bool:
        """Whether one write is the whole answer for its tick."""
        return self.newest_by == ("tick",)

    @cached_property
    def has_rereviews(self) -> bool:
        """Whether it holds rows of rereviews beside those of the daily run."""
        return any(c.name == "rereview_id" and c.nullable for c in self.columns)

    def empty(self) -> pa.Table:
        """Return a table of this dataset without rows."""
        return self.schema.empty_table()
