"""The columns that every log and dataset carries, so that each row can be audited and replayed."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime

from pydantic import BaseModel, Field

STAMPED = frozenset({"run_id", "shard", "written_at", "config_hash", "is_degraded", "degraded_inputs"})
"""The columns that the harness stamps on a stage's output; `mrs.stage.stamp` fills in each."""
OBSERVED = "observed"
"""Marks a column that was observed, not derived: no part of the content, and no stage reads it."""


class Governed(BaseModel):
    """Which run and tick a row belongs to, when it was written, and what was missing then."""

    run_id: str = Field(description="The run (a demo or a production lineage) that the row belongs to.")
    tick: Date = Field(description="The business date being processed.")
    written_at: datetime = Field(
        description="Logical time of the write, UTC: the schedule's for a tick, the request's for an edit."
    )
    is_degraded: bool = Field(description="Whether an optional input was missing when the row was made.")
    degraded_inputs: list[str] = Field(description="The optional inputs that were missing, sorted by name.")


class AboutReport(BaseModel):
    """A row about a report or an event."""

    report_status: str = Field(description="`open`, `ongoing`, `closed`, `approved`, `rejected` or `merged`.")


class ModelOutput(BaseModel):
    """A row that a model made."""

    model_name: str = Field(description="Name of the model that made the row.")
    model_version: str = Field(description="Version of that model.")
    config_hash: str = Field(description="SHA-256 of the stage's settings that were in force.")
