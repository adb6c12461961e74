"""What every answer says about the state that it was read from."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime

from pydantic import BaseModel, Field


class State(BaseModel):
    """The state that an answer was read from."""

    run_id: str = Field(description="The run.")
    tick: Date | None = Field(description="The business date; null: the run has nothing yet.")
    written_at: datetime | None = Field(description="When the hydrated state was written.")
    edits_until: datetime | None = Field(description="Edits up to this time are in it; null: all.")
    currency: str | None = Field(description="ISO 4217 code of all amounts, or what they count; null: not said.")
    pending_edits: int = Field(description="Edits in it that the hydrated state does not hold yet.")
