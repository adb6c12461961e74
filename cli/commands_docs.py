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
    """Rewrite docs/data-dictionary.md, docs/openapi.json and docs/schemas/ from the contracts and the routes."""
    import json

    from mrs.contracts.catalog import data_dictionary
    from mrs.contracts.published import PUBLISHED, schema_of

    from functions.workshop.api import document_text

    (folder / "schemas").mkdir(parents=True, exist_ok=True)
    texts = {"data-dictionary.md": data_dictionary(), "openapi.json": document_text()}
    texts |= {f"schemas/{ds.name}.json": json.dumps(schema_of(ds), indent=1) + "\n" for ds in PUBLISHED}
    for name, text in texts.items():
        (folder / name).write_text(text)
        say(f"wrote {folder / name}")
