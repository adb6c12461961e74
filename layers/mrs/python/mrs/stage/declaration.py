"""What a stage declares: the datasets it reads and writes, and the landing feeds without which it is degraded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import pyarrow as pa

from mrs.contracts import Dataset, Kind, dataset
from mrs.stage.context import StageContext


@dataclass(frozen=True)
class Pieces:
    """An input that is too large for one table: it is read and run piece by piece, before all that is whole.

    What a piece gives of the dataset that it is for is appended at once. What it gives beside that waits for the end.

    Parameters
    ----------
    read
        What reads each piece, as the tables that `run` is given, by the part of the key that its output gets.
    """

    read: Mapping[str, Callable[[], Mapping[str, pa.Table]]]


Tables = Mapping[str, pa.Table]
StageFunction = Callable[[Tables, Sequence[date], Any], dict[str, pa.Table]]
Loader = Callable[[StageContext], Mapping[str, "pa.Table | Pieces"]]
Keeper = Callable[[StageContext, Tables], None]
KEPT = "kept: "
"""What the name of a table begins with that `run` gives for later ticks, and that is no dataset's."""


MADE_BY = frozenset({"run_id", "model_name", "model_version", "config_hash", "is_degraded", "degraded_inputs"})
"""What a bare read leaves out."""


class Span(StrEnum):
    """Which ticks of a dataset a stage reads."""

    TICKS = "ticks"
    BEFORE = "before"
    UNTIL = "until"


@dataclass(frozen=True)
class Read:
    """One dataset that a stage reads.

    Parameters
    ----------
    name
        The dataset, by its full or short name.
    span
        The ticks of the execution, all before them, or both.
    days
        Read at most so many days before the first tick; None to read from the beginning.
    sharded
        Only the stores of the execution's shard, and what is of no store.
    by_loader
        Read by the stage's own loader, with filters of its own or through Athena, rather than by the harness.
    rereview
        The rows of the execution's rereview count too, over those of the daily run.
    bare
        Without the columns that say which run, model and settings made a row: half of what a long log weighs.
    only
        These columns only, beside the key and what tells which row is in force; empty: all.
    settled_by
        For logs that people write: the output dataset whose newest write shows which of their rows earlier ticks have
        applied. Rows not yet applied take effect in the execution's first tick. None if rows count at their own tick.
    """

    name: str
    span: Span = Span.TICKS
    days: int | None = None
    sharded: bool = False
    by_loader: bool = False
    rereview: bool = False
    bare: bool = False
    only: tuple[str, ...] = ()
    settled_by: str | None = None

    @property
    def dataset(self) -> Dataset:
        """The declared dataset."""
        return dataset(self.name)

    @property
    def without(self) -> frozenset[str]:
        """The columns that are not read; what was observed never is: another time it would be something else."""
        ds = self.dataset
        if not self.only:
            return ds.observed | (MADE_BY if self.bare else frozenset())
        needed = {*self.only, *ds.key, *ds.newest_by, "tick", "written_at", "rereview_id"} - ds.observed
        return frozenset(c.name for c in ds.columns) - needed


@dataclass(frozen=True)
class Stage:
    """One stage of the pipeline.

    Parameters
    ----------
    name
        As in the overview; also the name in health and logs.
    reads, writes
        The datasets, from which come reading, appending, IAM policies and the lineage graph.
    run
        The pure function from tables, ticks and settings to tables.
    settings
        The field of `Settings` that is this stage's.
    feeds
        Landing datasets whose absence degrades what the stage writes.
    load
        Reads what the harness does not: landing files, Athena queries. Part of the shell, never of `run`. What it hands
        over as `Pieces` comes to `run` by itself, one piece a call.
    ticks_apart
        Whether no tick's rows depend on the other ticks of a call: some of the ticks may be run by themselves.
    per_tick
        False for a stage that speaks once for the last tick of an execution (hydrate, notify).
    watches_queues
        Whether its health says how many messages lie in the dead-letter queues.
    keep
        Keeps what `run` gave beside its datasets, under names that begin with `KEPT`, once all is appended: what a
        later tick would have to work out again from the logs.
    compacts
        Logs that people write and no stage does: this one compacts them, beside what it writes itself.
    """

    name: str
    reads: tuple[Read, ...]
    writes: tuple[str, ...]
    run: StageFunction
    settings: str
    feeds: tuple[str, ...] = ()
    load: Loader | None = None
    ticks_apart: bool = False
    per_tick: bool = True
    watches_queues: bool = False
    compacts: tuple[str, ...] = ()
    keep: Keeper | None = None

    @property
    def compacted(self) -> tuple[Dataset, ...]:
        """The logs of which the stage makes compacted parts."""
        return (*(ds for ds in self.outputs if ds.kind is Kind.LOG), *(dataset(name) for name in self.compacts))

    @property
    def outputs(self) -> tuple[Dataset, ...]:
        """The declared datasets that the stage writes."""
        return tuple(dataset(name) for name in self.writes)
