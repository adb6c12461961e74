"""Terminal output of the commands: tables, a progress bar, and one clear line per error."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress

out = Console(highlight=False)
if not out.is_terminal:
    out.width = 1000  # a file or a pipe has no width: truncate nothing, break no line
err = Console(stderr=True, highlight=False)

ROOMY = ("where", "region", "label", "planted", "event")  # columns to truncate first in a narrow terminal
BAD_INPUT = 2
FAILED = 1


def say(message: str) -> None:
    """Print one line about the current step."""
    out.print(f"[bold cyan]»[/] {message}")


def counted(number: int, thing: str) -> str:
    """Return a number and what it counts, in the plural unless it is one: `1 store`, `1,204 stores`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def amount(value: float, unit: str | None) -> str:
    """Return an amount to the cent, with what it is in where that is known: `1,204.50 EUR`."""
    return f"{value:,.2f}" + (f" {unit}" if unit else "")


def money_column(unit: str | None, name: str = "money") -> tuple[str, str]:
    """Return the heading of a column of amounts, with what they are in where that is known: `money, EUR`."""
    return (f"{name}, {unit}" if unit else name, "right")


def complain(message: str) -> None:
    """Print one error line to stderr."""
    err.print(f"[bold red]mrs:[/] {_plain(message)}", soft_wrap=True)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)


def show_table(title: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table.

    Parameters
    ----------
    title
        Its title.
    columns
        Heading and justification (`left`, `right`) of each column.
    rows
        The cells, as text.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading, justify in columns:
        table.add_column(heading, justify=justify, no_wrap=heading not in ROOMY, overflow="ellipsis")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*[_plain(str(cell)) for cell in row])
    out.print(table)


def print_json(value: Any) -> None:
    """Print a value as indented JSON, dates and times as ISO 8601, for another program to read."""
    out.file.write(json.dumps(value, indent=2, ensure_ascii=False, default=_as_text) + "\n")


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def progress() -> Progress:
    """Return a progress bar over ticks and stages; it prints nothing if stderr is not a terminal."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # here: --help needs none of it

    return Progress(
        TextColumn("{task.description:<34}"),
        BarColumn(bar_width=32),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )
