"""What can be tuned: one frozen class a stage, hashed into `config_hash`, overridden by an execution's `config`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from mrs.contracts import Cause
from mrs.errors import BadInputError

WITHOUT_FEED = (Cause.STORE_DISRUPTION, Cause.DATA_QUALITY, Cause.UNKNOWN)
"""Causes that sales alone tell."""


class StageSettings(BaseModel):
    """Base of every stage's settings: frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    def config_hash(self) -> str:
        """Return the SHA-256 of these settings as canonical JSON."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


class IngestSettings(StageSettings):
    """How landing files are read."""

    stale_after_days: int = Field(default=7, ge=1, description="A daily feed older than this counts as missing.")
    max_days_ahead: int = Field(
        default=1827, ge=1, description="A row dated further after the tick than this is rejected: its date is a slip."
    )


class DetectSettings(StageSettings):
    """How sales are expected and deviations judged."""

    baseline_model: str = Field(default="seasonal_ridge", description="Registered name of the BaselineModel.")
    anomaly_model: str = Field(default="pooled_evidence", description="Registered name of the AnomalyClassifier.")
    refit_days: int = Field(default=28, ge=1, le=28, description="Days between two fits, counted since 1970-01-01.")
    least_history_days: int = Field(default=7, ge=2, description="Trading days that a store's expectation needs.")
    cold_start_days: int = Field(
        default=28, ge=1, le=60, description="Days with an expectation before a store may raise a report."
    )
    natural_share: float = Field(
        default=0.005,
        gt=0,
        le=0.1,
        description="Share of open store-days that may be in reports though nothing happened.",
    )
    calibrate: bool = Field(default=True, description="Learn from events planted into the chain's own past.")
    open_score: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Probability from which a day opens a report; null: as natural_share asks.",
    )
    carry_on_score: float | None = Field(
        default=None, gt=0, lt=1, description="Probability that carries a report on; null: two thirds of the other."
    )
    close_after_days: int = Field(default=3, ge=1, le=28, description="Quiet or closed days after which it closes.")
    neighbour_stores: int = Field(
        default=8192, ge=1, description="Reference stores, evidence for all others; a fixed sample."
    )
    missing_after_days: int = Field(
        default=3,
        ge=1,
        le=14,
        description="Trading days without data after which a store is reported; two where several stop at once.",
    )


class ClusterSettings(StageSettings):
    """How reports are grouped within a tick."""

    similarity_model: str = Field(default="weighted", description="Registered name of the SimilarityModel.")
    least_similarity: float = Field(
        default=0.6, gt=0, lt=1, description="From this probability of being one event on, two reports are neighbours."
    )


class AttributeSettings(StageSettings):
    """How causes are proposed."""

    cause_model: str = Field(default="evidence", description="Registered name of the CauseModel.")
    cause_model_version: str = Field(default="default", description="Version of its trained parameters.")
    least_confidence: float = Field(
        default=0.01, ge=0, lt=0.05, description="A cause below this probability is not a candidate."
    )
    neighbour_stores: int = Field(
        default=8192, ge=1, description="Reference stores, and weighed reports of one event; of more, a sample."
    )
    unseen_shares: dict[Cause, Annotated[float, Field(ge=0, lt=1)]] = Field(
        default={},
        description="By cause, its share of what nothing seen explains while its feed is absent, such as "
        '{"paid_campaign": 0.3}; of a cause that is not named, as learned. `unknown` is named all the same.',
    )

    @field_validator("unseen_shares")
    @classmethod
    def _have_a_feed(cls, shares: dict[Cause, float]) -> dict[Cause, float]:
        without = [str(cause) for cause in shares if cause in WITHOUT_FEED]
        if without:
            raise ValueError(f"{', '.join(without)} is told by sales alone, so no feed of it can be absent")
        return shares


class CohortSettings(StageSettings):
    """How clusters become events that last."""

    join_share: float = Field(
        default=0.3, gt=0, le=1, description="Share of an event's live reports that makes their cluster the event's."
    )
    absorb_share: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="Share of the live reports of two events in one cluster that makes them one.",
    )


class FinaliseSettings(StageSettings):
    """How edits and model output are merged."""


class HydrateSettings(StageSettings):
    """What the hydrated datasets hold."""

    window_days: int = Field(
        default=400, ge=1, le=686, description="How far back attribution_ready_sales reaches, to a Monday."
    )
    report_half_days: float = Field(
        default=1.0, gt=0, description="Days of a store's normal sales at stake that give a report half its severity."
    )
    event_half_store_days: float = Field(
        default=3.0, gt=0, description="Store-days of normal sales at stake that give an event half its severity."
    )


class NotifySettings(StageSettings):
    """When an alert is due, and how it is sent."""

    severity_threshold: float = Field(
        default=0.9, ge=0, le=1, description="The alert topic hears of events from this severity on."
    )
    high_impact_causes: tuple[str, ...] = Field(
        default=("competitor_stockout", "viral"), description="Alert for these causes at any severity."
    )
    high_impact_confidence: float = Field(
        default=0.5, ge=0, le=1, description="How sure a high-impact cause must be to alert by itself."
    )
    severity_steps: tuple[float, ...] = Field(
        default=(0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98),
        description="An alerted event that reaches a higher one of these has become worse by a step.",
    )
    send_in_modes: tuple[str, ...] = Field(
        default=("daily",), description="Executions that send; in all others alerts are logged as suppressed."
    )
    bundle_above: int = Field(
        default=5, ge=1, description="More mails than this to one address in one run become a single mail."
    )
    digest_at: str = Field(
        default="08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Local time of a digest without its own."
    )
    catch_up_days: int = Field(
        default=7, ge=1, description="How far back ticks that were never notified are caught up."
    )
    retry_days: int = Field(default=7, ge=1, description="How long a failed alert is tried again.")
    echo_minutes: int = Field(
        default=15, ge=1, description="After so long without the service's word, an unclear send counts as not sent."
    )
    chart_days: int = Field(default=42, ge=7, le=400, description="Days of sales that a mail's chart shows.")
    workshop_url: str = Field(default="https://workshop.example.com", description="Where links to events lead.")


class Selection(StageSettings):
    """Which reports a rereview is about: those that fit every condition that is set."""

    report_ids: tuple[str, ...] | None = Field(default=None, description="Only these reports.")
    event_ids: tuple[str, ...] | None = Field(default=None, description="Only members of these events.")
    causes: tuple[str, ...] | None = Field(default=None, description="Only these causes in force.")
    statuses: tuple[str, ...] | None = Field(default=None, description="Only these statuses.")
    regions: tuple[str, ...] | None = Field(default=None, description="Only these regions.")
    first: date | None = Field(default=None, description="Not over before this business date.")
    last: date | None = Field(default=None, description="Begun by this business date.")
    confidence_below: float | None = Field(default=None, description="Only where the model is less sure than this.")
    degraded: bool = Field(default=False, description="Only those made while an input was missing.")
    model_older_than: str | None = Field(
        default=None, description="Only those attributed by a cause model version that came into use before this one."
    )


class RereviewSettings(StageSettings):
    """What a rereview was asked for; the models to use are the settings of clustering and attribution."""

    selection: Selection = Selection()
    requested_by: str = Field(default="", description="Who asked.")
    reason: str | None = Field(default=None, description="Why.")


class Settings(StageSettings):
    """The settings of all stages, and what their amounts are in."""

    currency: str | None = Field(
        default=None,
        min_length=1,
        max_length=16,
        description="What sales are counted in: an ISO 4217 code, or a word such as units; null: not said.",
    )
    ingest: IngestSettings = IngestSettings()
    detect: DetectSettings = DetectSettings()
    cluster: ClusterSettings = ClusterSettings()
    attribute: AttributeSettings = AttributeSettings()
    cohort: CohortSettings = CohortSettings()
    finalise: FinaliseSettings = FinaliseSettings()
    hydrate: HydrateSettings = HydrateSettings()
    notify: NotifySettings = NotifySettings()
    rereview: RereviewSettings = RereviewSettings()

    @classmethod
    def from_config(cls, config: Mapping[str, Any] | None) -> Settings:
        """Return the defaults overridden by `config` (`{"detect": {"refit_days": 28}}`).

        Raises
        ------
        BadInputError
            Naming every key or value that does not fit.
        """
        try:
            return cls.model_validate(dict(config) if isinstance(config, Mapping) else config or {})
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise BadInputError(f"config does not fit: {faults}") from None

    def of(self, stage: str) -> StageSettings:
        """Return the settings of one stage."""
        settings: StageSettings = getattr(self, stage)
        return settings
