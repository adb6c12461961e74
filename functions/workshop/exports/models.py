"""The request of an export and its answer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from functions.workshop.http.parameters import Moment, Request, RunId
from functions.workshop.state.models import State


class ExportRequest(Request):
    """A dataset to take away."""

    dataset: Literal[
        "minority_reports", "minority_events_log", "attribution_ready_sales", "restatements", "sales_reconciliation"
    ] = Field(description="The hydrated dataset; restatements are those of the newest tick of the state.")
    format: Literal["csv", "parquet"] = Field("csv", description="CSV has its spreadsheet formulas disarmed.")
    run_id: RunId | None = Field(None, description="The run; default: the active one.")
    as_of: Moment | None = Field(None, description="The state as of this time; default: now.")


class Export(BaseModel):
    """A file to fetch."""

    url: str = Field(description="A signed link; it needs no token.")
    expires_in: int = Field(description="Seconds until the link is dead.")
    file_name: str
    rows: int
    bytes: int
    state: State
