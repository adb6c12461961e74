"""`mrs docs`: writes what is generated from the contracts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs docs")(docs)


def docs(folder: Annotated[Path, typer.Option(help="The docs folder.")] = Path("docs")) -> None:
    """Write docs/data-dictionary.md anew from the contracts."""
    from mrs.contracts.catalog import data_dictionary

    path = folder / "data-dictionary.md"
    path.write_text(data_dictionary())
    say(f"wrote {path}")
