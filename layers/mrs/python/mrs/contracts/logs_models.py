"""The logs that the models write: predictions, reports, clusters, causes, cohorts."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime

from pydantic import Field

from mrs.contracts.dataset import Dataset
from mrs.contracts.governance import AboutReport, Governed, ModelOutput


class BaselinePrediction(ModelOutput, Governed):
    """What a store was expected to sell on a date, from what was known before that date."""

    store_id: str = Field(description="The store.")
    date: Date = Field(description="Local business date.")
    observed_sales: float | None = Field(description="Sales over all categories; null: no data.")
    expected_sales: float = Field(description="Expected sales.")
    expected_low: float = Field(description="Lower end of the 90 % interval.")
    expected_high: float = Field(description="Upper end of the 90 % interval.")
    residual_z: float | None = Field(
        description="Deviation on the log scale in units of its usual spread; null: no data."
    )
    level_since: Date | None = Field(
        description="First day of the lasting change of level that the expectation stands on; null: none."
    )
    as_before: float | None = Field(
        description="By how much more (natural log) the whole chain would sell than expected if it stood out as it "
        "last did on a day of the same name, a month or a year before; null: it did not stand out."
    )
    promotion_code: int | None = Field(
        description="A number that stores share where the same promotions of the TPO calendar run or ended in the last "
        "three days; null: none."
    )
    promotion_spread: float | None = Field(
        description="How far (natural log) what was expected of these promotions is usually off in all their stores; "
        "null: none."
    )


class AnomalyPrediction(ModelOutput, Governed):
    """How likely a store's date is anomalous."""

    store_id: str = Field(description="The store.")
    date: Date = Field(description="Local business date.")
    anomaly_score: float = Field(description="Calibrated probability, 0 to 1.")
    direction: str = Field(description="`up` or `down`.")
    is_anomalous: bool = Field(description="Whether the score passed the threshold that was in force.")


class DetectorCalibration(ModelOutput, Governed):
    """What detection has learned from the chain's own past, in force from its tick on."""

    calibrated_before: Date = Field(description="The first business date that it did not look at.")
    stores: int = Field(description="Stores that it was learned from.")
    days: int = Field(description="Days of the past that it was learned from.")
    planted_store_days: int = Field(description="Store-days into which an event was planted, over all plantings.")
    natural_share: float = Field(description="Share of open store-days that reports may cover though nothing happened.")
    open_score: float = Field(
        description="Probability from which a day opens a report, where one store-day in twenty has an event; where "
        "more have one, scores and this rise together."
    )
    carry_on_score: float = Field(description="Probability that carries a report on, likewise.")
    learned: str | None = Field(
        description="JSON: the trees, if there were days enough for any, and the map to a probability; null if the "
        "past is too short: what ships holds."
    )
    expected: str = Field(description="JSON: what to expect here: found by size of effect, natural reports, delay.")


class MinorityReportDetected(AboutReport, ModelOutput, Governed):
    """A report in a tick in which it is open, ongoing or closes."""

    report_id: str = Field(description="sha256(store_id || first_detected_at).")
    store_id: str = Field(description="The store.")
    first_detected_at: datetime = Field(description="The first anomalous business date, at 00:00:00.")
    last_detected_at: datetime = Field(description="The last anomalous business date so far, at 00:00:00.")
    direction: str = Field(description="`up` or `down`.")
    observed_sales: float = Field(description="Sum of sales over the episode so far.")
    expected_sales: float = Field(description="Sum of expected sales over the episode so far.")
    sales_delta: float = Field(description="Observed minus expected, over the episode so far.")
    peak_z: float = Field(description="The residual_z of the largest size in the episode, signed.")
    anomaly_score: float = Field(description="Calibrated probability that the episode is anomalous, 0 to 1.")
    affected_categories: list[str] | None = Field(
        description="The categories that carry the deviation; null: not split."
    )
    data_quality: str | None = Field(
        description="The fault of the data that was seen (`missing`, `zero_while_open`, ...); null: none."
    )
    lasting_since: Date | None = Field(
        description="Where sales stayed at a new level, that is expected by now: the first day of it; null: none such."
    )


class MinorityReportClustered(AboutReport, ModelOutput, Governed):
    """Which cluster a report is in at a tick, and how alike it is to it."""

    report_id: str = Field(description="The report.")
    cluster_id: str = Field(description="sha256 over the run, the tick and the sorted members.")
    is_noise: bool = Field(description="Whether the report stands alone.")
    similarity: float = Field(description="Similarity to its cluster, 0 to 1.")
    nearest_report_id: str | None = Field(description="The most similar other report; null: none near.")
    temporal_similarity: float = Field(description="Overlap in time, 0 to 1.")
    spatial_similarity: float | None = Field(description="Nearness, 0 to 1; null: place not known.")
    shape_similarity: float = Field(description="Likeness of the course of the deviation, 0 to 1.")
    magnitude_similarity: float = Field(description="Likeness of the size, 0 to 1.")
    rereview_id: str | None = Field(description="The rereview that wrote the row; null: the daily run.")


class ProposedAttribution(AboutReport, ModelOutput, Governed):
    """One candidate cause of a report at a tick."""

    report_id: str = Field(description="The report.")
    cluster_id: str | None = Field(description="The report's cluster at the tick.")
    cause: str = Field(description="The candidate cause.")
    rank: int = Field(description="1: the proposed cause; then the others, the likeliest first.")
    confidence: float = Field(description="Calibrated probability; the candidates of a report sum to 1.")
    is_unseen: bool | None = Field(
        description="Whether the feed that could show the cause is absent, so that it is not proposed, however likely "
        "it is; null: from before this was kept."
    )
    began_at: Date | None = Field(
        description="The day by which the event had begun at the store as probably as not, the report's first day at "
        "the latest; null: from before this was kept."
    )
    evidence: str = Field(description="JSON: each signal with its value, usual range and weight, and a sentence.")
    rereview_id: str | None = Field(description="The rereview that wrote the row; null: the daily run.")


class MinorityReportCohorted(AboutReport, ModelOutput, Governed):
    """Which cohort (Minority Event) a report belongs to at a tick."""

    report_id: str = Field(description="The report.")
    report_group_id: str = Field(description="The cohort that the report first joined.")
    joined_at: Date = Field(description="The tick in which it joined.")
    membership_score: float = Field(description="How surely it belongs there, 0 to 1.")
    merged_into: str | None = Field(description="The older cohort that has absorbed this one; null: it stands.")


class MinorityEvent(AboutReport, Governed):
    """A Minority Event, registered once, in the tick in which its cohort first exists."""

    report_group_id: str = Field(description="sha256(founding report_id || its first_detected_at).")
    founding_report_id: str = Field(description="The report that the event is named after.")
    first_detected_at: datetime = Field(description="The founding report's first anomalous date.")
    direction: str = Field(description="`up` or `down`.")
    founding_region: str | None = Field(description="Region of the founding report's store.")


MODEL_LOGS = (
    Dataset(
        "baseline_sales_model_prediction_log",
        BaselinePrediction,
        ("store_id", "date", "tick"),
        supersedes=("tick",),
        by_shard=True,
    ),
    Dataset(
        "anomaly_classifier_model_prediction_log",
        AnomalyPrediction,
        ("store_id", "date", "tick"),
        supersedes=("tick",),
        by_shard=True,
    ),
    Dataset("detector_calibration_log", DetectorCalibration, ("calibrated_before",)),
    Dataset(
        "minority_reports_detected_log",
        MinorityReportDetected,
        ("report_id", "tick"),
        supersedes=("tick",),
        by_shard=True,
        short="MRDL",
    ),
    Dataset("minority_reports_clustered_log", MinorityReportClustered, ("report_id", "tick"), short="MRCL"),
    Dataset(
        "minority_reports_proposed_attribution_log",
        ProposedAttribution,
        ("report_id", "tick", "cause"),
        supersedes=("report_id", "tick"),
        short="MRPAL",
    ),
    Dataset("minority_reports_cohorted_log", MinorityReportCohorted, ("report_id", "tick"), short="MRCH"),
    Dataset("minority_event_log", MinorityEvent, ("report_group_id",), short="MELOG"),
)
