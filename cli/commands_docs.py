"""`mrs docs`: rewrites the documents that are generated from the contracts and the routes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs docs")(docs)


def docs(folder: Annotated[Path, typer.Option(help="The docs folder.")] = Path("docs")) -> None:
    """Rewrite docs/data-dictionary.md and docs/openapi.json from the contracts and the routes."""
    from mrs.contracts.catalog import data_dictionary

    from functions.workshop.api import document_text

    for name, text in {"data-dictionary.md": data_dictionary(), "openapi.json": document_text()}.items():
        (folder / name).write_text(text)
        say(f"wrote {folder / name}")
