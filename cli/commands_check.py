"""`mrs check`: reads a landing folder and says what it holds, before anything is run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import out, print_json, say
from cli.options import AsJson

READY, WARNINGS, UNREADABLE = 0, 1, 2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs check landing/ --write-mapping")(check)


def check(
    folder: Annotated[Path, typer.Argument(help="Landing folder, or any folder of sales files.")],
    as_json: AsJson = False,
    write_mapping: Annotated[
        bool, typer.Option("--write-mapping", help="Propose landing.toml from the files, and write it beside them.")
    ] = False,
) -> None:
    """Say what a landing folder holds. Exit code 0: ready; 1: ready, with warnings; 2: not readable."""
    from mrs.errors import LandingError
    from mrs.landing.mapping import FILE as MAPPING

    from cli.check import check_landing
    from cli.landing import landing_files
    from cli.proposal import proposed

    files = landing_files(folder)
    if write_mapping:
        target = folder / MAPPING
        if target.exists():
            say(f"{target} is there already and stays as it is")
        else:
            proposal = proposed(files)
            target.write_text(proposal.toml())
            files = landing_files(folder)
            say(f"wrote {target}" + (f"; {len(proposal.questions)} questions are open" if proposal.questions else ""))
            for question in proposal.questions:
                say(f"question: {question}")
    try:
        found = check_landing(files)
    except LandingError as error:
        if as_json:
            print_json({"ready": False, "error": str(error)})
        else:
            say(str(error))
            say(f"not readable as it is; `mrs check {folder} --write-mapping` proposes how to read it")
        raise typer.Exit(UNREADABLE) from None
    if as_json:
        print_json({"ready": True, **found.as_json()})
    else:
        _show(found.facts, found.warnings)
    raise typer.Exit(WARNINGS if found.warnings else READY)


def _show(facts: dict[str, Any], warnings: list[str]) -> None:
    sales = facts["sales"]
    for file in facts["files"]:
        out.print(f"{file['file']}: {file['rows']:,} rows of {file['dataset']}", highlight=False)
    for name, columns in facts["columns"].items():
        out.print(f"{name}: columns {', '.join(columns)}", highlight=False)
    span = f"{sales['stores']:,} stores, {sales['first_date']} to {sales['last_date']}"
    median = f"{sales['measure']}; {sales['median_store_day']:,.2f} on a store's median day"
    out.print(f"{span}, {sales['store_days']:,} store-days, {sales['total']:,.2f} in all ({median})", highlight=False)
    if sales["returns"]:
        out.print(f"returns of {sales['returns']:,.2f} are in it", highlight=False)
    for name, what in facts["feeds"].items():
        out.print(f"{name}: {what}", highlight=False)
    for day in facts["suspicious_days"]:
        out.print(f"look at {day['date']}: {day['times_usual']} times its weekday's usual sales", highlight=False)
    for reason in facts["set_aside"]["reasons"]:
        out.print(f"set aside: {reason['rows']:,} rows: {reason['reason']}", highlight=False)
    if facts["reports_from"]:
        out.print(f"reports are possible from {facts['reports_from']} on", highlight=False)
    for warning in warnings:
        say(f"warning: {warning}")
    say("ready, with warnings" if warnings else "ready")
