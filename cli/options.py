"""Arguments that several commands share, and how dates and times are read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

StateDir = Annotated[
    Path | None, typer.Option("--state", metavar="DIR", help="State folder: everything that was ever written.")
]
StackName = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", help="In place of --state: a deployed stack; AWS credentials as usual."),
]
RunId = Annotated[str | None, typer.Option("--run-id", help="The run; by default the active one.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Rows to show.")]


def day(text: str) -> date:
    """Return a business date from `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as YYYY-MM-DD") from None


def moment(text: str) -> datetime:
    """Return a time in UTC, to the millisecond and without a zone, from ISO 8601; a date alone means its end."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time; write it as 2024-12-31T06:00:00Z or 2024-12-31") from None
    if len(text) == len("YYYY-MM-DD"):
        return parsed.replace(hour=23, minute=59, second=59, microsecond=999000)
    parsed = parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
    return parsed.replace(microsecond=parsed.microsecond // 1000 * 1000)


From = Annotated[date, typer.Option("--from", parser=day, metavar="DATE", help="First business date, YYYY-MM-DD.")]
To = Annotated[date, typer.Option("--to", parser=day, metavar="DATE", help="Last business date, YYYY-MM-DD.")]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", parser=moment, metavar="TIME", help="The state as of this time (UTC); default: now."),
]
