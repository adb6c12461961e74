"""The types that queries and bodies are made of, each with its check. The models stand beside their routes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from mrs.errors import BadInputError
from mrs.store.keys import checked_run_id
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

MOST_AT_ONCE = 500
DATE_ONLY = len("YYYY-MM-DD")
EARLIEST, LATEST = date(1970, 1, 1), date(2999, 12, 31)


def _moment(value: Any) -> Any:
    """Return a time in UTC, to the millisecond and without a zone; a date alone means its last millisecond."""
    if isinstance(value, datetime):
        return value
    try:
        parsed = datetime.fromisoformat(value)
        if len(value) == DATE_ONLY:
            parsed = parsed.replace(hour=23, minute=59, second=59, microsecond=999000)
        parsed = parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
    except (TypeError, ValueError, OverflowError):
        raise ValueError("write a time as 2024-12-31T06:00:00Z, or a date as 2024-12-31") from None
    _day(parsed.date())
    return parsed.replace(microsecond=parsed.microsecond // 1000 * 1000)


def _day(value: date) -> date:
    """Refuse dates that no run has and that arithmetic would carry out of the calendar."""
    if not EARLIEST <= value <= LATEST:
        raise ValueError(f"{value} is not between {EARLIEST} and {LATEST}")
    return value


def _run_id(value: str) -> str:
    try:
        return checked_run_id(value)
    except BadInputError as error:
        raise ValueError(str(error)) from None


def _printable(value: str) -> str:
    """Refuse control characters but tab and line feed, and lone surrogates: no file, mail or screen can hold them."""
    if any((ord(c) < 32 and c not in "\t\n") or 0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise ValueError("control characters and lone surrogates are not allowed")
    return value


def _one_line(value: str) -> str:
    """Refuse line breaks, Unicode's own included."""
    if value.splitlines() != [value]:
        raise ValueError("line breaks are not allowed")
    return value


Moment = Annotated[datetime, BeforeValidator(_moment)]
Day = Annotated[date, AfterValidator(_day)]
RunId = Annotated[str, AfterValidator(_run_id), Field(min_length=1, max_length=64)]
ObjectId = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="64 lower-case hex digits.")]
Line = Annotated[str, AfterValidator(_printable), AfterValidator(_one_line), Field(min_length=1, max_length=200)]
Text = Annotated[str, AfterValidator(_printable), Field(min_length=1, max_length=4000)]
Share = Annotated[float, Field(ge=0, le=1)]


class Request(BaseModel):
    """Base of every body. An unknown key is an error, so that a misspelt one is not silently dropped."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)


class When(BaseModel):
    """Which run and which moment a read is about."""

    model_config = ConfigDict(populate_by_name=True, frozen=True)

    run_id: RunId | None = Field(None, description="The run; default: the active one.")
    as_of: Moment | None = Field(
        None, description="The state as of this time (RFC 3339, UTC; a date alone means its end); default: now."
    )


class Paged(When):
    """A page of a list."""

    limit: int = Field(50, ge=1, le=MOST_AT_ONCE, description="Rows in a page.")
    cursor: str | None = Field(
        None,
        max_length=2000,
        description="`next_cursor` of the page before. It pins the state, so that pages stay stable while ticks go on.",
    )
