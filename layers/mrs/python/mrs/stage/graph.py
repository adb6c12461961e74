"""The steps of the pipeline in order: infrastructure, dashboard, health, CLI and benchmarks read this one list."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class When(StrEnum):
    """At which point of an execution a step runs."""

    BEFORE = "before"
    """Once, before the chunks of ticks."""
    CHUNK = "chunk"
    """Once in each chunk of ticks."""
    AFTER = "after"
    """Once, for the last tick of the execution."""


@dataclass(frozen=True)
class Step:
    """One step of the daily pipeline.

    Parameters
    ----------
    name
        Name of the function, of its stage, in health and in logs.
    folder
        Its folder below `functions/`.
    when
        At which point of an execution it runs.
    sharded
        Whether it runs once in each shard of the stores.
    grouped
        Whether it runs once for each group of landing files, which of one shard are none.
    is_stage
        False for a step that only prepares what the stages read: it writes no log and has no health.
    """

    name: str
    folder: str
    when: When
    sharded: bool = False
    grouped: bool = False
    is_stage: bool = True


PIPELINE: tuple[Step, ...] = (
    Step("plan", "ingest", When.BEFORE, is_stage=False),
    Step("divide", "ingest", When.BEFORE, grouped=True, is_stage=False),
    Step("ingest", "ingest", When.BEFORE, sharded=True),
    Step("feeds", "ingest", When.BEFORE),
    Step("predict", "detect", When.CHUNK, sharded=True),
    Step("detect", "detect", When.CHUNK, sharded=True),
    Step("cluster", "cluster", When.CHUNK),
    Step("attribute", "attribute", When.CHUNK),
    Step("cohort", "cohort", When.CHUNK),
    Step("finalise", "finalise", When.CHUNK),
    Step("hydrate", "hydrate", When.AFTER),
    Step("notify", "notify", When.AFTER),
)
"""The daily run and the backfill."""
STAGES: tuple[str, ...] = tuple(step.name for step in PIPELINE if step.is_stage)
"""The stages of the daily run, in order: those that have a row in `pipeline_health_log`."""
SHARDED: tuple[str, ...] = tuple(step.name for step in PIPELINE if step.sharded)
REFRESH: tuple[str, ...] = ("cohort", "finalise", "hydrate")
"""The stages that take over people's edits between two ticks."""
REREVIEW: tuple[str, ...] = ("worklist", "recluster", "repropose")
"""The steps of a rereview: everything downstream of detection that is judged again."""


def steps(when: When) -> tuple[Step, ...]:
    """Return the steps that run at one point of an execution, in order."""
    return tuple(step for step in PIPELINE if step.when is when)
