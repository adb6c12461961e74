"""Which Lambda functions there are, and what each one may touch: the one list that the infrastructure is made from."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mrs.contracts import STORED, dataset
from mrs.stage import Stage


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
    reads_landing, queries, alerts, publishes, models
        Whether it reads the landing bucket, asks Athena, publishes alerts, says that datasets are complete, loads
        trained models.
    layer
        Which set of third-party packages it runs on: all of them together are over Lambda's size limit.
    memory_mb, timeout_s
        Size and time limit of one invocation.
    stage
        The declaration, where it is one stage's.
    """

    name: str
    folder: str
    attribute: str = "handler"
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    reads_landing: bool = False
    queries: bool = False
    alerts: bool = False
    publishes: bool = False
    models: bool = False
    layer: str = "models"
    memory_mb: int = 2048
    timeout_s: int = 900
    stage: Stage | None = None

    @property
    def handler(self) -> str:
        """Lambda's handler string."""
        return f"functions.{self.folder}.handler.{self.attribute}"

    @property
    def watches_queues(self) -> bool:
        """Whether it asks the dead-letter queues how much lies in them."""
        return self.stage is not None and self.stage.watches_queues


# What the shared harness reads and writes for every stage.
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
_SCORES = "anomaly_classifier_model_prediction_log"
_ALERTS = ("ui_notifications_log", "alert_subscriptions_log", "alert_attempts_log", "alert_feedback_log")
_PEOPLES_ALERTS = ("alert_subscriptions_log", "alert_silences_log", "notification_reads_log")
_HYDRATED = ("minority_reports", "minority_events_log", "attribution_ready_sales")

# Until a stage's handler is there: what it will declare.
_PLANNED: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ingest": (_INGESTED, _INGESTED),
    "predict": ((*_INGESTED[:4], _SCORES), (_BASELINE,)),
    "detect": ((*_INGESTED[:2], _BASELINE, _SCORES, "MRDL"), (_SCORES, "MRDL")),
    "cluster": (("MRDL", _BASELINE, "MRCH", "stores_data"), ("MRCL",)),
    "attribute": (("MRDL", "MRCL", _BASELINE, *_INGESTED), ("MRPAL",)),
    "cohort": (("MRDL", "MRCL", "MRPAL", "MRCH", "MELOG", *_EDITS, "stores_data"), ("MRCH", "MELOG")),
    "finalise": (("MRDL", "MRPAL", "MRCH", "MRFL", *_EDITS), ("MRFL",)),
    "hydrate": (("MRDL", "MRCL", "MRPAL", "MRCH", "MELOG", "MRFL", _BASELINE, *_EDITS, "stores_data"), _HYDRATED),
    "notify": ((*_HYDRATED, *_EDITS, "ui_notifications_log"), ("ui_notifications_log",)),
}


def _of_stage(
    name: str, folder: str = "", attribute: str = "handler", more_writes: tuple[str, ...] = (), **sizes: Any
) -> StageFunction:
    """Return the function of a declared stage; `more_writes` is what its shell appends beside the stage's output."""
    folder = folder or name
    stage = _declared(name, folder)
    reads, writes = (tuple(r.name for r in stage.reads), stage.writes) if stage else _PLANNED[name]
    writes = (*writes, *more_writes)
    return StageFunction(
        name,
        folder,
        attribute,
        reads=_full((*reads, *_HARNESS_READS)),
        writes=_full((*writes, *_HARNESS_WRITES)),
        stage=stage,
        **sizes,
    )


def _declared(name: str, folder: str) -> Stage | None:
    if not (Path(__file__).resolve().parents[1] / "functions" / folder / "handler.py").exists():
        return None
    module = importlib.import_module(f"functions.{folder}.handler")
    found = [v for v in vars(module).values() if isinstance(v, Stage) and v.name == name]
    if not found:
        raise LookupError(f"functions/{folder}/handler.py holds no Stage called {name!r}")
    return found[0]


def _full(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted({dataset(name).name for name in names}))


FUNCTIONS: tuple[StageFunction, ...] = (
    StageFunction("plan", "ingest", "plan", reads=_full(("demo_run_config", *_INGESTED)), reads_landing=True),
    _of_stage("ingest", "ingest", "ingest", reads_landing=True, memory_mb=4096),
    _of_stage("feeds", "ingest", "feeds", more_writes=("executions_log",), memory_mb=1024),
    _of_stage("predict", "detect", "predict", memory_mb=4096),
    _of_stage("detect", "detect", "detect", memory_mb=4096),
    _of_stage("cluster"),
    _of_stage("attribute", models=True),
    _of_stage("cohort"),
    _of_stage("finalise"),
    _of_stage("hydrate", queries=True, publishes=True, layer="queries", memory_mb=4096),
    _of_stage("notify", more_writes=("alert_attempts_log",), alerts=True, timeout_s=300),
    StageFunction(
        "deliver",
        "notify",
        "deliver",
        reads=_full((*_ALERTS, "demo_run_config", "minority_events_log", "minority_reports", _BASELINE)),
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
    _of_stage("worklist", "rereview", "worklist"),
    _of_stage("recluster", "rereview", "recluster"),
    _of_stage("repropose", "rereview", "repropose", models=True),
    StageFunction(
        "workshop",
        "workshop",
        reads=_full(tuple(d.name for d in STORED)),
        writes=_full((*_EDITS, *_PEOPLES_ALERTS, "demo_run_config")),
        models=True,
        layer="queries",
        memory_mb=3072,
        timeout_s=29,
    ),
)
