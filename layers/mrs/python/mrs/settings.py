"""What can be tuned: one frozen class a stage, hashed into `config_hash`, overridden by an execution's `config`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mrs.errors import BadInputError


class StageSettings(BaseModel):
    """Base of every stage's settings: frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    def config_hash(self) -> str:
        """Return the SHA-256 of these settings as canonical JSON."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


class IngestSettings(StageSettings):
    """How landing files are read."""

    stale_after_days: int = Field(default=7, ge=1, description="A daily feed older than this counts as missing.")


class DetectSettings(StageSettings):
    """How sales are expected and deviations judged."""

    baseline_model: str = Field(default="seasonal_ridge", description="Registered name of the BaselineModel.")
    anomaly_model: str = Field(default="pooled_evidence", description="Registered name of the AnomalyClassifier.")
    refit_days: int = Field(default=14, ge=1, description="Days between two fits, counted since 1970-01-01.")


class ClusterSettings(StageSettings):
    """How reports are grouped within a tick."""

    similarity_model: str = Field(default="weighted", description="Registered name of the SimilarityModel.")


class AttributeSettings(StageSettings):
    """How causes are proposed."""

    cause_model: str = Field(default="evidence", description="Registered name of the CauseModel.")
    cause_model_version: str = Field(default="default", description="Version of its trained parameters.")


class CohortSettings(StageSettings):
    """How clusters become events that last."""


class FinaliseSettings(StageSettings):
    """How edits and model output are merged."""


class HydrateSettings(StageSettings):
    """What the hydrated datasets hold."""

    window_days: int = Field(default=400, ge=1, description="How far back attribution_ready_sales reaches.")


class NotifySettings(StageSettings):
    """When an alert is due."""

    severity_threshold: float = Field(default=0.9, ge=0, le=1, description="Alert from this severity on.")
    high_impact_causes: tuple[str, ...] = Field(
        default=("competitor_stockout", "viral"), description="Alert for these causes at any severity."
    )
    workshop_url: str = Field(default="https://workshop.example.com", description="Where links to events lead.")


class Settings(StageSettings):
    """The settings of all stages."""

    ingest: IngestSettings = IngestSettings()
    detect: DetectSettings = DetectSettings()
    cluster: ClusterSettings = ClusterSettings()
    attribute: AttributeSettings = AttributeSettings()
    cohort: CohortSettings = CohortSettings()
    finalise: FinaliseSettings = FinaliseSettings()
    hydrate: HydrateSettings = HydrateSettings()
    notify: NotifySettings = NotifySettings()

    @classmethod
    def from_config(cls, config: Mapping[str, Any] | None) -> Settings:
        """Return the defaults overridden by `config` (`{"detect": {"refit_days": 28}}`).

        Raises
        ------
        BadInputError
            Naming every key or value that does not fit.
        """
        try:
            return cls.model_validate(dict(config or {}))
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise BadInputError(f"config does not fit: {faults}") from None

    def of(self, stage: str) -> StageSettings:
        """Return the settings of one stage."""
        settings: StageSettings = getattr(self, stage)
        return settings
