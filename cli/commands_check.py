"""`mrs check`: what a landing folder holds, and a mapping for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.console import say


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs check landing --write-mapping")(check)


def check(
    landing: Annotated[Path, typer.Argument(help="Folder with the files.")],
    *,
    mapping: Annotated[Path | None, typer.Option(help="A landing.toml that lies elsewhere.")] = None,
    write_mapping: Annotated[
        bool, typer.Option("--write-mapping", help="Write landing.toml into the folder, as the data says.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what a landing folder holds. Exit code 0: ready; 1: ready, with warnings; 2: not readable."""
    from mrs.errors import BadInputError
    from mrs.landing.mapping import FILE

    from cli.check import Report, check_landing
    from cli.check_proposal import proposal
    from cli.landing import landing_files

    given, questions = mapping.read_bytes() if mapping else None, list[str]()
    if write_mapping:
        target = mapping or landing / FILE
        if target.exists():
            raise BadInputError(f"{target} is there already: remove it to have it proposed anew")
        text, questions = proposal(landing_files(landing))
        target.write_text(text)
        given = text.encode()
        say(f"wrote {target}")
    report = Report(faults=questions) if questions else check_landing(landing, given)
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2, default=str))
    else:
        for line in report.lines():
            typer.echo(line)
    raise typer.Exit(report.exit_code)
