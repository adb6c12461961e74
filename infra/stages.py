"""Which Lambda functions there are, and what each one may touch: the one list that the infrastructure is made from."""

from __future__ import annotations

from dataclasses import dataclass


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
        Names of the datasets that its stage declares.
    reads_landing, queries, alerts
        Whether it reads the landing bucket, asks Athena, publishes alerts.
    memory_mb, timeout_s
        Size and time limit of one invocation.
    """

    name: str
    folder: str
    attribute: str = "handler"
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    reads_landing: bool = False
    queries: bool = False
    alerts: bool = False
    memory_mb: int = 2048
    timeout_s: int = 900

    @property
    def handler(self) -> str:
        """Lambda's handler string."""
        return f"functions.{self.folder}.handler.{self.attribute}"

    @property
    def layer(self) -> str:
        """Which set of third-party packages it runs on: all of them together are over Lambda's size limit."""
        return "queries" if self.queries else "models"


_INGESTED = (
    "sales_timeseries_data",
    "stores_data",
    "promotions_data",
    "calendar_data",
    "context_signals_data",
    "landing_feeds_log",
    "ingest_rejections_log",
)
_HEALTH = ("pipeline_health_log",)
_EDITS = ("user_edits_log", "user_minority_events_edits_log")
_BASELINE = ("baseline_sales_model_prediction_log",)
_SCORES = ("anomaly_classifier_model_prediction_log",)
_MRDL = ("minority_reports_detected_log",)
_MRCL = ("minority_reports_clustered_log",)
_MRPAL = ("minority_reports_proposed_attribution_log",)
_MRCH = ("minority_reports_cohorted_log",)
_MELOG = ("minority_event_log",)
_MRFL = ("minority_reports_finalised_log",)
_HYDRATED = ("minority_reports", "minority_events_log", "attribution_ready_sales")

FUNCTIONS: tuple[StageFunction, ...] = (
    StageFunction("plan", "ingest", "plan", reads=("demo_run_config", *_INGESTED), reads_landing=True),
    StageFunction("ingest", "ingest", "ingest", reads=_INGESTED, writes=(*_INGESTED, *_HEALTH), reads_landing=True),
    StageFunction(
        "predict",
        "detect",
        "predict",
        reads=(*_INGESTED[:4], *_SCORES),
        writes=(*_BASELINE, *_HEALTH),
        memory_mb=4096,
    ),
    StageFunction(
        "detect",
        "detect",
        "detect",
        reads=(*_INGESTED[:2], *_BASELINE, *_SCORES, *_MRDL),
        writes=(*_SCORES, *_MRDL, *_HEALTH),
        memory_mb=4096,
    ),
    StageFunction("cluster", "cluster", reads=(*_MRDL, *_BASELINE, *_MRCH, "stores_data"), writes=(*_MRCL, *_HEALTH)),
    StageFunction(
        "attribute", "attribute", reads=(*_MRDL, *_MRCL, *_BASELINE, *_INGESTED), writes=(*_MRPAL, *_HEALTH)
    ),
    StageFunction(
        "cohort",
        "cohort",
        reads=(*_MRDL, *_MRCL, *_MRPAL, *_MRCH, *_MELOG, *_EDITS, "stores_data"),
        writes=(*_MRCH, *_MELOG, *_HEALTH),
    ),
    StageFunction(
        "finalise", "finalise", reads=(*_MRDL, *_MRPAL, *_MRCH, *_MRFL, *_EDITS), writes=(*_MRFL, *_HEALTH)
    ),
    StageFunction(
        "hydrate",
        "hydrate",
        reads=(*_MRDL, *_MRCL, *_MRPAL, *_MRCH, *_MELOG, *_MRFL, *_BASELINE, *_EDITS, *_INGESTED),
        writes=(*_HYDRATED, *_HEALTH),
        queries=True,
        memory_mb=4096,
    ),
    StageFunction(
        "notify",
        "notify",
        reads=(*_HYDRATED, *_EDITS, "ui_notifications_log"),
        writes=("ui_notifications_log", *_HEALTH),
        alerts=True,
        timeout_s=300,
    ),
)
