"""What an execution passes to each stage: run, ticks, shard, settings. References, never rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from mrs.errors import BadInputError
from mrs.identity import schedule_time
from mrs.store.keys import checked_run_id, shard_part
from mrs.store.log_store import Shard


class TickEvent(BaseModel):
    """The input of a stage.

    Parameters
    ----------
    run_id
        The run.
    first_tick, last_tick
        Business dates, both inclusive.
    landing
        Prefix of the landing files in the landing bucket.
    shard, shards
        Which part of the stores.
    group
        Which group of the landing files, for the step that divides them.
    mode
        `daily`, `backfill` (sends no alerts), `refresh` (after edits) or `rereview`.
    written_at
        Logical time of the write, UTC; None for each tick's schedule time.
    config
        Overrides of the default settings.
    rereview_id
        The rereview that the execution belongs to; None for the daily run.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    run_id: str
    first_tick: date
    last_tick: date
    landing: str = ""
    shard: int = Field(0, ge=0)
    shards: int = Field(1, ge=1, le=999)
    group: int = Field(0, ge=0)
    mode: Literal["daily", "backfill", "refresh", "rereview"] = "daily"
    written_at: datetime | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    rereview_id: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")

    @field_validator("run_id")
    @classmethod
    def _run_id(cls, value: str) -> str:
        return checked_run_id(value)

    @field_validator("written_at")
    @classmethod
    def _naive_utc(cls, value: datetime | None) -> datetime | None:
        return value.astimezone(UTC).replace(tzinfo=None) if value is not None and value.tzinfo else value

    @model_validator(mode="after")
    def _in_order(self) -> TickEvent:
        if self.last_tick < self.first_tick:
            raise ValueError(f"last_tick {self.last_tick} is before first_tick {self.first_tick}")
        if self.shard >= self.shards:
            raise ValueError(f"there is no shard {self.shard} of {self.shards}")
        return self

    @classmethod
    def parse(cls, event: dict[str, Any]) -> TickEvent:
        """Return the event, checked.

        Raises
        ------
        BadInputError
            Naming every field that does not fit.
        """
        try:
            return cls.model_validate(event)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'event'}: {e['msg']}" for e in error.errors())
            raise BadInputError(f"the event does not fit: {faults}") from None

    @property
    def ticks(self) -> list[date]:
        """Every business date from first to last."""
        return [self.first_tick + timedelta(days=i) for i in range((self.last_tick - self.first_tick).days + 1)]

    @property
    def own_shard(self) -> Shard:
        """The shard as the store takes it."""
        return Shard(self.shard, self.shards)

    @property
    def shard_name(self) -> str:
        """The shard as people read it: `0 of 7`."""
        return f"{self.shard} of {self.shards}"

    @property
    def part(self) -> str:
        """What tells this execution's objects from others of the same tick and time: its shard, or its rereview."""
        return self.rereview_id[:16] if self.rereview_id else shard_part(self.shard, self.shards)

    def write_time(self, tick: date) -> datetime:
        """Return the logical time at which this execution writes a tick."""
        return self.written_at or schedule_time(tick)
