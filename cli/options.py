"""Arguments shared by several commands, and the parsers of dates and times."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

StateDir = Annotated[Path | None, typer.Option("--state", metavar="DIR", help="State folder: all logs ever written.")]
StackName = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", help="A deployed stack, in place of --state; uses your AWS credentials."),
]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", metavar="FILE", help="How the files are read; default: their landing.toml.")
]
RunId = Annotated[str | None, typer.Option("--run-id", help="The run; default: the active one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for another program to read; every row.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="Rows to show.")]


def day(text: str) -> date:
    """Parse a business date written as `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; write it as YYYY-MM-DD") from None


def moment(text: str) -> datetime:
    """Parse ISO 8601 into naive UTC, to the millisecond; a date without a time means the end of that day."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time; write it as 2024-12-31T06:00:00Z or 2024-12-31") from None
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
