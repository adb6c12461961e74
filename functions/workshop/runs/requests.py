"""What requests about runs hold."""

from __future__ import annotations

from pydantic import BaseModel, Field

from functions.workshop.http.parameters import MOST_AT_ONCE, Line, Request, RunId


class CompareRuns(BaseModel):
    """Two runs to be compared."""

    left: RunId = Field(description="A run.")
    right: RunId = Field(description="The other run.")
    limit: int = Field(200, ge=1, le=MOST_AT_ONCE, description="Events in each list, the most money first.")


class Reset(Request):
    """A new active run."""

    label: Line | None = Field(None, description="What to call it.")
    run_id: RunId | None = Field(None, description="Its id, or a run to go back to; default: made from the time.")
