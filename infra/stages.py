"""The Lambda functions and what each may read and write; the infrastructure is generated from this list."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from mrs.contracts import STORED, dataset
from mrs.stage import Stage

MOST_MEMORY_MB = 3008
"""What a new AWS account gives a function at most; the context's `memory` gives more where the account may."""


@dataclass(frozen=True)
class StageFunction:
    """One Lambda function of the pipeline.

    Parameters
    ----------
    name
        The function's name in the state machine, e.g. `predict`.
    folder, attribute
        Where its handler is: `functions.<folder>.handler.<attribute>`.
    reads, writes
        Names of the datasets that its stage declares, and those that the harness adds.
    reads_landing, divides, reads_divided, queries, alerts, publishes, models
        Whether it reads the landing bucket, divides what landed by shard, reads what was divided, asks Athena,
        publishes alerts, says that datasets are complete, loads trained models.
    layer
        Which set of third-party packages it has beside the base: all of them together are over Lambda's size limit.
    memory_mb, timeout_s
        Size and time limit of one invocation.
    stage
        The declaration, or None for a function that runs no stage.
    """

    name: str
    folder: str
    attribute: str = "handler"
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    reads_landing: bool = False
    divides: bool = False
    reads_divided: bool = False
    queries: bool = False
    alerts: bool = False
    publishes: bool = False
    models: bool = False
    layer: str = "base"
    memory_mb: int = 2048
    timeout_s: int = 900
    stage: Stage | None = None

    @property
    def handler(self) -> str:
        """Lambda's handler string."""
        return f"functions.{self.folder}.handler.{self.attribute}"

    @property
    def watches_queues(self) -> bool:
        """Whether it counts the messages of the dead-letter queues."""
        return self.stage is not None and self.stage.watches_queues


# The harness reads and writes these for every stage.
_HARNESS_READS = ("landing_feeds_log",)
_HARNESS_WRITES = ("pipeline_health_log",)

_INGESTED = (
    "sales_timeseries_data",
    "stores_data",
    "promotions_data",
    "calendar_data",
    "context_signals_data",
    "landing_shards_log",
    "landing_feeds_log",
    "ingest_rejections_log",
)
_EDITS = ("user_edits_log", "user_minority_events_edits_log")
_BASELINE = "baseline_sales_model_prediction_log"
_ALERTS = ("ui_notifications_log", "alert_subscriptions_log", "alert_attempts_log", "alert_feedback_log")
_PEOPLES_ALERTS = ("alert_subscriptions_log", "alert_silences_log", "notification_reads_log")
_TOLD_OF = ("minority_events_log", "minority_reports", _BASELINE)
_PEOPLES_SETTINGS = ("acceptance_rules_log", "saved_views_log")


def _of_stage(
    name: str,
    folder: str = "",
    attribute: str = "handler",
    more_reads: tuple[str, ...] = (),
    more_writes: tuple[str, ...] = (),
    **sizes: Any,
) -> StageFunction:
    """Return the function of a declared stage; `more_reads`, `more_writes`: what its handler also reads or appends."""
    folder = folder or name
    stage = _declared(name, folder)
    return StageFunction(
        name,
        folder,
        attribute,
        reads=_full((*(r.name for r in stage.reads), *more_reads, *_HARNESS_READS)),
        writes=_full((*stage.writes, *more_writes, *_HARNESS_WRITES)),
        stage=stage,
        **sizes,
    )


def _declared(name: str, folder: str) -> Stage:
    module = importlib.import_module(f"functions.{folder}.handler")
    for value in vars(module).values():
        if isinstance(value, Stage) and value.name == name:
            return value
    raise LookupError(f"functions/{folder}/handler.py holds no Stage called {name!r}")


def _full(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({dataset(name).name for name in names}))


FUNCTIONS: tuple[StageFunction, ...] = (
    StageFunction("plan", "ingest", "plan", reads=_full(("demo_run_config", *_INGESTED)), reads_landing=True),
    StageFunction(
        "divide", "ingest", "divide", reads_landing=True, divides=True, layer="tables", memory_mb=MOST_MEMORY_MB
    ),
    _of_stage(
        "ingest",
        "ingest",
        "ingest",
        reads_landing=True,
        reads_divided=True,
        layer="tables",
        memory_mb=MOST_MEMORY_MB,
    ),
    _of_stage("feeds", "ingest", "feeds", more_writes=("executions_log",), memory_mb=1024),
    _of_stage("predict", "detect", "predict", layer="models", memory_mb=MOST_MEMORY_MB),
    _of_stage("detect", "detect", "detect", layer="models", memory_mb=MOST_MEMORY_MB),
    _of_stage("cluster", layer="models"),
    _of_stage("attribute", models=True),
    _of_stage("cohort"),
    _of_stage("finalise"),
    _of_stage(
        "hydrate",
        more_writes=("sales_reconciliation",),
        queries=True,
        publishes=True,
        layer="tables",
        memory_mb=MOST_MEMORY_MB,
    ),
    _of_stage(
        "notify", more_reads=("executions_log",), more_writes=("alert_attempts_log",), alerts=True, timeout_s=300
    ),
    StageFunction(
        "deliver",
        "notify",
        "deliver",
        reads=_full((*_ALERTS, *_EDITS, "demo_run_config", "executions_log", *_TOLD_OF)),
        writes=_full(("ui_notifications_log", "alert_attempts_log")),
        alerts=True,
        timeout_s=300,
    ),
    StageFunction(
        "feedback",
        "notify",
        "feedback",
        writes=_full(("alert_attempts_log", "alert_feedback_log")),
        memory_mb=512,
        timeout_s=60,
    ),
    StageFunction(
        "unsubscribe",
        "notify",
        "unsubscribe",
        reads=_full(("demo_run_config",)),
        writes=_full(("alert_feedback_log",)),
        memory_mb=512,
        timeout_s=29,
    ),
    _of_stage("worklist", "rereview", "worklist", layer="models"),
    _of_stage("recluster", "rereview", "recluster", layer="models"),
    _of_stage("repropose", "rereview", "repropose", layer="models", models=True),
    StageFunction(
        "workshop",
        "workshop",
        reads=_full(tuple(d.name for d in STORED)),
        writes=_full((*_EDITS, *_PEOPLES_ALERTS, *_PEOPLES_SETTINGS, "demo_run_config")),
        models=True,
        layer="tables",
        memory_mb=MOST_MEMORY_MB,
        timeout_s=29,
    ),
)
